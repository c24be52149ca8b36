// Written by scripts/types.mjs from the JSON Schemas of the repository (`npm run types`).

export type ConditionStatus = 'True' | 'False' | 'Unknown'
export type PodPhase = '' | 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown'
/**
 * A controller that runs in a [`Scenario`].
 */
export type ScenarioController = 'job' | 'ttl' | 'cronjob'
/**
 * A resource that controllers watch.
 */
export type ScenarioResource = 'jobs' | 'pods' | 'cronjobs'
/**
 * What a call does.
 */
export type ScenarioVerb = 'create' | 'delete' | 'patch' | 'update' | 'get'
/**
 * What a [`Scenario`] asks.
 */
export type ScenarioMode =
  'timeline' | 'create' | 'update' | 'updateStatus' | 'updateCron' | 'schedule'
/**
 * What a [`Step`] does.
 */
export type ScenarioOp =
  | 'patchJob'
  | 'deleteJob'
  | 'patchCronJob'
  | 'createPod'
  | 'patchPod'
  | 'podStatus'
  | 'deletePod'
  | 'removePod'
  | 'holdEvents'
  | 'releaseEvents'
  | 'restartController'
/**
 * What deletes with an object that owns others (DEL-02, DEL-03).
 */
export type ScenarioPropagation = 'Background' | 'Foreground' | 'Orphan'
export type TraceConditionStatus = 'True' | 'False' | 'Unknown'
export type TraceJobConditionType =
  'Suspended' | 'Complete' | 'Failed' | 'FailureTarget' | 'SuccessCriteriaMet'
/**
 * The kinds of entries.
 */
export type TraceKind =
  | 'createPod'
  | 'patchPod'
  | 'deletePod'
  | 'jobStatus'
  | 'jobStatusRejected'
  | 'createJob'
  | 'patchJob'
  | 'deleteJob'
  | 'cronJobStatus'
  | 'updateCronJob'
  | 'conflict'
  | 'event'
  | 'fault'
  | 'rejected'
export type RestartPolicy = 'Always' | 'OnFailure' | 'Never'

/**
 * A Job.
 */
export interface Job {
  apiVersion: 'batch/v1'
  kind: 'Job'
  /**
   * Name, labels, owners.
   */
  metadata: ObjectMeta
  /**
   * The desired state.
   */
  spec: JobSpec
  /**
   * The observed state.
   */
  status?: JobStatus
}
/**
 * metadata of an object.
 */
export interface ObjectMeta {
  /**
   * Annotations.
   */
  annotations?: {
    [k: string]: string
  }
  /**
   * When the API server created the object.
   */
  creationTimestamp?: string
  /**
   * The grace period in whole seconds, set together with the deletion timestamp.
   */
  deletionGracePeriodSeconds?: number
  /**
   * Set when deletion is requested: the *end* of the grace period.
   */
  deletionTimestamp?: string
  /**
   * The finalizers: a deleted object stays until all of them are removed.
   */
  finalizers?: string[]
  /**
   * The prefix of a name that the API server completes.
   */
  generateName?: string
  /**
   * Counts the changes of the spec.
   */
  generation?: number
  /**
   * Labels. Defaulting of templates distinguishes absent from empty.
   */
  labels?: {
    [k: string]: string
  }
  managedFields?: ManagedFieldsEntry[]
  /**
   * The name; empty until the API server has made one from generateName.
   */
  name?: string
  /**
   * The namespace.
   */
  namespace?: string
  /**
   * The owners of the object.
   */
  ownerReferences?: OwnerReference[]
  /**
   * The version of the stored object: opaque text, compared for equality only.
   */
  resourceVersion?: string
  selfLink?: string
  /**
   * The UID, which distinguishes objects of the same name over time.
   */
  uid?: string
}
export interface ManagedFieldsEntry {
  apiVersion?: string
  fieldsType?: string
  fieldsV1?: unknown
  manager?: string
  operation?: string
  subresource?: string
  time?: string
}
/**
 * A reference to an owner.
 */
export interface OwnerReference {
  /**
   * The owner's group and version.
   */
  apiVersion?: string
  /**
   * Whether a foreground deletion of the owner waits for the object.
   */
  blockOwnerDeletion?: boolean
  /**
   * Whether the owner manages the object.
   */
  controller?: boolean
  /**
   * The owner's kind.
   */
  kind?: string
  /**
   * The owner's name.
   */
  name?: string
  /**
   * The owner's UID.
   */
  uid?: string
}
/**
 * spec of a Job.
 */
export interface JobSpec {
  /**
   * Whole seconds from status.startTime until the Job fails.
   */
  activeDeadlineSeconds?: number
  /**
   * How many failures the Job tolerates.
   */
  backoffLimit?: number
  /**
   * How many failures each index of an Indexed Job tolerates.
   */
  backoffLimitPerIndex?: number
  /**
   * Whether each completion has an index.
   */
  completionMode?: 'NonIndexed' | 'Indexed'
  /**
   * How many pods must succeed; if absent, one success is enough and the pods coordinate themselves.
   */
  completions?: number
  /**
   * The controller that manages the Job. Kubernetes 1.30 and newer.
   */
  managedBy?: string
  /**
   * Whether the user sets the selector.
   */
  manualSelector?: boolean
  /**
   * How many indexes may fail.
   */
  maxFailedIndexes?: number
  /**
   * How many pods may run at once.
   */
  parallelism?: number
  /**
   * How pod failures are handled.
   */
  podFailurePolicy?: PodFailurePolicy
  /**
   * When a terminating pod is replaced.
   */
  podReplacementPolicy?: 'TerminatingOrFailed' | 'Failed'
  /**
   * Kubernetes 1.37 and newer.
   */
  scheduling?: JobSchedulingConfiguration
  /**
   * Which pods belong to the Job; generated by the API server.
   */
  selector?: LabelSelector
  /**
   * When an Indexed Job succeeds before all of its indexes have. Kubernetes 1.30 and newer.
   */
  successPolicy?: SuccessPolicy
  /**
   * Whether the Job is suspended: it has no pods until it is resumed.
   */
  suspend?: boolean
  /**
   * The template of the pods.
   */
  template: PodTemplateSpec
  /**
   * Whole seconds from the end of the Job until it is deleted.
   */
  ttlSecondsAfterFinished?: number
}
/**
 * spec.podFailurePolicy.
 */
export interface PodFailurePolicy {
  /**
   * The rules; the first that matches decides.
   */
  rules: PodFailurePolicyRule[]
}
/**
 * One rule of a pod failure policy.
 */
export interface PodFailurePolicyRule {
  /**
   * What happens if the rule matches.
   */
  action?: 'FailJob' | 'FailIndex' | 'Ignore' | 'Count'
  /**
   * Matches by exit code.
   */
  onExitCodes?: PodFailurePolicyOnExitCodesRequirement
  /**
   * Matches by pod condition; read only if onExitCodes is absent.
   */
  onPodConditions?: PodFailurePolicyOnPodConditionsPattern[]
}
/**
 * onExitCodes of a rule.
 */
