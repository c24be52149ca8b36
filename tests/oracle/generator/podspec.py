"""Wide pod templates: every part of a pod spec, mostly in order, oddly at a rate of the caller's."""

import copy

ODD = (
    ["", "x", "X_y", "a" * 15, "a" * 16, "a" * 63, "a" * 64, "a" * 253, "a" * 254, "ü", "日本", "a b", "-a", "a-", "a.b"]
    + ["../x", "..x", "/abs", "a/../b", "a/b/c", "example.com/x", "example.com/", "/x", "A" * 70, "\t", 'q"q', "<&>", "a\\b"]
    + ["0", "1", "-1", "None", "nil", "true", "a,b", "a=b", "1a", "a_b", "..", ".", "a..b", "kubernetes.io/x", "a:b"]
)
NUMBERS = (-1, 0, 1, 2, 100, 101, 255, 256, 511, 512, 1023, 1024, 3599, 3600, 65535, 65536, 2147483647, -2147483648)
QUANTITIES = ("0", "1", "-1", "500m", "1500m", "0.1", "1Gi", "2Mi", "1k", "1e3", "100M", "1.5Gi", "3", "7")
IPS = ("10.0.0.1", "::1", "fd00::1", "010.000.001.010", "10.0.0.256", "::ffff:1.2.3.4", "2001:DB8::1", "x", "", "1.2.3", "1.2.3.4.5", "0:0:0:0:0:0:0:1", "::ffff:01.2.3.4", "fe80::1%eth0")


class Wide:
    """Draws with a rate of oddness."""

    def __init__(self, d, rate):
        self.d, self.rate = d, rate
        self.volumes, self.claims = [], []  # the names that there are

    def odd(self, *good):
        """One of the good values; at times any odd string."""
        return self.d.one(*ODD) if self.d.chance(self.rate) else self.d.one(*good)

    def number(self, *good):
        return self.d.one(*NUMBERS) if self.d.chance(self.rate) else self.d.one(*good)

    def quantity(self, *good):
        return self.d.one(*QUANTITIES) if self.d.chance(self.rate) else self.d.one(*good)

    def wrong(self, times=1.0):
        return self.d.chance(self.rate * times)

    def pick(self, fields, p):
        """Some of the members, each with its own chance; a member is left out if its maker is."""
        out = {}
        for name, make in fields.items():
            if self.d.chance(p):
                out[name] = make()
        return out

    def some(self, make, most=3):
        return [make() for _ in range(self.d.one(0, 1, 1, 1, 2, most))]

    def twice(self, items):
        """At times an item is repeated."""
        if items and self.wrong():
            items.append(copy.deepcopy(self.d.one(*items)))
        return items


def labels(w, most=3):
    return {w.odd("app", "tier", "example.com/x", "a.b", "A"): w.odd("x", "y", "", "1") for _ in range(w.d.int(0, most))}


def selector(w):
    def requirement():
        operator = w.odd("In", "NotIn", "Exists", "DoesNotExist")
        values = [w.odd("a", "b", "c") for _ in range(w.d.int(1, 2))] if operator in ("In", "NotIn") else []
        if w.wrong():
            values = w.d.one([], ["a"], ["a", "b"], ["-"])
        return {"key": w.odd("app", "tier"), "operator": operator, **({"values": values} if values else {})}

    out = {}
    if w.d.chance(0.7):
        out["matchLabels"] = labels(w)
    if w.d.chance(0.4):
        out["matchExpressions"] = [requirement() for _ in range(w.d.int(1, 2))]
    return out


# ---- volumes ----


def key_path(w):
    item = {"key": w.odd("k", "k.json"), "path": w.odd("p", "d/p", "q", "d", "d/")}
    if w.d.chance(0.2):
        item["mode"] = w.number(0, 256, 511)
    if w.d.chance(0.1):
        item["user"] = w.number(0, 1000)
    if w.wrong():
        item.pop(w.d.one(*item))
    return item


def files(w, name):
    out = {name: w.odd("n", "my.name")}
    if w.d.chance(0.6):
        out["items"] = w.twice([key_path(w) for _ in range(w.d.int(1, 3))])
    if w.d.chance(0.2):
        out["optional"] = w.d.chance(0.5)
    if w.d.chance(0.3):
        out["defaultMode"] = w.number(0, 420, 511)
    if w.d.chance(0.1):
        out["defaultUser"] = w.number(0, 1000)
    if w.wrong():
        out.pop(w.d.one(*out))
    return out


