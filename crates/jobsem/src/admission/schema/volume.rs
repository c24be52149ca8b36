//! Volumes and what they are made from.
//!
//! FIELD and DECODE-11: names, types and first versions of the members.

use super::Emit::{Always as A, NonZero as Z, Set as S};
use super::Shape::{Bool, Int32, Int64, List, Map, Object as Obj, Quantity, Text};
use super::meta::{LABEL_SELECTOR, TEMPLATE_META};
use super::{Object, m};
use crate::KubeVersion::{V1_31, V1_34, V1_35, V1_37};

pub(super) static HOST_PATH_VOLUME_SOURCE: Object = Object {
    name: "HostPathVolumeSource",
    members: &[m("path", Text, A, "string"), m("type", Text, S, "v1.HostPathType")],
};

pub(super) static EMPTY_DIR_VOLUME_SOURCE: Object = Object {
    name: "EmptyDirVolumeSource",
    members: &[
        m("medium", Text, Z, "v1.StorageMedium"),
        m("sizeLimit", Quantity, S, "resource.Quantity"),
        m("mode", Int32, S, "int32").since(V1_37),
    ],
};

pub(super) static GCE_PERSISTENT_DISK_VOLUME_SOURCE: Object = Object {
    name: "GCEPersistentDiskVolumeSource",
    members: &[
        m("pdName", Text, A, "string"),
        m("fsType", Text, Z, "string"),
        m("partition", Int32, Z, "int32"),
        m("readOnly", Bool, Z, "bool"),
    ],
};

pub(super) static AWS_ELASTIC_BLOCK_STORE_VOLUME_SOURCE: Object = Object {
    name: "AWSElasticBlockStoreVolumeSource",
    members: &[
        m("volumeID", Text, A, "string"),
        m("fsType", Text, Z, "string"),
        m("partition", Int32, Z, "int32"),
        m("readOnly", Bool, Z, "bool"),
    ],
};

pub(super) static GIT_REPO_VOLUME_SOURCE: Object = Object {
    name: "GitRepoVolumeSource",
    members: &[
        m("repository", Text, A, "string"),
        m("revision", Text, Z, "string"),
        m("directory", Text, Z, "string"),
    ],
};

pub(super) static KEY_TO_PATH: Object = Object {
    name: "KeyToPath",
    members: &[
        m("key", Text, A, "string"),
        m("path", Text, A, "string"),
        m("mode", Int32, S, "int32"),
        m("user", Int64, S, "int64").since(V1_37),
    ],
};

pub(super) static SECRET_VOLUME_SOURCE: Object = Object {
    name: "SecretVolumeSource",
    members: &[
        m("secretName", Text, Z, "string"),
        m("items", List(&Obj(&KEY_TO_PATH)), Z, "[]v1.KeyToPath"),
        m("defaultMode", Int32, S, "int32"),
        m("optional", Bool, S, "bool"),
        m("defaultUser", Int64, S, "int64").since(V1_37),
    ],
};

pub(super) static NFS_VOLUME_SOURCE: Object = Object {
    name: "NFSVolumeSource",
    members: &[
        m("server", Text, A, "string"),
        m("path", Text, A, "string"),
        m("readOnly", Bool, Z, "bool"),
    ],
};

pub(super) static LOCAL_OBJECT_REFERENCE: Object =
    Object { name: "LocalObjectReference", members: &[m("name", Text, Z, "string")] };

pub(super) static ISCSI_VOLUME_SOURCE: Object = Object {
    name: "ISCSIVolumeSource",
    members: &[
        m("targetPortal", Text, A, "string"),
        m("iqn", Text, A, "string"),
        m("lun", Int32, A, "int32"),
        m("iscsiInterface", Text, Z, "string"),
        m("fsType", Text, Z, "string"),
        m("readOnly", Bool, Z, "bool"),
        m("portals", List(&Text), Z, "[]string"),
        m("chapAuthDiscovery", Bool, Z, "bool"),
        m("chapAuthSession", Bool, Z, "bool"),
        m("secretRef", Obj(&LOCAL_OBJECT_REFERENCE), S, "v1.LocalObjectReference"),
        m("initiatorName", Text, S, "string"),
    ],
};