export interface PodFailurePolicyOnExitCodesRequirement {
  /**
   * The container whose exit code counts; any container if absent.
   */
  containerName?: string
  /**
   * How values are compared.
   */
  operator?: 'In' | 'NotIn'
  /**
   * The exit codes.
   */
  values?: number[]
}
/**
 * One entry of onPodConditions.
 */
export interface PodFailurePolicyOnPodConditionsPattern {
  /**
   * The condition's status.
   */
  status?: 'True' | 'False' | 'Unknown'
  /**
   * The condition's type.
   */
  type?: string
}
export interface JobSchedulingConfiguration {
  /**
   * Kubernetes 1.37 and newer.
   */
  disruptionMode?: WorkloadPodGroupDisruptionMode
  /**
   * Kubernetes 1.37 and newer.
   */
  resourceClaims?: WorkloadPodGroupResourceClaim[]
  /**
   * Kubernetes 1.37 and newer.
   */
  schedulingConstraints?: WorkloadPodGroupSchedulingConstraints
  /**
   * Kubernetes 1.37 and newer.
   */
  schedulingPolicy?: WorkloadPodGroupSchedulingPolicy
}
export interface WorkloadPodGroupDisruptionMode {
  /**
   * Kubernetes 1.37 and newer.
   */
  all?: WorkloadPodGroupAllDisruptionMode
  /**
   * Kubernetes 1.37 and newer.
   */
  single?: WorkloadPodGroupSingleDisruptionMode
}
export interface WorkloadPodGroupAllDisruptionMode {}
export interface WorkloadPodGroupSingleDisruptionMode {}
export interface WorkloadPodGroupResourceClaim {
  /**
   * Kubernetes 1.37 and newer.
   */
  name?: string
  /**
   * Kubernetes 1.37 and newer.
   */
  resourceClaimName?: string
  /**
   * Kubernetes 1.37 and newer.
   */
  resourceClaimTemplateName?: string
}
export interface WorkloadPodGroupSchedulingConstraints {
  /**
   * Kubernetes 1.37 and newer.
   */
  topology?: TopologyConstraint[]
}
export interface TopologyConstraint {
  /**
   * Kubernetes 1.37 and newer.
   */
  key?: string
}
export interface WorkloadPodGroupSchedulingPolicy {
  /**
   * Kubernetes 1.37 and newer.
   */
  basic?: WorkloadPodGroupBasicSchedulingPolicy
  /**
   * Kubernetes 1.37 and newer.
   */
  gang?: WorkloadPodGroupGangSchedulingPolicy
}
export interface WorkloadPodGroupBasicSchedulingPolicy {}
export interface WorkloadPodGroupGangSchedulingPolicy {
  /**
   * Kubernetes 1.37 and newer.
   */
  minCount?: number
}
/**
 * metav1.LabelSelector.
 */
export interface LabelSelector {
  /**
   * Further requirements, all of which must hold.
   */
  matchExpressions?: LabelSelectorRequirement[]
  /**
   * Labels that must have exactly these values.
   */
  matchLabels?: {
    [k: string]: string
  }
}
/**
 * One requirement of a [LabelSelector].
 */
export interface LabelSelectorRequirement {
  /**
   * The label's key.
   */
  key?: string
  /**
   * In, NotIn, Exists or DoesNotExist.
   */
  operator?: string
  /**
   * The values that In and NotIn compare with.
   */
  values?: string[]
}
/**
 * spec.successPolicy.
 */
export interface SuccessPolicy {
  /**
   * The rules; one that matches is enough. Kubernetes 1.30 and newer.
   */
  rules: SuccessPolicyRule[]
}
/**
 * One rule of a success policy.
 */
export interface SuccessPolicyRule {
  /**
   * How many of them must succeed. Kubernetes 1.30 and newer.
   */
  succeededCount?: number
  /**
   * The indexes that count, such as 0,3-5. Kubernetes 1.30 and newer.
   */
  succeededIndexes?: string
}
/**
 * template of a Job.
 */
export interface PodTemplateSpec {
  /**
   * Labels, annotations and finalizers of the pods.
   */
  metadata?: ObjectMeta
  /**
   * The spec of the pods.
   */
  spec: PodSpec
}
/**
 * spec of a pod.
 */
export interface PodSpec {
  /**
   * Whole seconds that the pod may be active on a node.
   */
  activeDeadlineSeconds?: number
  affinity?: Affinity
  automountServiceAccountToken?: boolean
  /**
   * The containers.
   */
  containers: Container[]
  dnsConfig?: PodDNSConfig
  dnsPolicy?: string
  enableServiceLinks?: boolean
  ephemeralContainers?: EphemeralContainer[]
  /**
   * Kubernetes 1.37 and newer.
   */
  evictionResponders?: EvictionResponder[]
  hostAliases?: HostAlias[]
  hostIPC?: boolean
  hostNetwork?: boolean
  hostPID?: boolean
  hostUsers?: boolean
  /**
   * The host name; the controller sets it for Indexed Jobs.
   */
  hostname?: string
  /**
   * Kubernetes 1.34 and newer.
   */
  hostnameOverride?: string
  imagePullSecrets?: LocalObjectReference[]
  /**
   * Containers that run one after another before the main containers, or, with restart policy Always, beside them (sidecars).
   */
  initContainers?: Container[]
  /**
   * The node the pod is bound to.
   */
  nodeName?: string
  nodeSelector?: {
    [k: string]: string
  }
  os?: PodOS
  overhead?: {
    [k: string]: string | number
  }
  preemptionPolicy?: string
  priority?: number
  priorityClassName?: string
  readinessGates?: PodReadinessGate[]
  resourceClaims?: PodResourceClaim[]
  /**
   * Kubernetes 1.32 and newer.
   */
  resources?: ResourceRequirements
  /**
   * Whether finished containers restart.
   */
  restartPolicy?: 'Always' | 'OnFailure' | 'Never'
  runtimeClassName?: string
  schedulerName?: string
  schedulingGates?: PodSchedulingGate[]
  /**
   * Kubernetes 1.36 and newer.
   */
  schedulingGroup?: PodSchedulingGroup
  securityContext?: PodSecurityContext
  serviceAccount?: string
  serviceAccountName?: string
  setHostnameAsFQDN?: boolean
  shareProcessNamespace?: boolean
  /**
   * The headless Service that gives the pod its DNS name.
   */
  subdomain?: string
  /**
   * The grace period: whole seconds between the request to stop and the kill.
   */
  terminationGracePeriodSeconds?: number
  tolerations?: Toleration[]
  topologySpreadConstraints?: TopologySpreadConstraint[]
  volumes?: Volume[]
}
export interface Affinity {
  nodeAffinity?: NodeAffinity
  podAffinity?: PodAffinity
  podAntiAffinity?: PodAntiAffinity
}
export interface NodeAffinity {
  preferredDuringSchedulingIgnoredDuringExecution?: PreferredSchedulingTerm[]
  requiredDuringSchedulingIgnoredDuringExecution?: NodeSelector
}
export interface PreferredSchedulingTerm {
  preference?: NodeSelectorTerm
  weight?: number
}
export interface NodeSelectorTerm {
  matchExpressions?: NodeSelectorRequirement[]
  matchFields?: NodeSelectorRequirement[]
}
export interface NodeSelectorRequirement {
  key?: string
  operator?: string
  values?: string[]
}
export interface NodeSelector {
  nodeSelectorTerms?: NodeSelectorTerm[]
}
export interface PodAffinity {
  preferredDuringSchedulingIgnoredDuringExecution?: WeightedPodAffinityTerm[]
  requiredDuringSchedulingIgnoredDuringExecution?: PodAffinityTerm[]
}
export interface WeightedPodAffinityTerm {
  podAffinityTerm?: PodAffinityTerm
  weight?: number
}
export interface PodAffinityTerm {
  labelSelector?: LabelSelector
  matchLabelKeys?: string[]
  mismatchLabelKeys?: string[]
  namespaceSelector?: LabelSelector
  namespaces?: string[]
  topologyKey?: string
}
export interface PodAntiAffinity {
  preferredDuringSchedulingIgnoredDuringExecution?: WeightedPodAffinityTerm[]
  requiredDuringSchedulingIgnoredDuringExecution?: PodAffinityTerm[]
}
/**
 * A container, or an init container.
 */