def resource_ref(w, in_volume=False):
    what = w.odd("limits.cpu", "requests.memory", "limits.ephemeral-storage", "requests.cpu", "limits.hugepages-2Mi")
    out = {"resource": what}
    if w.d.chance(0.9 if in_volume else 0.3):
        out["containerName"] = w.odd("main")
    if w.d.chance(0.5):
        out["divisor"] = w.quantity("1", "0") if w.d.chance(0.5) else w.d.one("1m", "1Mi", "1k", "2", "1Gi", "1000m", "1E")
    return out


def field_ref(w, in_volume=False):
    if in_volume:
        path = w.odd("metadata.name", "metadata.labels", "metadata.annotations['a']", "metadata.uid")
    else:
        path = w.odd("metadata.name", "spec.nodeName", "status.podIP", "metadata.labels['app']", "status.hostIPs")
    if w.wrong():
        path = w.d.one("spec.host", "status.phase", "metadata.labels['A_B/c/d']", "metadata.foo['x']", "spec.restartPolicy", "['x']", "metadata.annotations['A']")
    out = {"fieldPath": path}
    if w.d.chance(0.2):
        out["apiVersion"] = w.odd("v1")
    return out


def downward_file(w):
    out = {"path": w.odd("p", "d/p", "q", "d")}
    kind = w.d.int(0, 1)
    if kind == 0 or w.wrong():
        out["fieldRef"] = field_ref(w, True)
    if kind == 1 or w.wrong():
        out["resourceFieldRef"] = resource_ref(w, True)
    if w.d.chance(0.2):
        out["mode"] = w.number(0, 420)
    if w.d.chance(0.1):
        out["user"] = w.number(5)
    if w.wrong():
        out.pop(w.d.one(*out))
    return out


def signer(w):
    return w.odd("example.com/signer", "kubernetes.io/kube-apiserver-serving", "a.b/c.d", "a.b/c", "x/y", "-a.b/c", "a.b/C", "a.b/c/d")


def projected_source(w):
    def certificate():
        out = {"signerName": signer(w), "keyType": w.odd("RSA3072", "ED25519", "ECDSAP256")}
        out.update(w.pick({
            "maxExpirationSeconds": lambda: w.number(3600, 86400, 86401, 7862400, 7862401),
            "credentialBundlePath": lambda: w.odd("bundle", "p"),
            "keyPath": lambda: w.odd("key", "p"),
            "certificateChainPath": lambda: w.odd("chain", "p"),
            "userAnnotations": lambda: {w.odd("example.com/a", "A.b/C"): "v"},
            "user": lambda: w.number(1),
        }, 0.4))
        return out

    def bundle():
        out = {"path": w.odd("p", "ca.pem", "d/ca")}
        if w.d.chance(0.5):
            out["name"] = w.odd("bundle", "example.com:signer:name", "a:b", ":x", "a/b:c")
        if "name" not in out or w.wrong():
            out["signerName"] = signer(w)
        if w.d.chance(0.4):
            out["labelSelector"] = selector(w)
        if w.wrong():
            out.pop(w.d.one(*out))
        return out

    makers = {
        "secret": lambda: files(w, "name"),
        "configMap": lambda: files(w, "name"),
        "downwardAPI": lambda: {"items": w.twice([downward_file(w) for _ in range(w.d.int(1, 2))])},
        "serviceAccountToken": lambda: {
            "path": w.odd("token", "p", "d/token"),
            **w.pick({"audience": lambda: "a", "expirationSeconds": lambda: w.d.one(600, 599, 3600, 4294967296, 4294967297), "user": lambda: w.number(7)}, 0.4),
        },
        "clusterTrustBundle": bundle,
        "podCertificate": certificate,
    }
    out = {}
    for kind in w.d.some(list(makers), 2 if w.wrong() else 0 if w.wrong(0.3) else 1):
        out[kind] = makers[kind]()
    if "secret" in out or "configMap" in out:
        for kind in ("secret", "configMap"):
            out.get(kind, {}).pop("defaultMode", None)
            out.get(kind, {}).pop("defaultUser", None)
    return out


def claim_template(w):
    spec = {
        "accessModes": [w.odd("ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod") for _ in range(w.d.one(1, 1, 1, 2))],
        "resources": {"requests": {"storage": w.quantity("1Gi", "10Gi")}},
    }
    spec.update(w.pick({
        "selector": lambda: selector(w),
        "storageClassName": lambda: w.odd("fast"),
        "volumeMode": lambda: w.odd("Block", "Filesystem"),
        "volumeName": lambda: "v",
        "volumeAttributesClassName": lambda: w.odd("gold"),
        "dataSource": lambda: reference(w),
        "dataSourceRef": lambda: {**reference(w), **w.pick({"namespace": lambda: w.odd("ns")}, 0.3)},
    }, 0.2))
    if w.wrong():
        spec.pop(w.d.one(*spec))
    meta = w.pick({"labels": lambda: labels(w), "annotations": lambda: labels(w)}, 0.3)
    if w.wrong():
        meta[w.d.one("name", "generateName", "namespace", "uid", "finalizers", "generation", "resourceVersion")] = "x"
        if "finalizers" in meta:
            meta["finalizers"] = ["x"]
        if "generation" in meta:
            meta["generation"] = 4
    return {"spec": spec, **({"metadata": meta} if meta else {})}