pub(super) static GLUSTERFS_VOLUME_SOURCE: Object = Object {
    name: "GlusterfsVolumeSource",
    members: &[
        m("endpoints", Text, A, "string"),
        m("path", Text, A, "string"),
        m("readOnly", Bool, Z, "bool"),
    ],
};

pub(super) static PERSISTENT_VOLUME_CLAIM_VOLUME_SOURCE: Object = Object {
    name: "PersistentVolumeClaimVolumeSource",
    members: &[m("claimName", Text, A, "string"), m("readOnly", Bool, Z, "bool")],
};

pub(super) static RBD_VOLUME_SOURCE: Object = Object {
    name: "RBDVolumeSource",
    members: &[
        m("monitors", List(&Text), A, "[]string"),
        m("image", Text, A, "string"),
        m("fsType", Text, Z, "string"),
        m("pool", Text, Z, "string"),
        m("user", Text, Z, "string"),
        m("keyring", Text, Z, "string"),
        m("secretRef", Obj(&LOCAL_OBJECT_REFERENCE), S, "v1.LocalObjectReference"),
        m("readOnly", Bool, Z, "bool"),
    ],
};

pub(super) static FLEX_VOLUME_SOURCE: Object = Object {
    name: "FlexVolumeSource",
    members: &[
        m("driver", Text, A, "string"),
        m("fsType", Text, Z, "string"),
        m("secretRef", Obj(&LOCAL_OBJECT_REFERENCE), S, "v1.LocalObjectReference"),
        m("readOnly", Bool, Z, "bool"),
        m("options", Map(&Text), Z, "map[string]string"),
    ],
};

pub(super) static CINDER_VOLUME_SOURCE: Object = Object {
    name: "CinderVolumeSource",
    members: &[
        m("volumeID", Text, A, "string"),
        m("fsType", Text, Z, "string"),
        m("readOnly", Bool, Z, "bool"),
        m("secretRef", Obj(&LOCAL_OBJECT_REFERENCE), S, "v1.LocalObjectReference"),
    ],
};

pub(super) static CEPH_FS_VOLUME_SOURCE: Object = Object {
    name: "CephFSVolumeSource",
    members: &[
        m("monitors", List(&Text), A, "[]string"),
        m("path", Text, Z, "string"),
        m("user", Text, Z, "string"),
        m("secretFile", Text, Z, "string"),
        m("secretRef", Obj(&LOCAL_OBJECT_REFERENCE), S, "v1.LocalObjectReference"),
        m("readOnly", Bool, Z, "bool"),
    ],
};

pub(super) static FLOCKER_VOLUME_SOURCE: Object = Object {
    name: "FlockerVolumeSource",
    members: &[m("datasetName", Text, Z, "string"), m("datasetUUID", Text, Z, "string")],
};

pub(super) static OBJECT_FIELD_SELECTOR: Object = Object {
    name: "ObjectFieldSelector",
    members: &[m("apiVersion", Text, Z, "string"), m("fieldPath", Text, A, "string")],
};

pub(super) static RESOURCE_FIELD_SELECTOR: Object = Object {
    name: "ResourceFieldSelector",
    members: &[
        m("containerName", Text, Z, "string"),
        m("resource", Text, A, "string"),
        m("divisor", Quantity, A, "resource.Quantity"),
    ],
};

pub(super) static DOWNWARD_API_VOLUME_FILE: Object = Object {
    name: "DownwardAPIVolumeFile",
    members: &[
        m("path", Text, A, "string"),
        m("fieldRef", Obj(&OBJECT_FIELD_SELECTOR), S, "v1.ObjectFieldSelector"),
        m("resourceFieldRef", Obj(&RESOURCE_FIELD_SELECTOR), S, "v1.ResourceFieldSelector"),
        m("mode", Int32, S, "int32"),
        m("user", Int64, S, "int64").since(V1_37),
    ],
};

pub(super) static DOWNWARD_API_VOLUME_SOURCE: Object = Object {
    name: "DownwardAPIVolumeSource",
    members: &[
        m("items", List(&Obj(&DOWNWARD_API_VOLUME_FILE)), Z, "[]v1.DownwardAPIVolumeFile"),
        m("defaultMode", Int32, S, "int32"),
        m("defaultUser", Int64, S, "int64").since(V1_37),
    ],
};