export interface Container {
  /**
   * Arguments of the entry point.
   */
  args?: string[]
  /**
   * The entry point; the image's own if empty.
   */
  command?: string[]
  /**
   * The environment.
   */
  env?: EnvVar[]
  envFrom?: EnvFromSource[]
  /**
   * The image.
   */
  image?: string
  imagePullPolicy?: string
  lifecycle?: Lifecycle
  livenessProbe?: Probe
  /**
   * The name, unique in the pod.
   */
  name: string
  ports?: ContainerPort[]
  readinessProbe?: Probe
  resizePolicy?: ContainerResizePolicy[]
  /**
   * Requests and limits; always written, {} if there are none.
   */
  resources?: ResourceRequirements
  /**
   * The container's own restart policy; Always makes an init container a sidecar.
   */
  restartPolicy?: 'Always' | 'OnFailure' | 'Never'
  /**
   * Kubernetes 1.34 and newer.
   */
  restartPolicyRules?: ContainerRestartRule[]
  securityContext?: SecurityContext
  startupProbe?: Probe
  stdin?: boolean
  stdinOnce?: boolean
  terminationMessagePath?: string
  terminationMessagePolicy?: string
  tty?: boolean
  volumeDevices?: VolumeDevice[]
  volumeMounts?: VolumeMount[]
  /**
   * The working directory.
   */
  workingDir?: string
}
/**
 * One variable of the environment.
 */
export interface EnvVar {
  /**
   * Its name.
   */
  name?: string
  /**
   * Its value.
   */
  value?: string
  /**
   * The source of the value, if the value is not given.
   */
  valueFrom?: EnvVarSource
}
/**
 * valueFrom of a variable.
 */
export interface EnvVarSource {
  configMapKeyRef?: ConfigMapKeySelector
  /**
   * A field of the pod.
   */
  fieldRef?: ObjectFieldSelector
  /**
   * Kubernetes 1.34 and newer.
   */
  fileKeyRef?: FileKeySelector
  resourceFieldRef?: ResourceFieldSelector
  secretKeyRef?: SecretKeySelector
}
export interface ConfigMapKeySelector {
  key?: string
  name?: string
  optional?: boolean
}
/**
 * fieldRef.
 */