def reference(w):
    out = {"kind": w.odd("PersistentVolumeClaim", "VolumeSnapshot"), "name": w.odd("s")}
    if out["kind"] != "PersistentVolumeClaim" or w.wrong():
        out["apiGroup"] = w.odd("snapshot.storage.k8s.io")
    return out


def volume_kinds(w):
    secret = lambda: {"name": w.odd("s")}
    return {
        "emptyDir": lambda: w.pick({"medium": lambda: w.odd("", "Memory", "HugePages"), "sizeLimit": lambda: w.quantity("1Gi", "1500m"), "mode": lambda: w.number(511, 1023)}, 0.4),
        "hostPath": lambda: {"path": w.odd("/tmp", "/dev/x"), **w.pick({"type": lambda: w.odd("", "Directory", "File", "Socket")}, 0.5)},
        "gcePersistentDisk": lambda: {"pdName": w.odd("pd"), **w.pick({"partition": lambda: w.number(1, 255), "fsType": lambda: "ext4", "readOnly": lambda: True}, 0.4)},
        "awsElasticBlockStore": lambda: {"volumeID": w.odd("vol"), **w.pick({"partition": lambda: w.number(1)}, 0.4)},
        "gitRepo": lambda: {"repository": w.odd("https://x"), **w.pick({"directory": lambda: w.odd("d", ".")}, 0.4)},
        "secret": lambda: files(w, "secretName"),
        "nfs": lambda: {"server": w.odd("s"), "path": w.odd("/p")},
        "iscsi": lambda: {
            "targetPortal": w.odd("1.2.3.4:3260", "a" * 50),
            "iqn": w.odd("iqn.2020-12.com.example:x", "eui.0123456789abcdef", "naa." + "a" * 32, "iqn.2020-12.com:y;z", "eui.1", "iqnx", "naa.62004567BA64678D0123456789ABCDEF"),
            "lun": w.number(0, 255),
            **w.pick({"chapAuthSession": lambda: True, "secretRef": secret, "initiatorName": lambda: w.odd("iqn.2020-12.com.example:i", "xyz")}, 0.3),
        },
        "glusterfs": lambda: {"endpoints": w.odd("e"), "path": w.odd("p")},
        "persistentVolumeClaim": lambda: {"claimName": w.odd("c"), **w.pick({"readOnly": lambda: True}, 0.3)},
        "rbd": lambda: {"monitors": w.d.one([], ["m"]) if w.wrong() else ["m"], "image": w.odd("i"), **w.pick({"pool": lambda: "p", "secretRef": secret}, 0.3)},
        "flexVolume": lambda: {"driver": w.odd("example.com/d"), **w.pick({"options": lambda: {w.d.one("a", "kubernetes.io/x", "x.k8s.io/y", "K8S.IO", "b"): "v"}}, 0.5)},
        "cinder": lambda: {"volumeID": w.odd("v"), **w.pick({"secretRef": secret}, 0.5)},
        "cephfs": lambda: {"monitors": w.d.one([], ["m"]) if w.wrong() else ["m"]},
        "flocker": lambda: w.pick({"datasetName": lambda: w.odd("d"), "datasetUUID": lambda: w.odd("u")}, 0.5),
        "downwardAPI": lambda: {"items": w.twice([downward_file(w) for _ in range(w.d.int(0, 3))]), **w.pick({"defaultMode": lambda: w.number(420), "defaultUser": lambda: w.number(3)}, 0.2)},
        "fc": lambda: w.pick({"targetWWNs": lambda: ["w"], "lun": lambda: w.number(1, 255), "wwids": lambda: ["i"]}, 0.6),
        "azureFile": lambda: {"secretName": w.odd("s"), "shareName": w.odd("s")},
        "configMap": lambda: files(w, "name"),
        "vsphereVolume": lambda: {"volumePath": w.odd("p")},
        "quobyte": lambda: {"registry": w.odd("a:1", "a:1,b:2", "a", "[::1]:3", "::1:3", "a:1,"), "volume": w.odd("v"), **w.pick({"tenant": lambda: w.odd("t", "t" * 65)}, 0.3)},
        "azureDisk": lambda: {"diskName": w.odd("d"), "diskURI": w.odd("https://x", "/subscriptions/x"), **w.pick({"cachingMode": lambda: w.odd("None", "ReadWrite"), "kind": lambda: w.odd("Managed", "Shared", "Dedicated")}, 0.5)},
        "photonPersistentDisk": lambda: {"pdID": w.odd("p")},
        "projected": lambda: {"sources": w.twice([projected_source(w) for _ in range(w.d.int(0, 4))]), **w.pick({"defaultMode": lambda: w.number(420), "defaultUser": lambda: w.number(3)}, 0.2)},
        "portworxVolume": lambda: {"volumeID": w.odd("v")},
        "scaleIO": lambda: {"gateway": w.odd("g"), "system": w.odd("s"), "secretRef": {"name": "s"}, "volumeName": w.odd("v")},
        "storageos": lambda: w.pick({"volumeName": lambda: w.odd("v"), "volumeNamespace": lambda: w.odd("n"), "secretRef": secret}, 0.6),
        "csi": lambda: {"driver": w.odd("csi.example.com", "CSI.Example.com"), **w.pick({"nodePublishSecretRef": secret, "readOnly": lambda: True}, 0.3)},
        "ephemeral": lambda: {"volumeClaimTemplate": claim_template(w)} if not w.wrong() else {},
        "image": lambda: {**w.pick({"reference": lambda: w.odd("busybox", "busybox:1", "r/x@sha256:" + "a" * 64)}, 0.9), **w.pick({"pullPolicy": lambda: w.odd("Always", "Never")}, 0.4)},
    }