pub(super) static FC_VOLUME_SOURCE: Object = Object {
    name: "FCVolumeSource",
    members: &[
        m("targetWWNs", List(&Text), Z, "[]string"),
        m("lun", Int32, S, "int32"),
        m("fsType", Text, Z, "string"),
        m("readOnly", Bool, Z, "bool"),
        m("wwids", List(&Text), Z, "[]string"),
    ],
};

pub(super) static AZURE_FILE_VOLUME_SOURCE: Object = Object {
    name: "AzureFileVolumeSource",
    members: &[
        m("secretName", Text, A, "string"),
        m("shareName", Text, A, "string"),
        m("readOnly", Bool, Z, "bool"),
    ],
};

pub(super) static CONFIG_MAP_VOLUME_SOURCE: Object = Object {
    name: "ConfigMapVolumeSource",
    members: &[
        m("name", Text, Z, "string").of("LocalObjectReference"),
        m("items", List(&Obj(&KEY_TO_PATH)), Z, "[]v1.KeyToPath"),
        m("defaultMode", Int32, S, "int32"),
        m("optional", Bool, S, "bool"),
        m("defaultUser", Int64, S, "int64").since(V1_37),
    ],
};

pub(super) static VSPHERE_VIRTUAL_DISK_VOLUME_SOURCE: Object = Object {
    name: "VsphereVirtualDiskVolumeSource",
    members: &[
        m("volumePath", Text, A, "string"),
        m("fsType", Text, Z, "string"),
        m("storagePolicyName", Text, Z, "string"),
        m("storagePolicyID", Text, Z, "string"),
    ],
};

pub(super) static QUOBYTE_VOLUME_SOURCE: Object = Object {
    name: "QuobyteVolumeSource",
    members: &[
        m("registry", Text, A, "string"),
        m("volume", Text, A, "string"),
        m("readOnly", Bool, Z, "bool"),
        m("user", Text, Z, "string"),
        m("group", Text, Z, "string"),
        m("tenant", Text, Z, "string"),
    ],
};

pub(super) static AZURE_DISK_VOLUME_SOURCE: Object = Object {
    name: "AzureDiskVolumeSource",
    members: &[
        m("diskName", Text, A, "string"),
        m("diskURI", Text, A, "string"),
        m("cachingMode", Text, S, "v1.AzureDataDiskCachingMode"),
        m("fsType", Text, S, "string"),
        m("readOnly", Bool, S, "bool"),
        m("kind", Text, S, "v1.AzureDataDiskKind"),
    ],
};

pub(super) static PHOTON_PERSISTENT_DISK_VOLUME_SOURCE: Object = Object {
    name: "PhotonPersistentDiskVolumeSource",
    members: &[m("pdID", Text, A, "string"), m("fsType", Text, Z, "string")],
};

pub(super) static SECRET_PROJECTION: Object = Object {
    name: "SecretProjection",
    members: &[
        m("name", Text, Z, "string").of("LocalObjectReference"),
        m("items", List(&Obj(&KEY_TO_PATH)), Z, "[]v1.KeyToPath"),
        m("optional", Bool, S, "bool"),
    ],
};

pub(super) static DOWNWARD_API_PROJECTION: Object = Object {
    name: "DownwardAPIProjection",
    members: &[m("items", List(&Obj(&DOWNWARD_API_VOLUME_FILE)), Z, "[]v1.DownwardAPIVolumeFile")],
};

pub(super) static CONFIG_MAP_PROJECTION: Object = Object {
    name: "ConfigMapProjection",
    members: &[
        m("name", Text, Z, "string").of("LocalObjectReference"),
        m("items", List(&Obj(&KEY_TO_PATH)), Z, "[]v1.KeyToPath"),
        m("optional", Bool, S, "bool"),
    ],
};

pub(super) static SERVICE_ACCOUNT_TOKEN_PROJECTION: Object = Object {
    name: "ServiceAccountTokenProjection",
    members: &[
        m("audience", Text, Z, "string"),
        m("expirationSeconds", Int64, S, "int64"),
        m("path", Text, A, "string"),
        m("user", Int64, S, "int64").since(V1_37),
    ],
};

