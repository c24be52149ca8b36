'use strict'

// The ways in which workers run: functions, worker threads, commands.
//
// Each starts a slot's worker, asks it to stop, kills it as far as that can be done, and tells the
// run when it has ended. None of them knows a rule of Jobs. A slot has `ticket`, `context`,
// `stopping`, `handle`.

const { spawn } = require('node:child_process')
const { join } = require('node:path')
const { fileURLToPath } = require('node:url')

const { Disrupted, Exit } = require('./context.cjs')
const { guard, signal } = require('./groups.cjs')
const { JobsemError } = require('./values.cjs')

const LONGEST_MESSAGE = 4096
/** What a kill leaves. */
const KILLED = 137

/** What an error of a worker means for a container. Whatever is thrown has a meaning. */
function endingOf(error, stopping) {
  try {
    if (error instanceof Exit) {
      const code = Number.isInteger(error.code) ? error.code & 255 : 1
      return { code, error, message: error.message }
    }
    if (error instanceof Disrupted) {
      return { code: KILLED, error, message: error.message, disruption: error.message }
    }
    // As after SIGTERM; a worker that aborts itself has failed.
    const aborted = stopping && error?.name === 'AbortError'
    const text = error instanceof Error && !aborted ? `${error.name}: ${error.message}` : undefined
    return {
      code: aborted ? 143 : 1,
      error,
      message: text ?? (aborted ? error.message : `${error}`),
    }
  } catch {
    // An object without a prototype, a symbol, or a text that throws when it is read.
    return { code: 1, error, message: `a thrown ${typeof error} without a text` }
  }
}

/** A text as a status can hold it: whole characters, and not too many. */
function messageOf(text) {
  return typeof text === 'string' ? text.slice(0, LONGEST_MESSAGE).toWellFormed() : ''
}

/** Functions, asynchronous or not, on the run's own thread. */
class Functions {
  startsAtOnce = true

  constructor(worker, ended) {
    this.worker = worker
    this.ended = ended
  }

  async start(slot) {
    // Not within the turn of the run: what the function does at once may use the run.
    await undefined
    if (slot.stopping) {
      this.ended(slot, endingOf(new Exit(143, 'asked to stop'), true))
      return
    }
    let value
    try {
      value = await this.worker(slot.context)
    } catch (error) {
      this.ended(slot, endingOf(error, slot.stopping))
      return
    }
    this.ended(slot, { code: 0, value })
  }

  stop(slot) {
    slot.stopping = true
    slot.context._stop()
  }

  /** A function cannot be ended from without: it is left behind, whatever it says later. */
  kill(slot) {
    const error = new Exit(KILLED, 'it has not ended in time, and is left behind')
    this.ended(slot, { code: KILLED, error, message: error.message })
  }

  async close() {}
}

/** Worker threads, which are used again. */
class Threads {
  startsAtOnce = true
  #idle = []
  #all = new Set()

  constructor({ file, options }, ended, waits) {
    this.file = file instanceof URL ? file.href : file
    this.options = options
    this.ended = ended
    this.waits = waits
    // Only those who have threads load the module.
    this.Worker = require('node:worker_threads').Worker
  }

  start(slot) {
    const thread = this.#idle.pop() ?? this.#open()
    const { context } = slot
    slot.handle = thread
    thread.slot = slot
    const flag = new Int32Array(new SharedArrayBuffer(4))
    thread.flag = flag
    let environment
    try {
      environment = { env: context.env }
    } catch (error) {
      environment = { why: error.message }
    }
    const { name, container, index, attempt, restarts, deadline, pod } = context
    const told = { name, container, index, attempt, restarts, deadline, pod }
    try {
      thread.worker.postMessage({ start: { ...told, ...environment }, flag })
    } catch (error) {
      this.#end(thread, endingOf(error, false))
    }
  }

  #open() {
    const options = { ...this.options, stdin: false }
    const worker = new this.Worker(join(__dirname, 'thread.cjs'), {
      ...options,
      workerData: { file: this.file, data: this.options.workerData },
    })
    const thread = { worker, slot: undefined, flag: undefined }
    this.#all.add(thread)
    worker.on('message', (said) => this.#hear(thread, said))
    worker.on('error', (error) => {
      thread.error = error
    })
    // A value that cannot be read on this side.
    worker.on('messageerror', (error) => this.#end(thread, endingOf(error, false), true))
    worker.on('exit', (code) => {
      this.#all.delete(thread)
      // What an earlier start has left behind may end it while it waits for the next one.
      const idle = this.#idle.indexOf(thread)
      if (idle >= 0) this.#idle.splice(idle, 1)
      const { error } = thread
      if (thread.killed)
        this.#end(thread, { code: KILLED, error: new Exit(KILLED, 'the thread was ended') })
      else if (error) this.#end(thread, endingOf(error, false))
      // `process.exit(0)` in a thread is an end without a value.
      else this.#end(thread, code === 0 ? { code } : endingOf(new Exit(code & 255), false))
    })
    return thread
  }

  #hear(thread, said) {
    if (said.wait !== undefined) {
      const { id, seconds } = said.wait
      if (thread.slot === undefined) return
      const at =
        seconds === null ? undefined : this.waits.nowNs() + BigInt(Math.round(seconds * 1e9))
      this.waits.until(thread.slot.context, at).then(() => thread.worker.postMessage({ wake: id }))
      return
    }
    this.#end(thread, this.#endingOf(said, thread.slot?.stopping ?? false), true)
  }