export interface ObjectFieldSelector {
  /**
   * The API version of the path.
   */
  apiVersion?: string
  /**
   * The path, such as metadata.name.
   */
  fieldPath?: string
}
export interface FileKeySelector {
  /**
   * Kubernetes 1.34 and newer.
   */
  key?: string
  /**
   * Kubernetes 1.34 and newer.
   */
  optional?: boolean
  /**
   * Kubernetes 1.34 and newer.
   */
  path?: string
  /**
   * Kubernetes 1.34 and newer.
   */
  volumeName?: string
}
export interface ResourceFieldSelector {
  containerName?: string
  divisor?: string | number
  resource?: string
}
export interface SecretKeySelector {
  key?: string
  name?: string
  optional?: boolean
}
export interface EnvFromSource {
  configMapRef?: ConfigMapEnvSource
  prefix?: string
  secretRef?: SecretEnvSource
}
export interface ConfigMapEnvSource {
  name?: string
  optional?: boolean
}
export interface SecretEnvSource {
  name?: string
  optional?: boolean
}
export interface Lifecycle {
  postStart?: LifecycleHandler
  preStop?: LifecycleHandler
  /**
   * Kubernetes 1.33 and newer.
   */
  stopSignal?: string
}
export interface LifecycleHandler {
  exec?: ExecAction
  httpGet?: HTTPGetAction
  sleep?: SleepAction
  tcpSocket?: TCPSocketAction
}
export interface ExecAction {
  command?: string[]
}
export interface HTTPGetAction {
  host?: string
  httpHeaders?: HTTPHeader[]
  path?: string
  port?: number | string
  /**
   * Kubernetes 1.37 and newer.
   */
  protocol?: string
  scheme?: string
}
export interface HTTPHeader {
  name?: string
  value?: string
}
export interface SleepAction {
  seconds?: number
}
export interface TCPSocketAction {
  host?: string
  port?: number | string
}
export interface Probe {
  exec?: ExecAction
  failureThreshold?: number
  grpc?: GRPCAction
  httpGet?: HTTPGetAction
  initialDelaySeconds?: number
  periodSeconds?: number
  successThreshold?: number
  tcpSocket?: TCPSocketAction
  terminationGracePeriodSeconds?: number
  timeoutSeconds?: number
}
export interface GRPCAction {
  /**
   * Kubernetes 1.37 and newer.
   */
  mode?: string
  port?: number
  service?: string
}
export interface ContainerPort {
  containerPort?: number
  hostIP?: string
  hostPort?: number
  name?: string
  protocol?: string
}
export interface ContainerResizePolicy {
  resourceName?: string
  restartPolicy?: string
}
export interface ResourceRequirements {
  claims?: ResourceClaim[]
  limits?: {
    [k: string]: string | number
  }
  requests?: {
    [k: string]: string | number
  }
}
export interface ResourceClaim {
  name?: string
  /**
   * Kubernetes 1.31 and newer.
   */
  request?: string
}
export interface ContainerRestartRule {
  /**
   * Kubernetes 1.34 and newer.
   */
  action?: string
  /**
   * Kubernetes 1.34 and newer.
   */
  exitCodes?: ContainerRestartRuleOnExitCodes
}
export interface ContainerRestartRuleOnExitCodes {
  /**
   * Kubernetes 1.34 and newer.
   */
  operator?: string
  /**
   * Kubernetes 1.34 and newer.
   */
  values?: number[]
}
export interface SecurityContext {
  allowPrivilegeEscalation?: boolean
  /**
   * Kubernetes 1.30 and newer.
   */
  appArmorProfile?: AppArmorProfile
  capabilities?: Capabilities
  privileged?: boolean
  procMount?: string
  readOnlyRootFilesystem?: boolean
  runAsGroup?: number
  runAsNonRoot?: boolean
  runAsUser?: number
  seLinuxOptions?: SELinuxOptions
  seccompProfile?: SeccompProfile
  windowsOptions?: WindowsSecurityContextOptions
}
export interface AppArmorProfile {
  /**
   * Kubernetes 1.30 and newer.
   */
  localhostProfile?: string
  /**
   * Kubernetes 1.30 and newer.
   */
  type?: string
}
export interface Capabilities {
  add?: string[]
  drop?: string[]
}
export interface SELinuxOptions {
  level?: string
  role?: string
  type?: string
  user?: string
}
export interface SeccompProfile {
  localhostProfile?: string
  type?: string
}
export interface WindowsSecurityContextOptions {
  gmsaCredentialSpec?: string
  gmsaCredentialSpecName?: string
  hostProcess?: boolean
  runAsUserName?: string
}
export interface VolumeDevice {
  devicePath?: string
  name?: string
}
export interface VolumeMount {
  /**
   * Kubernetes 1.37 and newer.
   */
  bindMountOptions?: string[]
  mountPath?: string
  mountPropagation?: string
  name?: string
  readOnly?: boolean
  /**
   * Kubernetes 1.30 and newer.
   */
  recursiveReadOnly?: string
  subPath?: string
  subPathExpr?: string
}
export interface PodDNSConfig {
  nameservers?: string[]
  options?: PodDNSConfigOption[]
  searches?: string[]
}
export interface PodDNSConfigOption {
  name?: string
  value?: string
}
export interface EphemeralContainer {
  args?: string[]
  command?: string[]
  env?: EnvVar[]
  envFrom?: EnvFromSource[]
  image?: string
  imagePullPolicy?: string
  lifecycle?: Lifecycle
  livenessProbe?: Probe
  name?: string
  ports?: ContainerPort[]
  readinessProbe?: Probe
  resizePolicy?: ContainerResizePolicy[]
  resources?: ResourceRequirements
  restartPolicy?: string
  /**
   * Kubernetes 1.34 and newer.
   */
  restartPolicyRules?: ContainerRestartRule[]
  securityContext?: SecurityContext
  startupProbe?: Probe
  stdin?: boolean
  stdinOnce?: boolean
  targetContainerName?: string
  terminationMessagePath?: string
  terminationMessagePolicy?: string
  tty?: boolean
  volumeDevices?: VolumeDevice[]
  volumeMounts?: VolumeMount[]
  workingDir?: string
}
export interface EvictionResponder {
  /**
   * Kubernetes 1.37 and newer.
   */
  name?: string
  /**
   * Kubernetes 1.37 and newer.
   */
  priority?: number
}
export interface HostAlias {
  hostnames?: string[]
  /**
   * Kubernetes 1.30 and newer.
   */
  ip?: string
}
export interface LocalObjectReference {
  name?: string
}
export interface PodOS {
  name?: string
}
export interface PodReadinessGate {
  conditionType?: string
}
export interface PodResourceClaim {
  name?: string
  /**
   * Kubernetes 1.31 and newer.
   */
  resourceClaimName?: string
  /**
   * Kubernetes 1.31 and newer.
   */
  resourceClaimTemplateName?: string
}
export interface PodSchedulingGate {
  name?: string
}
export interface PodSchedulingGroup {
  /**
   * Kubernetes 1.36 and newer.
   */
  podGroupName?: string
}
export interface PodSecurityContext {
  /**
   * Kubernetes 1.30 and newer.
   */
  appArmorProfile?: AppArmorProfile
  fsGroup?: number
  fsGroupChangePolicy?: string
  runAsGroup?: number
  runAsNonRoot?: boolean
  runAsUser?: number
  /**
   * Kubernetes 1.32 and newer.
   */
  seLinuxChangePolicy?: string
  seLinuxOptions?: SELinuxOptions
  seccompProfile?: SeccompProfile
  supplementalGroups?: number[]
  /**
   * Kubernetes 1.31 and newer.
   */
  supplementalGroupsPolicy?: string
  sysctls?: Sysctl[]
  windowsOptions?: WindowsSecurityContextOptions
}
export interface Sysctl {
  name?: string
  value?: string
}
export interface Toleration {
  effect?: string
  key?: string
  operator?: string
  tolerationSeconds?: number
  value?: string
}
export interface TopologySpreadConstraint {
  labelSelector?: LabelSelector
  matchLabelKeys?: string[]
  maxSkew?: number
  minDomains?: number
  nodeAffinityPolicy?: string
  nodeTaintsPolicy?: string
  topologyKey?: string
  whenUnsatisfiable?: string
}
export interface Volume {
  awsElasticBlockStore?: AWSElasticBlockStoreVolumeSource
  azureDisk?: AzureDiskVolumeSource
  azureFile?: AzureFileVolumeSource
  cephfs?: CephFSVolumeSource
  cinder?: CinderVolumeSource
  configMap?: ConfigMapVolumeSource
  csi?: CSIVolumeSource
  downwardAPI?: DownwardAPIVolumeSource
  emptyDir?: EmptyDirVolumeSource
  ephemeral?: EphemeralVolumeSource
  fc?: FCVolumeSource
  flexVolume?: FlexVolumeSource
  flocker?: FlockerVolumeSource
  gcePersistentDisk?: GCEPersistentDiskVolumeSource
  gitRepo?: GitRepoVolumeSource
  glusterfs?: GlusterfsVolumeSource
  hostPath?: HostPathVolumeSource
  /**
   * Kubernetes 1.31 and newer.
   */
  image?: ImageVolumeSource
  iscsi?: ISCSIVolumeSource
  name?: string
  nfs?: NFSVolumeSource
  persistentVolumeClaim?: PersistentVolumeClaimVolumeSource
  photonPersistentDisk?: PhotonPersistentDiskVolumeSource
  portworxVolume?: PortworxVolumeSource
  projected?: ProjectedVolumeSource
  quobyte?: QuobyteVolumeSource
  rbd?: RBDVolumeSource
  scaleIO?: ScaleIOVolumeSource
  secret?: SecretVolumeSource
  storageos?: StorageOSVolumeSource
  vsphereVolume?: VsphereVirtualDiskVolumeSource
}
export interface AWSElasticBlockStoreVolumeSource {
  fsType?: string
  partition?: number
  readOnly?: boolean
  volumeID?: string
}
export interface AzureDiskVolumeSource {
  cachingMode?: string
  diskName?: string
  diskURI?: string
  fsType?: string
  kind?: string
  readOnly?: boolean
}
export interface AzureFileVolumeSource {
  readOnly?: boolean
  secretName?: string
  shareName?: string
}
export interface CephFSVolumeSource {
  monitors?: string[]
  path?: string
  readOnly?: boolean
  secretFile?: string
  secretRef?: LocalObjectReference
  user?: string
}
export interface CinderVolumeSource {
  fsType?: string
  readOnly?: boolean
  secretRef?: LocalObjectReference
  volumeID?: string
}
export interface ConfigMapVolumeSource {
  defaultMode?: number
  /**
   * Kubernetes 1.37 and newer.
   */
  defaultUser?: number
  items?: KeyToPath[]
  name?: string
  optional?: boolean
}
export interface KeyToPath {
  key?: string
  mode?: number
  path?: string
  /**
   * Kubernetes 1.37 and newer.
   */
  user?: number
}
export interface CSIVolumeSource {
  driver?: string
  fsType?: string
  nodePublishSecretRef?: LocalObjectReference
  readOnly?: boolean
  volumeAttributes?: {
    [k: string]: string
  }
}
export interface DownwardAPIVolumeSource {
  defaultMode?: number
  /**
   * Kubernetes 1.37 and newer.
   */
  defaultUser?: number
  items?: DownwardAPIVolumeFile[]
}
export interface DownwardAPIVolumeFile {
  fieldRef?: ObjectFieldSelector
  mode?: number
  path?: string
  resourceFieldRef?: ResourceFieldSelector
  /**
   * Kubernetes 1.37 and newer.
   */
  user?: number
}
export interface EmptyDirVolumeSource {
  medium?: string
  /**
   * Kubernetes 1.37 and newer.
   */
  mode?: number
  sizeLimit?: string | number
}
export interface EphemeralVolumeSource {
  volumeClaimTemplate?: PersistentVolumeClaimTemplate
}
export interface PersistentVolumeClaimTemplate {
  metadata?: ObjectMeta
  spec?: PersistentVolumeClaimSpec
}
export interface PersistentVolumeClaimSpec {
  accessModes?: string[]
  dataSource?: TypedLocalObjectReference
  dataSourceRef?: TypedObjectReference
  resources?: VolumeResourceRequirements
  selector?: LabelSelector
  storageClassName?: string
  volumeAttributesClassName?: string
  volumeMode?: string
  volumeName?: string
}
export interface TypedLocalObjectReference {
  apiGroup?: string
  kind?: string
  name?: string
}
export interface TypedObjectReference {
  apiGroup?: string
  kind?: string
  name?: string
  namespace?: string
}
export interface VolumeResourceRequirements {
  limits?: {
    [k: string]: string | number
  }
  requests?: {
    [k: string]: string | number
  }
}
export interface FCVolumeSource {
  fsType?: string
  lun?: number
  readOnly?: boolean
  targetWWNs?: string[]
  wwids?: string[]
}
export interface FlexVolumeSource {
  driver?: string
  fsType?: string
  options?: {
    [k: string]: string
  }
  readOnly?: boolean
  secretRef?: LocalObjectReference
}
export interface FlockerVolumeSource {
  datasetName?: string
  datasetUUID?: string
}
export interface GCEPersistentDiskVolumeSource {
  fsType?: string
  partition?: number
  pdName?: string
  readOnly?: boolean
}
export interface GitRepoVolumeSource {
  directory?: string
  repository?: string
  revision?: string
}
export interface GlusterfsVolumeSource {
  endpoints?: string
  path?: string
  readOnly?: boolean
}
export interface HostPathVolumeSource {
  path?: string
  type?: string
}
export interface ImageVolumeSource {
  /**
   * Kubernetes 1.31 and newer.
   */
  pullPolicy?: string
  /**
   * Kubernetes 1.31 and newer.
   */
  reference?: string
}
export interface ISCSIVolumeSource {
  chapAuthDiscovery?: boolean
  chapAuthSession?: boolean
  fsType?: string
  initiatorName?: string
  iqn?: string
  iscsiInterface?: string
  lun?: number
  portals?: string[]
  readOnly?: boolean
  secretRef?: LocalObjectReference
  targetPortal?: string
}
export interface NFSVolumeSource {
  path?: string
  readOnly?: boolean
  server?: string
}
export interface PersistentVolumeClaimVolumeSource {
  claimName?: string
  readOnly?: boolean
}
export interface PhotonPersistentDiskVolumeSource {
  fsType?: string
  pdID?: string
}
export interface PortworxVolumeSource {
  fsType?: string
  readOnly?: boolean
  volumeID?: string
}
export interface ProjectedVolumeSource {
  defaultMode?: number
  /**
   * Kubernetes 1.37 and newer.
   */
  defaultUser?: number
  sources?: VolumeProjection[]
}
export interface VolumeProjection {
  clusterTrustBundle?: ClusterTrustBundleProjection
  configMap?: ConfigMapProjection
  downwardAPI?: DownwardAPIProjection
  /**
   * Kubernetes 1.34 and newer.
   */
  podCertificate?: PodCertificateProjection
  secret?: SecretProjection
  serviceAccountToken?: ServiceAccountTokenProjection
}
export interface ClusterTrustBundleProjection {
  labelSelector?: LabelSelector
  name?: string
  optional?: boolean
  path?: string
  signerName?: string
  /**
   * Kubernetes 1.37 and newer.
   */
  user?: number
}
export interface ConfigMapProjection {
  items?: KeyToPath[]
  name?: string
  optional?: boolean
}
export interface DownwardAPIProjection {
  items?: DownwardAPIVolumeFile[]
}
export interface PodCertificateProjection {
  /**
   * Kubernetes 1.34 and newer.
   */
  certificateChainPath?: string
  /**
   * Kubernetes 1.34 and newer.
   */
  credentialBundlePath?: string
  /**
   * Kubernetes 1.34 and newer.
   */
  keyPath?: string
  /**
   * Kubernetes 1.34 and newer.
   */
  keyType?: string
  /**
   * Kubernetes 1.34 and newer.
   */
  maxExpirationSeconds?: number
  /**
   * Kubernetes 1.34 and newer.
   */
  signerName?: string
  /**
   * Kubernetes 1.37 and newer.
   */
  user?: number
  /**
   * Kubernetes 1.35 and newer.
   */
  userAnnotations?: {
    [k: string]: string
  }
}
export interface SecretProjection {
  items?: KeyToPath[]
  name?: string
  optional?: boolean
}
export interface ServiceAccountTokenProjection {
  audience?: string
  expirationSeconds?: number
  path?: string
  /**
   * Kubernetes 1.37 and newer.
   */
  user?: number
}
export interface QuobyteVolumeSource {
  group?: string
  readOnly?: boolean
  registry?: string
  tenant?: string
  user?: string
  volume?: string
}
export interface RBDVolumeSource {
  fsType?: string
  image?: string
  keyring?: string
  monitors?: string[]
  pool?: string
  readOnly?: boolean
  secretRef?: LocalObjectReference
  user?: string
}
export interface ScaleIOVolumeSource {
  fsType?: string
  gateway?: string
  protectionDomain?: string
  readOnly?: boolean
  secretRef?: LocalObjectReference
  sslEnabled?: boolean
  storageMode?: string
  storagePool?: string
  system?: string
  volumeName?: string
}
export interface SecretVolumeSource {
  defaultMode?: number
  /**
   * Kubernetes 1.37 and newer.
   */
  defaultUser?: number
  items?: KeyToPath[]
  optional?: boolean
  secretName?: string
}
export interface StorageOSVolumeSource {
  fsType?: string
  readOnly?: boolean
  secretRef?: LocalObjectReference
  volumeName?: string
  volumeNamespace?: string
}
export interface VsphereVirtualDiskVolumeSource {
  fsType?: string
  storagePolicyID?: string
  storagePolicyName?: string
  volumePath?: string
}
/**
 * status of a Job.
 */