pub(super) static CLUSTER_TRUST_BUNDLE_PROJECTION: Object = Object {
    name: "ClusterTrustBundleProjection",
    members: &[
        m("name", Text, S, "string"),
        m("signerName", Text, S, "string"),
        m("labelSelector", Obj(&LABEL_SELECTOR), S, "v1.LabelSelector"),
        m("optional", Bool, S, "bool"),
        m("path", Text, A, "string"),
        m("user", Int64, S, "int64").since(V1_37),
    ],
};

pub(super) static POD_CERTIFICATE_PROJECTION: Object = Object {
    name: "PodCertificateProjection",
    members: &[
        m("signerName", Text, Z, "string").since(V1_34),
        m("keyType", Text, Z, "string").since(V1_34),
        m("maxExpirationSeconds", Int32, S, "int32").since(V1_34),
        m("credentialBundlePath", Text, Z, "string").since(V1_34),
        m("keyPath", Text, Z, "string").since(V1_34),
        m("certificateChainPath", Text, Z, "string").since(V1_34),
        m("userAnnotations", Map(&Text), Z, "map[string]string").since(V1_35),
        m("user", Int64, S, "int64").since(V1_37),
    ],
};

pub(super) static VOLUME_PROJECTION: Object = Object {
    name: "VolumeProjection",
    members: &[
        m("secret", Obj(&SECRET_PROJECTION), S, "v1.SecretProjection"),
        m("downwardAPI", Obj(&DOWNWARD_API_PROJECTION), S, "v1.DownwardAPIProjection"),
        m("configMap", Obj(&CONFIG_MAP_PROJECTION), S, "v1.ConfigMapProjection"),
        m(
            "serviceAccountToken",
            Obj(&SERVICE_ACCOUNT_TOKEN_PROJECTION),
            S,
            "v1.ServiceAccountTokenProjection",
        ),
        m(
            "clusterTrustBundle",
            Obj(&CLUSTER_TRUST_BUNDLE_PROJECTION),
            S,
            "v1.ClusterTrustBundleProjection",
        ),
        m("podCertificate", Obj(&POD_CERTIFICATE_PROJECTION), S, "v1.PodCertificateProjection")
            .since(V1_34),
    ],
};

pub(super) static PROJECTED_VOLUME_SOURCE: Object = Object {
    name: "ProjectedVolumeSource",
    members: &[
        m("sources", List(&Obj(&VOLUME_PROJECTION)), A, "[]v1.VolumeProjection"),
        m("defaultMode", Int32, S, "int32"),
        m("defaultUser", Int64, S, "int64").since(V1_37),
    ],
};

pub(super) static PORTWORX_VOLUME_SOURCE: Object = Object {
    name: "PortworxVolumeSource",
    members: &[
        m("volumeID", Text, A, "string"),
        m("fsType", Text, Z, "string"),
        m("readOnly", Bool, Z, "bool"),
    ],
};

pub(super) static SCALE_IO_VOLUME_SOURCE: Object = Object {
    name: "ScaleIOVolumeSource",
    members: &[
        m("gateway", Text, A, "string"),
        m("system", Text, A, "string"),
        m("secretRef", Obj(&LOCAL_OBJECT_REFERENCE), S, "v1.LocalObjectReference"),
        m("sslEnabled", Bool, Z, "bool"),
        m("protectionDomain", Text, Z, "string"),
        m("storagePool", Text, Z, "string"),
        m("storageMode", Text, Z, "string"),
        m("volumeName", Text, Z, "string"),
        m("fsType", Text, Z, "string"),
        m("readOnly", Bool, Z, "bool"),
    ],
};

pub(super) static STORAGE_OS_VOLUME_SOURCE: Object = Object {
    name: "StorageOSVolumeSource",
    members: &[
        m("volumeName", Text, Z, "string"),
        m("volumeNamespace", Text, Z, "string"),
        m("fsType", Text, Z, "string"),
        m("readOnly", Bool, Z, "bool"),
        m("secretRef", Obj(&LOCAL_OBJECT_REFERENCE), S, "v1.LocalObjectReference"),
    ],
};

pub(super) static CSI_VOLUME_SOURCE: Object = Object {
    name: "CSIVolumeSource",
    members: &[
        m("driver", Text, A, "string"),
        m("readOnly", Bool, S, "bool"),
        m("fsType", Text, S, "string"),
        m("volumeAttributes", Map(&Text), Z, "map[string]string"),
        m("nodePublishSecretRef", Obj(&LOCAL_OBJECT_REFERENCE), S, "v1.LocalObjectReference"),
    ],
};