  #endingOf(said, stopping) {
    try {
      if (said.exit !== undefined) {
        return endingOf(new Exit(said.exit.code, said.exit.message), false)
      }
      if (said.disrupted !== undefined) return endingOf(new Disrupted(said.disrupted), false)
    } catch (error) {
      // An exit code of its own that is none.
      return endingOf(error, false)
    }
    return 'error' in said ? endingOf(said.error, stopping) : { code: 0, value: said.value }
  }

  #end(thread, ending, again = false) {
    const { slot } = thread
    thread.slot = undefined
    if (again && this.#all.has(thread)) this.#idle.push(thread)
    if (slot !== undefined) this.ended(slot, ending)
  }

  stop(slot) {
    slot.stopping = true
    slot.context._stop()
    const thread = slot.handle
    if (thread?.slot !== slot) return
    Atomics.store(thread.flag, 0, 1)
    thread.worker.postMessage({ stop: true })
  }

  kill(slot) {
    if (slot.handle?.slot === slot) {
      slot.handle.killed = true
      slot.handle.worker.terminate()
    }
  }

  async close() {
    await Promise.all(Array.from(this.#all, ({ worker }) => worker.terminate()))
  }
}

/** A worker that runs a module's default export in worker threads. */
class ThreadWorker {
  constructor(file, options = {}) {
    if (typeof file !== 'string' && !(file instanceof URL))
      throw new TypeError('a module is a path or a URL')
    this.file = file
    this.options = options
  }
}

/** A worker that is a local command: by default the container's own. */
class Command {
  constructor(argv, { env, inheritEnv = true, cwd, capture = false } = {}) {
    if (argv !== undefined && !(Array.isArray(argv) && argv.length > 0)) {
      throw new TypeError('a command is an array: the program and its arguments')
    }
    Object.assign(this, { argv: argv?.map(String), env, inheritEnv, cwd, capture })
  }
}

/** The container's own command line. */
function commandOf({ command, args }, container) {
  if (command?.length) return [...command, ...(args ?? [])]
  const message =
    `the container \`${container}\` has no \`command\`, and its image is not looked into: ` +
    'pass a worker, or a Command with its own'
  throw new JobsemError({ code: 'UNSUPPORTED', message })
}

/** A process group for each worker. */
class Commands {
  startsAtOnce = false
  #left = new Set()

  constructor(command, ended, started, cancel) {
    Object.assign(this, { command, ended, started, cancel })
  }

  start(slot) {
    const { command } = this
    let made, argv
    try {
      made = slot.context.invocation
      argv = command.argv ?? commandOf(made, slot.context.container)
    } catch (error) {
      // A node would wait for what is missing; here nobody can bring it.
      this.ended(slot, { code: 128, error, message: error.message })
      this.cancel(error)
      return
    }
    const cwd =
      command.cwd instanceof URL ? fileURLToPath(command.cwd) : (command.cwd ?? made.directory)
    const options = {
      cwd,
      env: { ...(command.inheritEnv ? process.env : {}), ...made.env, ...command.env },
      stdio: ['ignore', command.capture ? 'pipe' : 'inherit', 'inherit'],
      detached: process.platform !== 'win32',
    }
    const start = () => spawn(argv[0], argv.slice(1), options)
    const { child, unguard } = guard(start, this.cancel)
    slot.handle = child
    this.#left.add(child)
    const parts = []
    child.stdout?.on('data', (part) => parts.push(part))
    child.once('error', (error) => {
      if (child.pid !== undefined) return
      this.#left.delete(child)
      this.ended(slot, { code: 128, error, reason: 'StartError', message: error.message })
    })
    if (child.pid === undefined) return
    this.started(slot)
    child.once('exit', () => {
      // What the command has left behind in its group goes with it.
      signal(child.pid, 'SIGKILL')
    })
    child.once('close', (code, name) => {
      this.#left.delete(child)
      unguard()
      const number = code ?? 128 + (require('node:os').constants.signals[name] ?? 0)
      const value = command.capture ? Buffer.concat(parts).toString() : undefined
      const error =
        number === 0
          ? undefined
          : new Exit(number, `the command ended with ${name ?? `exit code ${number}`}`)
      this.ended(slot, { code: number, value, error })
    })
  }

  stop(slot) {
    slot.stopping = true
    slot.context._stop()
    if (slot.handle?.pid !== undefined) signal(slot.handle.pid, 'SIGTERM')
  }

  kill(slot) {
    if (slot.handle?.pid !== undefined) signal(slot.handle.pid, 'SIGKILL')
  }

  async close() {
    const ends = Array.from(this.#left, (child) => new Promise((done) => child.once('close', done)))
    await Promise.all(ends)
  }
}

module.exports = { Command, Commands, Functions, ThreadWorker, Threads, messageOf }