USUAL = ("emptyDir", "hostPath", "secret", "configMap", "projected", "downwardAPI", "persistentVolumeClaim", "ephemeral", "image", "csi")


def volume(w, name):
    makers = volume_kinds(w)
    kind = w.d.one(*USUAL) if w.d.chance(0.6) else w.d.one(*makers)
    out = {"name": w.odd(name), kind: makers[kind]()}
    if w.wrong(0.5):
        other = w.d.one(*makers)
        out[other] = makers[other]()
    if w.wrong(0.5):
        out.pop(w.d.one(*out))
    return out


# ---- containers ----


def env(w):
    out = {"name": w.odd("A", "B_C", "d.e", "F-G")}
    if w.d.chance(0.6):
        out["value"] = w.odd("x", "$(A)", "$(A)y", "")
    if "value" not in out or w.wrong():
        makers = {
            "fieldRef": lambda: field_ref(w),
            "resourceFieldRef": lambda: resource_ref(w),
            "configMapKeyRef": lambda: {"name": w.odd("n"), "key": w.odd("k", "k.json")},
            "secretKeyRef": lambda: {"name": w.odd("n"), "key": w.odd("k"), "optional": True},
            "fileKeyRef": lambda: {"volumeName": w.odd("v0", "v1"), "path": w.odd("p"), "key": w.odd("K")},
        }
        count = 0 if w.wrong(0.5) else 2 if w.wrong() else 1
        out["valueFrom"] = {kind: makers[kind]() for kind in w.d.some(list(makers), count)}
    return out


def env_from(w):
    makers = {"configMapRef": lambda: {"name": w.odd("n", "n-")}, "secretRef": lambda: {"name": w.odd("n")}}
    count = 0 if w.wrong(0.5) else 2 if w.wrong() else 1
    out = {kind: makers[kind]() for kind in w.d.some(list(makers), count)}
    if w.d.chance(0.3):
        out["prefix"] = w.odd("P_", "p-")
    return out


RESOURCES = ("cpu", "memory", "ephemeral-storage", "hugepages-2Mi", "example.com/gpu", "nvidia.com/gpu")


def resources(w, pod=False):
    odd = ("storage", "pods", "hugepages-", "hugepages-1Mi", "foo", "requests.cpu", "kubernetes.io/x", "example.com/", "A B", "requests.example.com/x", "x" * 64)
    known = RESOURCES[:4] if pod else RESOURCES
    out, limits, requests = {}, {}, {}
    for _ in range(w.d.int(0, 3)):
        name = w.d.one(*odd) if w.wrong() else w.d.one(*known)
        good = ("4Mi", "2Mi") if name.startswith("hugepages") else ("1", "2") if "/" in name else ("1", "2", "500m", "1Gi")
        value = w.quantity(*good)
        if w.d.chance(0.7):
            limits[name] = value
        if w.d.chance(0.7):
            requests[name] = w.quantity(*good) if w.wrong() else value
    if limits or w.wrong(0.3):
        out["limits"] = limits
    if requests or w.wrong(0.3):
        out["requests"] = requests
    if not pod and w.claims and w.d.chance(0.5) or w.wrong():
        out["claims"] = [{"name": w.odd(*(w.claims or ["c0"])), **w.pick({"request": lambda: w.odd("r", "s")}, 0.4)} for _ in range(w.d.int(1, 3))]
    return out


