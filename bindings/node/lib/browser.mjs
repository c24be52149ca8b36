// The face for browsers: that of `face.cjs` over WebAssembly, without `run`.
// `scripts/browser.mjs` bundles it into `browser.mjs`, beside which `jobsem.wasm` lies. The module
// is loaded while this is imported, so that all functions are as synchronous as in Node.
import open from './face.cjs'
import shell from './wasm.cjs'

async function load(url) {
  let response
  try {
    response = await fetch(url)
  } catch (cause) {
    throw new Error(`jobsem cannot fetch ${url}: it is served beside browser.mjs`, { cause })
  }
  if (!response.ok) {
    const said = `${response.status} ${response.statusText}`.trim()
    throw new Error(`jobsem cannot fetch ${url}, which is served beside browser.mjs: ${said}`)
  }
  try {
    // A server that does not know the media type is no reason to fail: it is only slower.
    if (/^application\/wasm$/i.test(response.headers.get('content-type') ?? '')) {
      return await WebAssembly.compileStreaming(response)
    }
    return await WebAssembly.compile(await response.arrayBuffer())
  } catch (cause) {
    throw new Error(`what is served as ${url} is not the module of jobsem`, { cause })
  }
}

const module = await load(new URL('./jobsem.wasm', import.meta.url))

export const {
  CleanupScheduler,
  Cluster,
  Controller,
  CronSchedule,
  JobsemError,
  KUBE_VERSIONS,
  TZDB_VERSION,
  admit,
  deletionPlan,
  excess,
  expiry,
  explain,
  outcome,
  play,
  reconcile,
  simulate,
  validate,
  version,
} = open(shell(module))