pub(super) static VOLUME_RESOURCE_REQUIREMENTS: Object = Object {
    name: "VolumeResourceRequirements",
    members: &[
        m("limits", Map(&Quantity), Z, "v1.ResourceList"),
        m("requests", Map(&Quantity), Z, "v1.ResourceList"),
    ],
};

pub(super) static TYPED_LOCAL_OBJECT_REFERENCE: Object = Object {
    name: "TypedLocalObjectReference",
    members: &[
        m("apiGroup", Text, S, "string"),
        m("kind", Text, A, "string"),
        m("name", Text, A, "string"),
    ],
};

pub(super) static TYPED_OBJECT_REFERENCE: Object = Object {
    name: "TypedObjectReference",
    members: &[
        m("apiGroup", Text, S, "string"),
        m("kind", Text, A, "string"),
        m("name", Text, A, "string"),
        m("namespace", Text, S, "string"),
    ],
};

pub(super) static PERSISTENT_VOLUME_CLAIM_SPEC: Object = Object {
    name: "PersistentVolumeClaimSpec",
    members: &[
        m("accessModes", List(&Text), Z, "[]v1.PersistentVolumeAccessMode"),
        m("selector", Obj(&LABEL_SELECTOR), S, "v1.LabelSelector"),
        m("resources", Obj(&VOLUME_RESOURCE_REQUIREMENTS), A, "v1.VolumeResourceRequirements"),
        m("volumeName", Text, Z, "string"),
        m("storageClassName", Text, S, "string"),
        m("volumeMode", Text, S, "v1.PersistentVolumeMode"),
        m("dataSource", Obj(&TYPED_LOCAL_OBJECT_REFERENCE), S, "v1.TypedLocalObjectReference"),
        m("dataSourceRef", Obj(&TYPED_OBJECT_REFERENCE), S, "v1.TypedObjectReference"),
        m("volumeAttributesClassName", Text, S, "string"),
    ],
};

pub(super) static PERSISTENT_VOLUME_CLAIM_TEMPLATE: Object = Object {
    name: "PersistentVolumeClaimTemplate",
    members: &[
        m("metadata", Obj(&TEMPLATE_META), A, "v1.ObjectMeta"),
        m("spec", Obj(&PERSISTENT_VOLUME_CLAIM_SPEC), A, "v1.PersistentVolumeClaimSpec"),
    ],
};

pub(super) static EPHEMERAL_VOLUME_SOURCE: Object = Object {
    name: "EphemeralVolumeSource",
    members: &[m(
        "volumeClaimTemplate",
        Obj(&PERSISTENT_VOLUME_CLAIM_TEMPLATE),
        S,
        "v1.PersistentVolumeClaimTemplate",
    )],
};

pub(super) static IMAGE_VOLUME_SOURCE: Object = Object {
    name: "ImageVolumeSource",
    members: &[
        m("reference", Text, Z, "string").since(V1_31),
        m("pullPolicy", Text, Z, "v1.PullPolicy").since(V1_31),
    ],
};