def port(w):
    out = {"containerPort": w.number(80, 8080, 443)}
    out.update(w.pick({
        "name": lambda: w.odd("http", "p1", "web-1"),
        "hostPort": lambda: w.number(80, 8080, 443),
        "hostIP": lambda: w.odd("", "127.0.0.1", "10.0.0.1"),
        "protocol": lambda: w.odd("TCP", "UDP", "SCTP"),
    }, 0.35))
    return out


def handler(w, probe):
    makers = {
        "exec": lambda: {"command": w.d.one([], ["x"]) if w.wrong() else ["true"]},
        "httpGet": lambda: {
            "port": w.d.one("http", 80, 0, 65536, "", "-", "a" * 16, "8080", -1) if w.wrong(3) else w.d.one(80, "http"),
            **w.pick({"path": lambda: w.odd("/"), "scheme": lambda: w.odd("HTTP", "HTTPS"), "host": lambda: "h", "protocol": lambda: w.odd("HTTP1", "HTTP2"), "httpHeaders": lambda: [{"name": w.odd("X-A"), "value": "v"}]}, 0.3),
        },
        "tcpSocket": lambda: {"port": w.d.one("http", 80, 0, 65536, "") if w.wrong(3) else 80, **w.pick({"host": lambda: "h"}, 0.2)},
    }
    if probe:
        makers["grpc"] = lambda: {"port": w.number(80), **w.pick({"service": lambda: "s", "mode": lambda: w.odd("TLS", "Plaintext")}, 0.4)}
    else:
        makers["sleep"] = lambda: {"seconds": w.number(0, 1, 5, 29, 30, 31)}
    count = 0 if w.wrong(0.5) else 2 if w.wrong() else 1
    return {kind: makers[kind]() for kind in w.d.some(list(makers), count)}


def probe(w):
    out = handler(w, True)
    for name in ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"):
        if w.d.chance(0.2):
            out[name] = w.number(0, 1) if name == "successThreshold" else w.number(0, 1, 5)
    if w.d.chance(0.1):
        out["terminationGracePeriodSeconds"] = w.number(1, 30)
    return out


def lifecycle(w):
    signal = lambda: w.odd("SIGTERM", "SIGKILL", "SIGUSR1", "SIGRTMIN+3")
    return w.pick({"postStart": lambda: handler(w, False), "preStop": lambda: handler(w, False), "stopSignal": signal}, 0.5)


def mount(w):
    out = {"name": w.odd(*(w.volumes or ["v0"])) if not w.wrong() else "nope", "mountPath": w.odd("/a", "/b", "/c", "/d", "/e")}
    out.update(w.pick({
        "readOnly": lambda: w.d.chance(0.7),
        "subPath": lambda: w.odd("s", "s/t"),
        "subPathExpr": lambda: w.odd("$(A)"),
        "mountPropagation": lambda: w.odd("None", "HostToContainer", "Bidirectional"),
        "recursiveReadOnly": lambda: w.odd("Disabled", "Enabled", "IfPossible"),
        "bindMountOptions": lambda: [w.odd("noexec", "nodev", "nosuid") for _ in range(w.d.int(1, 2))],
    }, 0.12))
    return out


def mounts(w):
    if not w.volumes and not w.wrong():
        return []
    return w.twice([{**mount(w), "mountPath": w.odd(f"/m{k}")} for k in range(w.d.int(1, 3))])


def seccomp(w):
    out = {"type": w.odd("RuntimeDefault", "Unconfined", "Localhost")}
    if out["type"] == "Localhost" and not w.wrong() or w.wrong(0.5):
        out["localhostProfile"] = w.odd("p", "p/q", " p")
    return out


def windows(w):
    return w.pick({
        "gmsaCredentialSpecName": lambda: w.odd("n"),
        "gmsaCredentialSpec": lambda: w.odd("s"),
        "runAsUserName": lambda: w.odd("user", "domain\\user", "a\\b\\c", "..", "a.b.c\\u", "x" * 105, "u[]", "DOMAIN-LONG-ENOUGH\\u", ".d\\u", "a\\"),
        "hostProcess": lambda: w.d.chance(0.5),
    }, 0.4)