export interface JobStatus {
  /**
   * Pods that are neither finished nor being deleted.
   */
  active?: number
  /**
   * The completed indexes, such as 0,3-5.
   */
  completedIndexes?: string
  /**
   * When the Job completed; never set for a failed Job.
   */
  completionTime?: string
  /**
   * The conditions, in the order of their first appearance.
   */
  conditions?: JobCondition[]
  /**
   * Pods counted as failed.
   */
  failed?: number
  /**
   * The failed indexes; present only with backoffLimitPerIndex.
   */
  failedIndexes?: string
  /**
   * Active pods that are ready.
   */
  ready?: number
  /**
   * When the controller started or last resumed the Job.
   */
  startTime?: string
  /**
   * Pods counted as succeeded; of an Indexed Job, its completed indexes.
   */
  succeeded?: number
  /**
   * Pods that are being deleted and have not finished.
   */
  terminating?: number
  /**
   * Pods that ended and still carry the tracking finalizer.
   */
  uncountedTerminatedPods?: UncountedTerminatedPods
}
/**
 * A condition of a Job.
 */
export interface JobCondition {
  /**
   * When it was last checked.
   */
  lastProbeTime?: string
  /**
   * When the status last changed.
   */
  lastTransitionTime?: string
  /**
   * The reason, for people.
   */
  message?: string
  /**
   * The reason, in one word.
   */
  reason?: string
  /**
   * The status of the condition.
   */
  status?: 'True' | 'False' | 'Unknown'
  /**
   * The type of the condition.
   */
  type?: string
}
/**
 * status.uncountedTerminatedPods.
 */