pub(super) static VOLUME: Object = Object {
    name: "Volume",
    members: &[
        m("name", Text, A, "string"),
        m("hostPath", Obj(&HOST_PATH_VOLUME_SOURCE), S, "v1.HostPathVolumeSource")
            .of("VolumeSource"),
        m("emptyDir", Obj(&EMPTY_DIR_VOLUME_SOURCE), S, "v1.EmptyDirVolumeSource")
            .of("VolumeSource"),
        m(
            "gcePersistentDisk",
            Obj(&GCE_PERSISTENT_DISK_VOLUME_SOURCE),
            S,
            "v1.GCEPersistentDiskVolumeSource",
        )
        .of("VolumeSource"),
        m(
            "awsElasticBlockStore",
            Obj(&AWS_ELASTIC_BLOCK_STORE_VOLUME_SOURCE),
            S,
            "v1.AWSElasticBlockStoreVolumeSource",
        )
        .of("VolumeSource"),
        m("gitRepo", Obj(&GIT_REPO_VOLUME_SOURCE), S, "v1.GitRepoVolumeSource").of("VolumeSource"),
        m("secret", Obj(&SECRET_VOLUME_SOURCE), S, "v1.SecretVolumeSource").of("VolumeSource"),
        m("nfs", Obj(&NFS_VOLUME_SOURCE), S, "v1.NFSVolumeSource").of("VolumeSource"),
        m("iscsi", Obj(&ISCSI_VOLUME_SOURCE), S, "v1.ISCSIVolumeSource").of("VolumeSource"),
        m("glusterfs", Obj(&GLUSTERFS_VOLUME_SOURCE), S, "v1.GlusterfsVolumeSource")
            .of("VolumeSource"),
        m(
            "persistentVolumeClaim",
            Obj(&PERSISTENT_VOLUME_CLAIM_VOLUME_SOURCE),
            S,
            "v1.PersistentVolumeClaimVolumeSource",
        )
        .of("VolumeSource"),
        m("rbd", Obj(&RBD_VOLUME_SOURCE), S, "v1.RBDVolumeSource").of("VolumeSource"),
        m("flexVolume", Obj(&FLEX_VOLUME_SOURCE), S, "v1.FlexVolumeSource").of("VolumeSource"),
        m("cinder", Obj(&CINDER_VOLUME_SOURCE), S, "v1.CinderVolumeSource").of("VolumeSource"),
        m("cephfs", Obj(&CEPH_FS_VOLUME_SOURCE), S, "v1.CephFSVolumeSource").of("VolumeSource"),
        m("flocker", Obj(&FLOCKER_VOLUME_SOURCE), S, "v1.FlockerVolumeSource").of("VolumeSource"),
        m("downwardAPI", Obj(&DOWNWARD_API_VOLUME_SOURCE), S, "v1.DownwardAPIVolumeSource")
            .of("VolumeSource"),
        m("fc", Obj(&FC_VOLUME_SOURCE), S, "v1.FCVolumeSource").of("VolumeSource"),
        m("azureFile", Obj(&AZURE_FILE_VOLUME_SOURCE), S, "v1.AzureFileVolumeSource")
            .of("VolumeSource"),
        m("configMap", Obj(&CONFIG_MAP_VOLUME_SOURCE), S, "v1.ConfigMapVolumeSource")
            .of("VolumeSource"),
        m(
            "vsphereVolume",
            Obj(&VSPHERE_VIRTUAL_DISK_VOLUME_SOURCE),
            S,
            "v1.VsphereVirtualDiskVolumeSource",
        )
        .of("VolumeSource"),
        m("quobyte", Obj(&QUOBYTE_VOLUME_SOURCE), S, "v1.QuobyteVolumeSource").of("VolumeSource"),
        m("azureDisk", Obj(&AZURE_DISK_VOLUME_SOURCE), S, "v1.AzureDiskVolumeSource")
            .of("VolumeSource"),
        m(
            "photonPersistentDisk",
            Obj(&PHOTON_PERSISTENT_DISK_VOLUME_SOURCE),
            S,
            "v1.PhotonPersistentDiskVolumeSource",
        )
        .of("VolumeSource"),
        m("projected", Obj(&PROJECTED_VOLUME_SOURCE), S, "v1.ProjectedVolumeSource")
            .of("VolumeSource"),
        m("portworxVolume", Obj(&PORTWORX_VOLUME_SOURCE), S, "v1.PortworxVolumeSource")
            .of("VolumeSource"),
        m("scaleIO", Obj(&SCALE_IO_VOLUME_SOURCE), S, "v1.ScaleIOVolumeSource").of("VolumeSource"),
        m("storageos", Obj(&STORAGE_OS_VOLUME_SOURCE), S, "v1.StorageOSVolumeSource")
            .of("VolumeSource"),
        m("csi", Obj(&CSI_VOLUME_SOURCE), S, "v1.CSIVolumeSource").of("VolumeSource"),
        m("ephemeral", Obj(&EPHEMERAL_VOLUME_SOURCE), S, "v1.EphemeralVolumeSource")
            .of("VolumeSource"),
        m("image", Obj(&IMAGE_VOLUME_SOURCE), S, "v1.ImageVolumeSource")
            .since(V1_31)
            .of("VolumeSource"),
    ],
};