def security(w, pod=False):
    common = {
        "seLinuxOptions": lambda: {"level": "s0"},
        "runAsUser": lambda: w.number(0, 1000),
        "runAsGroup": lambda: w.number(0, 1000),
        "runAsNonRoot": lambda: True,
        "seccompProfile": lambda: seccomp(w),
        "appArmorProfile": lambda: seccomp(w),
    }
    if pod:
        common.update({
            "supplementalGroups": lambda: [w.number(1, 2), 3],
            "supplementalGroupsPolicy": lambda: w.odd("Merge", "Strict"),
            "fsGroup": lambda: w.number(0, 1000),
            "fsGroupChangePolicy": lambda: w.odd("Always", "OnRootMismatch"),
            "seLinuxChangePolicy": lambda: w.odd("Recursive", "MountOption"),
            "sysctls": lambda: w.twice([{"name": w.odd("kernel.shm_rmid_forced", "net.ipv4.tcp_syncookies", "net/ipv4/x", "kernel.msgmax", "fs.mqueue.x", "a.b"), "value": "1"} for _ in range(w.d.int(1, 2))]),
        })
    else:
        common.update({
            "privileged": lambda: w.d.chance(0.5),
            "allowPrivilegeEscalation": lambda: w.d.chance(0.5),
            "readOnlyRootFilesystem": lambda: True,
            "procMount": lambda: w.odd("Default", "Unmasked"),
            "capabilities": lambda: {"add": w.d.some(["NET_ADMIN", "CAP_SYS_ADMIN", "ALL"], w.d.int(0, 2)), "drop": ["ALL"]},
        })
    out = w.pick(common, 0.2)
    if w.d.chance(0.05):
        out["windowsOptions"] = windows(w)
    return out


def container(w, name, init=False):
    out = {"name": w.odd(name), "image": w.odd("busybox", "busybox:1.36", "repo.example.com/a/b@sha256:" + "0" * 64, "x:latest")}
    rare = {
        "command": lambda: ["sh", "-c", "true"],
        "args": lambda: ["x"],
        "workingDir": lambda: "/w",
        "terminationMessagePath": lambda: "/dev/x",
        "terminationMessagePolicy": lambda: w.odd("File", "FallbackToLogsOnError"),
        "imagePullPolicy": lambda: w.odd("Always", "IfNotPresent", "Never"),
        "stdin": lambda: True,
        "stdinOnce": lambda: True,
        "tty": lambda: True,
    }
    usual = {
        "ports": lambda: w.twice(w.some(lambda: port(w))),
        "env": lambda: w.twice(w.some(lambda: env(w))),
        "envFrom": lambda: w.some(lambda: env_from(w)),
        "resources": lambda: resources(w),
        "volumeMounts": lambda: mounts(w),
        "securityContext": lambda: security(w),
    }
    out.update(w.pick(rare, 0.08))
    out.update(w.pick(usual, 0.35))
    if w.wrong():
        out["volumeDevices"] = w.twice([{"name": w.odd("v0", "v1"), "devicePath": w.odd("/dev/a", "/dev/b")} for _ in range(w.d.int(1, 2))])
    if w.d.chance(0.08):
        out["resizePolicy"] = w.twice([{"resourceName": w.odd("cpu", "memory"), "restartPolicy": w.odd("NotRequired", "RestartContainer")} for _ in range(w.d.int(1, 2))])
    sidecar = init and w.d.chance(0.4)
    if sidecar or w.wrong(0.5):
        out["restartPolicy"] = w.odd("Always", "Never", "OnFailure") if w.wrong() else "Always"
    if w.wrong(0.5):
        out["restartPolicyRules"] = [{"action": w.odd("Restart", "RestartAllContainers"), "exitCodes": {"operator": w.odd("In", "NotIn"), "values": [1]}}]
    if not init or sidecar or w.wrong():
        for kind in ("livenessProbe", "readinessProbe", "startupProbe"):
            if w.d.chance(0.12):
                out[kind] = probe(w)
        if w.d.chance(0.15):
            out["lifecycle"] = lifecycle(w)
    return out


# ---- where it runs ----


def node_term(w):
    def expression():
        operator = w.odd("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt")
        count = {"In": 1, "NotIn": 2, "Gt": 1, "Lt": 1}.get(operator, 0)
        count = w.d.int(0, 2) if w.wrong() else count
        key = w.odd("kubernetes.io/os", "topology.kubernetes.io/zone", "beta.kubernetes.io/arch", "x")
        return {"key": key, "operator": operator, "values": [w.odd("a", "b", "1") for _ in range(count)]}

    def field():
        count = w.d.int(0, 2) if w.wrong() else 1
        return {"key": w.odd("metadata.name"), "operator": w.odd("In", "NotIn"), "values": [w.odd("n") for _ in range(count)]}

    return w.pick({"matchExpressions": lambda: [expression() for _ in range(w.d.int(0, 2))], "matchFields": lambda: [field()]}, 0.6)


def pod_term(w):
    out = {"topologyKey": w.odd("kubernetes.io/hostname", "zone")}
    if w.d.chance(0.8):
        out["labelSelector"] = selector(w)
    out.update(w.pick({
        "namespaces": lambda: [w.odd("ns") for _ in range(w.d.int(1, 2))],
        "namespaceSelector": lambda: selector(w),
        "matchLabelKeys": lambda: [w.odd("app", "tier", "k") for _ in range(w.d.int(1, 2))],
        "mismatchLabelKeys": lambda: [w.odd("app", "m")],
    }, 0.2))
    return out