export interface UncountedTerminatedPods {
  /**
   * UIDs of failed pods.
   */
  failed?: string[]
  /**
   * UIDs of succeeded pods.
   */
  succeeded?: string[]
}
/**
 * A CronJob.
 */
export interface CronJob {
  apiVersion: 'batch/v1'
  kind: 'CronJob'
  /**
   * Name, labels, owners.
   */
  metadata: ObjectMeta
  /**
   * The desired state.
   */
  spec: CronJobSpec
  /**
   * The observed state.
   */
  status?: CronJobStatus
}
/**
 * spec of a CronJob.
 */
export interface CronJobSpec {
  /**
   * Allow, Forbid or Replace.
   */
  concurrencyPolicy?: string
  /**
   * How many failed Jobs are kept.
   */
  failedJobsHistoryLimit?: number
  /**
   * The template of the Jobs.
   */
  jobTemplate: JobTemplateSpec
  /**
   * The cron expression.
   */
  schedule: string
  /**
   * How many seconds late a Job may start.
   */
  startingDeadlineSeconds?: number
  /**
   * How many completed Jobs are kept.
   */
  successfulJobsHistoryLimit?: number
  /**
   * Whether the CronJob is suspended: it starts no Jobs.
   */
  suspend?: boolean
  /**
   * The time zone of the schedule; UTC in jobsem if absent.
   */
  timeZone?: string
}
/**
 * jobTemplate of a CronJob.
 */
export interface JobTemplateSpec {
  /**
   * Labels and annotations of the Jobs.
   */
  metadata?: ObjectMeta
  /**
   * The spec of the Jobs.
   */
  spec: JobSpec
}
/**
 * status of a CronJob.
 */
export interface CronJobStatus {
  /**
   * The unfinished Jobs of this CronJob.
   */
  active?: ObjectReference[]
  /**
   * The scheduled time of the last started Job.
   */
  lastScheduleTime?: string
  /**
   * When a Job last completed.
   */
  lastSuccessfulTime?: string
}
/**
 * A reference to an object.
 */
export interface ObjectReference {
  apiVersion?: string
  fieldPath?: string
  kind?: string
  name?: string
  namespace?: string
  resourceVersion?: string
  uid?: string
}
/**
 * A pod.
 */
export interface Pod {
  apiVersion?: 'v1'
  kind?: 'Pod'
  /**
   * Name, labels, owners, finalizers.
   */
  metadata?: ObjectMeta
  /**
   * The desired state. Shared between the pods of one template.
   */
  spec?: PodSpec
  /**
   * The observed state.
   */
  status?: PodStatus
}
/**
 * `status` of a pod.
 */
export interface PodStatus {
  /**
   * The conditions.
   */
  conditions?: PodCondition[]
  /**
   * The containers.
   */
  containerStatuses?: ContainerStatus[]
  /**
   * The init containers.
   */
  initContainerStatuses?: ContainerStatus[]
  /**
   * The reason for the phase, for people.
   */
  message?: string
  /**
   * The phase.
   */
  phase?: PodPhase
  /**
   * The reason for the phase, in one word.
   */
  reason?: string
  /**
   * When the kubelet accepted the pod.
   */
  startTime?: string
  [k: string]: unknown
}
/**
 * A condition of a pod.
 */
export interface PodCondition {
  /**
   * When the status last changed.
   */
  lastTransitionTime?: string
  /**
   * The reason, for people.
   */
  message?: string
  /**
   * The reason, in one word.
   */
  reason?: string
  /**
   * The status of the condition.
   */
  status?: ConditionStatus
  /**
   * The type of the condition.
   */
  type?: string
  [k: string]: unknown
}
/**
 * The status of one container.
 */
