'use strict'

// What runs in a worker thread: the default export of the user's module, once for each start.

const { resolve } = require('node:path')
const { pathToFileURL } = require('node:url')
const { parentPort, workerData } = require('node:worker_threads')

const { Disrupted, Exit } = require('./context.cjs')

const { file } = workerData
const href = /^(file|data|node|https?):/.test(file) ? file : pathToFileURL(resolve(file)).href
const loaded = import(href)
loaded.catch(() => {}) // It is told to the first that asks.

let current
let waits = 0
const waiting = new Map()

function wait(seconds) {
  const id = ++waits
  return new Promise((done) => {
    waiting.set(id, done)
    parentPort.postMessage({ wait: { id, seconds } })
  })
}

const stopReason = () => new Exit(143, 'asked to stop')

function contextOf(told, flag) {
  const { why, env, ...rest } = told
  const controller = new AbortController()
  const context = {
    ...rest,
    data: workerData.data,
    signal: controller.signal,
    get shouldStop() {
      return Atomics.load(flag, 0) !== 0
    },
    get env() {
      if (env === undefined) throw new Error(why)
      return env
    },
    check() {
      if (context.shouldStop) throw stopReason()
    },
    async sleep(seconds) {
      context.check()
      await wait(Math.max(0, seconds))
      context.check()
    },
    async stopped() {
      if (!context.shouldStop) await wait(null)
    },
  }
  for (const name of ['index', 'deadline']) if (context[name] === undefined) delete context[name]
  return { context, controller }
}

async function work({ start, flag }) {
  const module = await loaded
  const worker = typeof module.default === 'function' ? module.default : module.default?.default
  if (typeof worker !== 'function')
    throw new TypeError(`${href} has no function as its default export`)
  current = contextOf(start, flag)
  // The run may have asked before the module was there.
  if (Atomics.load(flag, 0) !== 0) throw stopReason()
  return worker(current.context)
}

/** Errors of another module system, or of another copy of the package, count, too. */
function failure(error) {
  try {
    if (error instanceof Exit || error?.name === 'Exit') {
      return { exit: { code: error.code, message: error.message } }
    }
    if (error instanceof Disrupted || error?.name === 'Disrupted')
      return { disrupted: error.message }
  } catch {
    // Its name or its message throws when it is read.
  }
  return { error }
}

parentPort.on('message', (said) => {
  if (said.wake !== undefined) {
    waiting.get(said.wake)?.()
    waiting.delete(said.wake)
  } else if (said.stop) {
    current?.controller.abort(stopReason())
  } else {
    work(said)
      .then((value) => ({ value }), failure)
      .then((answer) => {
        current = undefined
        waiting.clear()
        try {
          parentPort.postMessage(answer)
        } catch (error) {
          // A value or an error that cannot be sent.
          parentPort.postMessage({ error: new Error(`${error.name}: ${error.message}`) })
        }
      })
  }
})