def affinity(w):
    required, preferred = "requiredDuringSchedulingIgnoredDuringExecution", "preferredDuringSchedulingIgnoredDuringExecution"
    weight = lambda: w.number(1, 50, 100)
    nodes = lambda: w.pick({
        required: lambda: {"nodeSelectorTerms": [node_term(w) for _ in range(0 if w.wrong() else w.d.int(1, 2))]},
        preferred: lambda: [{"weight": weight(), "preference": node_term(w)} for _ in range(w.d.int(0, 2))],
    }, 0.6)
    pods = lambda: w.pick({
        required: lambda: [pod_term(w) for _ in range(w.d.int(0, 2))],
        preferred: lambda: [{"weight": weight(), "podAffinityTerm": pod_term(w)} for _ in range(w.d.int(0, 2))],
    }, 0.6)
    return w.pick({"nodeAffinity": nodes, "podAffinity": pods, "podAntiAffinity": pods}, 0.5)


def toleration(w):
    out = w.pick({
        "key": lambda: w.odd("k", "example.com/k"),
        "operator": lambda: w.odd("Exists", "Equal", "", "Lt", "Gt"),
        "value": lambda: w.odd("v", "", "7"),
        "effect": lambda: w.odd("NoSchedule", "NoExecute", "PreferNoSchedule", ""),
        "tolerationSeconds": lambda: w.number(0, 60),
    }, 0.6)
    return {"operator": "Exists"} if "key" not in out and not w.wrong() else out


def spread(w):
    out = {
        "maxSkew": w.number(1, 2),
        "topologyKey": w.odd("zone", "kubernetes.io/hostname", "failure-domain.beta.kubernetes.io/zone"),
        "whenUnsatisfiable": w.odd("DoNotSchedule", "ScheduleAnyway"),
    }
    if w.d.chance(0.8):
        out["labelSelector"] = selector(w)
    out.update(w.pick({
        "minDomains": lambda: w.number(1, 3),
        "nodeAffinityPolicy": lambda: w.odd("Honor", "Ignore"),
        "nodeTaintsPolicy": lambda: w.odd("Honor", "Ignore"),
        "matchLabelKeys": lambda: [w.odd("app", "tier", "k") for _ in range(w.d.int(1, 2))],
    }, 0.25))
    return out


def dns(w):
    return w.pick({
        "nameservers": lambda: [w.d.one(*IPS) if w.wrong(2) else "10.0.0.1" for _ in range(w.d.one(1, 2, 3, 4 if w.wrong() else 1))],
        "searches": lambda: [w.odd("a.b", "a.b.", "_x.b", ".") for _ in range(w.d.int(1, 33 if w.wrong(0.3) else 2))],
        "options": lambda: [w.pick({"name": lambda: w.odd("ndots"), "value": lambda: "2"}, 0.9)],
    }, 0.6)


def claim(w, name):
    out = {"name": w.odd(name)}
    if w.d.chance(0.5):
        out["resourceClaimName"] = w.odd("rc")
    if "resourceClaimName" not in out or w.wrong():
        out["resourceClaimTemplateName"] = w.odd("rct")
    if w.wrong():
        out.pop(w.d.one(*out))
    return out