export interface ContainerStatus {
  /**
   * The running image.
   */
  image?: string
  /**
   * The image's digest, if reported.
   */
  imageID?: string
  /**
   * The state before the last restart.
   */
  lastState?: ContainerState
  /**
   * The container's name.
   */
  name?: string
  /**
   * Whether it is ready.
   */
  ready?: boolean
  /**
   * The number of restarts.
   */
  restartCount?: number
  /**
   * Whether it has started.
   */
  started?: boolean
  /**
   * Its state now.
   */
  state?: ContainerState
  [k: string]: unknown
}
/**
 * The state of a container: at most one member is set.
 */
export interface ContainerState {
  /**
   * The container runs.
   */
  running?: ContainerStateRunning
  /**
   * The container has ended.
   */
  terminated?: ContainerStateTerminated
  /**
   * The container waits for its start or restart.
   */
  waiting?: ContainerStateWaiting
}
/**
 * `state.running`.
 */
export interface ContainerStateRunning {
  /**
   * When the container started.
   */
  startedAt?: string
}
/**
 * `state.terminated`.
 */
export interface ContainerStateTerminated {
  /**
   * The exit code; 128 + n if signal n ended it.
   */
  exitCode?: number
  /**
   * When it ended; the Job's back-off counts from here.
   */
  finishedAt?: string
  /**
   * The reason, for people.
   */
  message?: string
  /**
   * The reason, in one word.
   */
  reason?: string
  /**
   * When it started.
   */
  startedAt?: string
  [k: string]: unknown
}
/**
 * `state.waiting`.
 */
export interface ContainerStateWaiting {
  /**
   * The reason, for people.
   */
  message?: string
  /**
   * The reason, in one word.
   */
  reason?: string
}
/**
 * What is played.
 */
export interface Scenario {
  /**
   * The controllers that run; only the Job controller if empty.
   */
  controllers?: ScenarioController[]
  /**
   * In mode `schedule`, how many times are wanted.
   */
  count?: number
  /**
   * A CronJob that a user creates.
   */
  cronJob?: {
    [k: string]: unknown
  }
  /**
   * API calls that fail.
   */
  faults?: ScenarioFault[]
  /**
   * In mode `schedule`, the time to begin after.
   */
  from?: string
  /**
   * Feature gates that differ from the version's defaults.
   */
  gates?: {
    [k: string]: boolean
  }
  /**
   * Names the scenario.
   */
  id?: string
  /**
   * A Job that a user creates.
   */
  job?: {
    [k: string]: unknown
  }
  /**
   * What becomes of a Job that a CronJob started, by `nth:N` or `*`.
   */
  jobScripts?: {
    [k: string]: ScenarioTimed[]
  }
  /**
   * More Jobs that users create, after `job`.
   */
  jobs?: unknown[]
  /**
   * What is asked; a timeline if absent.
   */
  mode?: ScenarioMode
  /**
   * The Job before an update.
   */
  old?: {
    [k: string]: unknown
  }
  /**
   * Pods that are stored as they are.
   */
  pods?: unknown[]
  /**
   * Jobs that are stored as they are.
   */
  rawJobs?: unknown[]
  /**
   * In mode `schedule`, the expression.
   */
  schedule?: string
  /**
   * What becomes of a pod, by its name, by `index:N`, or `*`.
   */
  scripts?: {
    [k: string]: ScenarioScript
  }
  /**
   * What users do.
   */
  steps?: ScenarioStep[]
  /**
   * In mode `schedule`, the zone; UTC if empty.
   */
  timeZone?: string
  /**
   * Seconds to play; what happens at exactly that time still counts.
   */
  until?: number
}
/**
 * Calls with this verb on this resource fail while `from` ≤ t < `to`.
 */
export interface ScenarioFault {
  /**
   * The HTTP status code of the failure.
   */
  code: number
  /**
   * Seconds after the start.
   */
  from: number
  /**
   * On what.
   */
  resource: ScenarioResource
  /**
   * Seconds after the start.
   */
  to: number
  /**
   * What is called.
   */
  verb: ScenarioVerb
}
/**
 * One thing that happens to a pod, or to a Job that a CronJob started.
 */
export interface ScenarioTimed {
  /**
   * Seconds, to the millisecond.
   */
  after?: number
  /**
   * The kubelet lets go of the pod; of a Job, it is deleted in the background.
   */
  remove?: boolean
  /**
   * Merged into the pod's status; `$NOW` stands for the current time.
   */
  status?: {
    [k: string]: unknown
  }
}
/**
 * What becomes of a pod after its creation, and after its deletion was asked for.
 */
export interface ScenarioScript {
  /**
   * Counted from the creation.
   */
  onCreate?: ScenarioTimed[]
  /**
   * Counted from the deletion; if empty, the pod goes at the end of its grace period.
   */
  onDelete?: ScenarioTimed[]
}
/**
 * One thing that a user does.
 */
export interface ScenarioStep {
  /**
   * Seconds after the start, to the millisecond.
   */
  at?: number
  /**
   * The grace period in whole seconds.
   */
  grace?: number
  /**
   * The object's name.
   */
  name?: string
  /**
   * The new object.
   */
  object?: {
    [k: string]: unknown
  }
  /**
   * What is done.
   */
  op: ScenarioOp
  /**
   * The patch.
   */
  patch?: {
    [k: string]: unknown
  }
  /**
   * What becomes of dependents; absent: `Background`.
   */
  propagation?: ScenarioPropagation
  /**
   * Of `holdEvents` and `releaseEvents`: whose watch events.
   */
  resource?: ScenarioResource
}
/**
 * The verdict on a Job, and what one sync of it would do.
 */
export interface Plan {
  /**
   * The time of the sync.
   */
  at: string
  /**
   * The changes of the status, by member.
   */
  changes: PlanChange[]
  /**
   * The error that prevented a decision.
   */
  error?: string
  /**
   * The events, in order.
   */
  events: PlanEvent[]
  /**
   * The Job's namespace and name.
   */
  job: string
  /**
   * The Kubernetes version, such as `1.34`.
   */
  kube: string
  /**
   * The rules that decided.
   */
  notes: PlanNote[]
  /**
   * The verdict on the Job.
   */
  outcome: PlanOutcome
  /**
   * The pods, one by one.
   */
  pods: PlanPodStanding[]
  /**
   * The status write that the API server refuses, with which the sync ends.
   */
  refused?: PlanRefused
  /**
   * The requests, in sending order.
   */
  requests: PlanRequest[]
  /**
   * Why the controller ignores the Job, if it does.
   */
  skipped?: string
  /**
   * When the Job is synced again if nothing happens before.
   */
  wakeup?: PlanWakeup
}
/**
 * A member of the status that would change.
 */