def spec(w, restart_policies):
    """A pod spec."""
    d = w.d
    volumes = []
    if d.chance(0.6):
        volumes = w.twice([volume(w, f"v{k}") for k in range(d.int(1, 3))])
    w.volumes = [v["name"] for v in volumes if "name" in v]
    claims = w.twice([claim(w, f"c{k}") for k in range(d.int(1, 2))]) if d.chance(0.06) else []
    w.claims = [c["name"] for c in claims if "name" in c]
    out = {"containers": [container(w, name) for name in ("main", "side")[: d.one(1, 1, 1, 2)]]}
    out["restartPolicy"] = w.odd(*restart_policies)
    if d.chance(0.3):
        out["initContainers"] = [container(w, f"init{k}", True) for k in range(d.int(1, 2))]
    if volumes:
        out["volumes"] = volumes
    if claims:
        out["resourceClaims"] = claims
    if w.wrong(0.1):
        extra = container(w, d.one("debug", "main"))
        if d.chance(0.5):
            extra["targetContainerName"] = d.one("main", "nope")
        # An empty list is not what an absent one is there.
        used = {k: v for k, v in extra.get("resources", {}).items() if v}
        if used != extra.get("resources"):
            extra.pop("resources", None)
        out["ephemeralContainers"] = [{k: v for k, v in extra.items() if v != []}]
    out.update(w.pick({
        "affinity": lambda: affinity(w),
        "tolerations": lambda: [toleration(w) for _ in range(d.int(1, 3))],
        "topologySpreadConstraints": lambda: w.twice([spread(w) for _ in range(d.int(1, 2))]),
        "securityContext": lambda: security(w, True),
        "nodeSelector": lambda: {w.odd("a", "beta.kubernetes.io/os", "kubernetes.io/os"): w.odd("b")},
        "terminationGracePeriodSeconds": lambda: w.number(0, 1, 30, 60),
        "serviceAccountName": lambda: w.odd("sa"),
    }, 0.15))
    out.update(w.pick({
        "activeDeadlineSeconds": lambda: w.number(1, 60, 2147483648),
        "dnsPolicy": lambda: w.odd("ClusterFirst", "Default", "None", "ClusterFirstWithHostNet"),
        "dnsConfig": lambda: dns(w),
        "serviceAccount": lambda: w.odd("sa", "other"),
        "automountServiceAccountToken": lambda: False,
        "nodeName": lambda: w.odd("n"),
        "hostNetwork": lambda: d.chance(0.8),
        "hostPID": lambda: d.chance(0.8),
        "hostIPC": lambda: d.chance(0.8),
        "hostUsers": lambda: d.chance(0.3),
        "shareProcessNamespace": lambda: d.chance(0.7),
        "imagePullSecrets": lambda: w.twice(w.some(lambda: {"name": w.odd("s", "t")})),
        "hostname": lambda: w.odd("h"),
        "subdomain": lambda: w.odd("s"),
        "hostnameOverride": lambda: w.odd("h", "h.example.com", "h" * 65),
        "setHostnameAsFQDN": lambda: d.chance(0.7),
        "schedulerName": lambda: w.odd("s"),
        "hostAliases": lambda: w.twice([{"ip": d.one(*IPS) if w.wrong(2) else "10.0.0.1", "hostnames": [w.odd("h", "h.i")]}]),
        "priorityClassName": lambda: w.odd("high"),
        "priority": lambda: 5,
        "preemptionPolicy": lambda: w.odd("Never", "PreemptLowerPriority"),
        "readinessGates": lambda: [{"conditionType": w.odd("example.com/ready")}],
        "schedulingGates": lambda: w.twice([{"name": w.odd("example.com/g")}]),
        "runtimeClassName": lambda: w.odd("rc"),
        "enableServiceLinks": lambda: True,
        "overhead": lambda: {d.one(*RESOURCES): w.quantity("1", "100m")},
        "os": lambda: {"name": w.odd("linux", "windows")},
        "resources": lambda: resources(w, True),
        "schedulingGroup": lambda: w.pick({"podGroupName": lambda: w.odd("g")}, 0.8),
        "evictionResponders": lambda: [{"name": w.odd("example.com/r")}],
    }, 0.06))
    return out


def annotations(w, pod):
    names = [c["name"] for c in pod["containers"]]
    profile = lambda: d.one("runtime/default", "unconfined", "localhost/p", "localhost/../x", "docker/default", "x", "")
    d, out = w.d, {}
    if d.chance(0.3):
        out["note"] = "x"
    if w.wrong():
        out[d.one(*ODD)] = "v"
    if w.wrong():
        out["controller.kubernetes.io/pod-deletion-cost"] = d.one("1", "-5", "x", "1.5", "0", "+1", "2147483648", "01")
    if w.wrong(0.5):
        out["container.apparmor.security.beta.kubernetes.io/" + d.one("nope", *names)] = profile()
    if w.wrong(0.5):
        out["seccomp.security.alpha.kubernetes.io/pod"] = profile()
    if w.wrong(0.5):
        out["container.seccomp.security.alpha.kubernetes.io/" + d.one("nope", *names)] = profile()
    if w.wrong(0.3):
        out[d.one("scheduler.alpha.kubernetes.io/critical-pod", "security.alpha.kubernetes.io/sysctls", "kubernetes.io/config.mirror", "security.alpha.kubernetes.io/unsafe-sysctls")] = "x"
    if w.wrong(0.02):
        out["big"] = "x" * d.one(262140, 262141, 262142)
    if w.wrong(0.2):
        out["pod.beta.kubernetes.io/init-containers"] = "[]"
    return out


def template(w, restart_policies=("Never", "OnFailure")):
    pod = spec(w, restart_policies)
    meta = w.pick({"labels": lambda: labels(w), "finalizers": lambda: [w.odd("example.com/f")]}, 0.3)
    notes = annotations(w, pod)
    if notes:
        meta["annotations"] = notes
    return {"spec": pod, **({"metadata": meta} if meta else {})}