export interface PlanChange {
  /**
   * The value after the sync; null if it is absent.
   */
  after: {
    [k: string]: unknown
  }
  /**
   * The value now; null if it is absent.
   */
  before: {
    [k: string]: unknown
  }
  /**
   * The member.
   */
  path: string
}
/**
 * A Kubernetes Event.
 */
export interface PlanEvent {
  /**
   * The message, for people.
   */
  message: string
  /**
   * The reason, in one word.
   */
  reason: string
  /**
   * `Normal` or `Warning`.
   */
  type: string
}
/**
 * A rule that decided.
 */
export interface PlanNote {
  /**
   * Its id.
   */
  rule: string
  /**
   * What the rule saw and decided.
   */
  text: string
}
/**
 * The verdict on a Job.
 */
export interface PlanOutcome {
  /**
   * The message of the condition that decided.
   */
  message: string
  /**
   * The reason of the condition that decided.
   */
  reason: string
  /**
   * Since when.
   */
  since?: string
  /**
   * The verdict, in one word.
   */
  verdict: string
}
/**
 * How the Job counts a pod.
 */
export interface PlanPodStanding {
  /**
   * Its completion index, if it has one.
   */
  index?: number
  /**
   * The pod.
   */
  name: string
  /**
   * The rule that decides.
   */
  rule: string
  /**
   * The standing, in one word.
   */
  standing: string
  /**
   * The reason, for people.
   */
  text: string
}
/**
 * A status write that the API server refuses, and that is tried again and again.
 */
export interface PlanRefused {
  /**
   * The server's message.
   */
  message: string
  /**
   * What is due then.
   */
  reason?: string
  /**
   * When the passing of time alone makes a write that the server takes; absent or null if it is
   * refused until the Job or its pods change.
   */
  until?: string
}
/**
 * The limits of a request to the API server.
 */
export interface PlanRequest {
  /**
   * The object's name; for a new pod, the prefix of its name.
   */
  name: string
  /**
   * The patch of a pod.
   */
  patch?: {
    [k: string]: unknown
  }
  /**
   * `pods` or `jobs`.
   */
  resource: string
  /**
   * The new status of the Job.
   */
  status?: {
    [k: string]: unknown
  }
  /**
   * `create`, `patch`, `update` or `delete`.
   */
  verb: string
}
/**
 * The next sync of a Job.
 */
export interface PlanWakeup {
  /**
   * The time.
   */
  at: string
  /**
   * The reason, in one word.
   */
  reason: string
}
/**
 * The result of a scenario.
 */
export interface Trace {
  /**
   * Why there is no answer.
   */
  crash?: string
  /**
   * Why the document, or the schedule, was refused.
   */
  errors?: string[]
  /**
   * The objects at the end.
   */
  final?: TraceFinal
  /**
   * The scenario's name.
   */
  id?: string
  /**
   * For admission: the object to store.
   */
  object?: {
    [k: string]: unknown
  }
  /**
   * The refusal, as a Kubernetes Status object.
   */
  status?: {
    [k: string]: unknown
  }
  /**
   * For a schedule: its next times, `never` after the last.
   */
  times?: string[]
  /**
   * The requests of the controllers, by time, kind and name.
   */
  trace?: TraceEntry[]
  /**
   * The warnings for the client.
   */
  warnings?: string[]
}
/**
 * The objects at the end.
 */
export interface TraceFinal {
  /**
   * The Jobs.
   */
  jobs?: TraceFinalJob[]
  /**
   * The pods.
   */
  pods?: TraceFinalPod[]
}
/**
 * A Job at the end.
 */
export interface TraceFinalJob {
  /**
   * Whether its deletion is requested.
   */
  deleting: boolean
  /**
   * Its name.
   */
  name: string
  /**
   * Its status.
   */
  status: TraceJobStatus
}
/**
 * `status` of a Job (STATUS-01 to STATUS-11).
 */
export interface TraceJobStatus {
  /**
   * Pods that are neither finished nor being deleted.
   */
  active?: number
  /**
   * The completed indexes, such as `0,3-5`.
   */
  completedIndexes?: string
  /**
   * When the Job completed; never set for a failed Job.
   */
  completionTime?: string
  /**
   * The conditions, in the order of their first appearance (COND-03).
   */
  conditions?: TraceJobCondition[]
  /**
   * Pods counted as failed.
   */
  failed?: number
  /**
   * The failed indexes; present only with `backoffLimitPerIndex`.
   */
  failedIndexes?: string
  /**
   * Active pods that are ready.
   */
  ready?: number
  /**
   * When the controller started or last resumed the Job.
   */
  startTime?: string
  /**
   * Pods counted as succeeded; of an Indexed Job, its completed indexes.
   */
  succeeded?: number
  /**
   * Pods that are being deleted and have not finished.
   */
  terminating?: number
  /**
   * Pods that ended and still carry the tracking finalizer.
   */
  uncountedTerminatedPods?: TraceUncountedTerminatedPods
  [k: string]: unknown
}
/**
 * A condition of a Job.
 */
export interface TraceJobCondition {
  /**
   * When it was last checked.
   */
  lastProbeTime?: string
  /**
   * When the status last changed.
   */
  lastTransitionTime?: string
  /**
   * The reason, for people.
   */
  message?: string
  /**
   * The reason, in one word.
   */
  reason?: string
  /**
   * The status of the condition.
   */
  status?: TraceConditionStatus
  /**
   * The type of the condition.
   */
  type?: TraceJobConditionType
  [k: string]: unknown
}
/**
 * `status.uncountedTerminatedPods`.
 */
export interface TraceUncountedTerminatedPods {
  /**
   * UIDs of failed pods.
   */
  failed?: string[]
  /**
   * UIDs of succeeded pods.
   */
  succeeded?: string[]
}
/**
 * A pod at the end.
 */
export interface TraceFinalPod {
  /**
   * Whether its deletion is requested.
   */
  deleting: boolean
  /**
   * Its finalizers.
   */
  finalizers?: string[]
  /**
   * Its name.
   */
  name: string
  /**
   * Its phase.
   */
  phase?: string
}
/**
 * A request of a controller, or a recorded event.
 */
export interface TraceEntry {
  /**
   * The kind of entry.
   */
  kind: TraceKind
  /**
   * The message of an event or a refusal.
   */
  message?: string
  /**
   * The object.
   */
  name?: string
  /**
   * The document that was sent or stored.
   */
  object?: {
    [k: string]: unknown
  }
  /**
   * The reason of an event, or the code of a fault.
   */
  reason?: string
  /**
   * Seconds since the start, without trailing zeros.
   */
  t: string
  /**
   * The type of an event.
   */
  type?: string
}
