'use strict'

// `run`: a Job's semantics for any function.
//
// What a Job does is decided by a cluster in memory; here its pods become calls of the worker, and
// what comes of them is told to it.

const { Clock, VirtualClock, date } = require('./clock.cjs')
const { Context, Disrupted, Exit } = require('./context.cjs')
const { RunResult, progressLine } = require('./result.cjs')
const { JobsemError, document, outcomeOf } = require('./values.cjs')
const { Command, Commands, Functions, ThreadWorker, Threads, messageOf } = require('./workers.cjs')

/** The longest that a timer of Node can wait, in milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1

const state = (message) => new JobsemError({ code: 'STATE', message })

/** @param open makes the cluster that decides */
module.exports = function runner(open) {
  /** The Job of a run has failed; `result` has the details. */
  class JobFailed extends JobsemError {
    constructor(result) {
      const { verdict, reason, message } = result.outcome
      const why = [reason, message].filter(Boolean).join(': ')
      super({
        code: 'JOB_FAILED',
        message: `Job ${result.job.metadata.name}: ${verdict}${why && ` (${why})`}`,
      })
      this.name = 'JobFailed'
      Object.defineProperty(this, 'result', { value: result })
    }
  }

  /** A Job that runs: await it for the result. */
  class Run {
    #host
    #backend
    #clock
    #options
    #signal
    #settle
    #promise
    #created
    #phase = 'running'
    #soon
    #grace
    #timer
    #slots = new Map()
    #started = []
    #ended = []
    #patches = []
    #waitsOf
    #waits = new Set()
    #waiting = new Map()
    #tries = new Map()
    #attempts = []
    #events = []
    #listeners = []
    #notes = []
    #shown
    #began
    #onSignal

    constructor(manifest, worker, options = {}) {
      this.#promise = new Promise((resolve, reject) => {
        this.#settle = { resolve, reject }
      })
      try {
        this.#begin(manifest, worker, options)
      } catch (error) {
        this.#phase = 'over'
        this.#backend?.close()
        this.#settle.reject(error)
        this.#tellListeners()
      }
    }

    #begin(manifest, worker, options) {
      const { signal, clock = new Clock(), kube, gates, explain, onProgress } = options
      const seed = options.seed ?? Math.floor(Math.random() * Number.MAX_SAFE_INTEGER)
      if (!(clock instanceof Clock)) throw new TypeError('a clock is a Clock or a VirtualClock')
      if (onProgress !== undefined && typeof onProgress !== 'function') {
        throw new TypeError('onProgress is a function')
      }
      this.#options = { cancelGraceSeconds: 5, ...options }
      this.#clock = clock
      this.#backend = this.#backendFor(worker)
      const { startsAtOnce } = this.#backend
      this.#host = open({ kube, gates, explain, seed, startsAtOnce })
      this.#created = this.#host('create', {
        now: clock.nowNs().toString(),
        manifest: document(manifest),
      })
      this.#began = clock.now()
      this.#signal = signal
      if (signal !== undefined) {
        this.#onSignal = () => this.#cancel(signal.reason)
        if (signal.aborted) {
          this.#onSignal()
          return
        }
        signal.addEventListener('abort', this.#onSignal, { once: true })
      }
      this.#wake()
    }

    #backendFor(worker = new Command()) {
      const ended = (slot, ending) => this.#onEnd(slot, ending)
      const waits = {
        nowNs: () => this.#clock.nowNs(),
        until: (context, at) => this.#until(context, at),
      }
      this.#waitsOf = waits
      if (typeof worker === 'function') return new Functions(worker, ended)
      if (worker instanceof ThreadWorker) return new Threads(worker, ended, waits)
      if (worker instanceof Command) {
        const started = ({ ticket }) => this.#started.push(ticket)
        return new Commands(worker, ended, started, (reason) => this.#cancel(reason))
      }
      const given = worker === null ? 'null' : typeof worker
      throw new TypeError(`a worker is a function, a ThreadWorker or a Command, not ${given}`)
    }

    // What others may do with it.

    get created() {
      return this.#created
    }

    get job() {
      return this.#host('job', {})
    }

    patch(patch) {
      if (this.#phase !== 'running') throw state('the run is over')
      this.#patches.push(document(patch))
      this.#wake()
    }

    suspend() {
      this.patch({ spec: { suspend: true } })
    }

    resume() {
      this.patch({ spec: { suspend: false } })
    }

    /** All Events from the first on, those to come included; it ends with the run. */
    async *events() {
      for (let next = 0; ;) {
        while (next < this.#events.length) yield this.#events[next++]
        if (this.#phase === 'over') return
        await new Promise((done) => this.#listeners.push(done))
      }
    }

    get progress() {
      const { outcome, wakeup, ...counts } = this.#host('state', {})
      return {
        name: this.#created.name,
        time: this.#clock.now(),
        verdict: outcome.verdict,
        ...{ active: 0, ready: 0, succeeded: 0, failed: 0, ...counts },
        running: this.#slots.size,
        ...(wakeup?.reason === 'backoff'
          ? { backoffUntil: date(BigInt(wakeup.atNs) + 999_999n) }
          : {}),
      }
    }

    then(resolved, rejected) {
      return this.#promise.then(resolved, rejected)
    }

    catch(rejected) {
      return this.#promise.catch(rejected)
    }

    finally(settled) {
      return this.#promise.finally(settled)
    }

    get [Symbol.toStringTag]() {
      return 'Run'
    }

    // The loop.

    /** A turn soon, one for all that happens meanwhile. */
    #wake() {
      if (this.#soon === undefined && this.#phase === 'running') {
        this.#soon = setImmediate(() => {
          this.#soon = undefined
          try {
            this.#turn()
          } catch (error) {
            this.#cancel(error)
          }
        })
      }
    }

    #turn() {
      clearTimeout(this.#timer)
      const nowNs = this.#clock.nowNs()
      const now = nowNs.toString()
      for (const patch of this.#patches.splice(0)) this.#host('patchJob', { now, patch })
      const [started, ended] = [this.#started.splice(0), this.#takeEnded(nowNs)]
      const turn = this.#host('turn', { now, started, ended })
      for (const [ticket, name, container, restarts, index] of turn.starts) {
        const attempt = (this.#tries.get(index) ?? 0) + 1
        this.#tries.set(index, attempt)
        const told = { ticket, name, container, index, attempt, restarts, deadline: turn.deadline }
        const context = new Context(this.#host, this.#waitsOf, told)
        const slot = {
          ticket,
          context,
          started: nowNs,
          stopping: false,
          done: false,
          handle: undefined,
        }
        this.#slots.set(ticket, slot)
        this.#backend.start(slot)
      }
      for (const ticket of turn.stops) {
        const slot = this.#slots.get(ticket)
        if (slot === undefined) continue
        this.#backend.stop(slot)
        this.#releaseAll(slot.context)
      }
      for (const ticket of turn.kills) {
        const slot = this.#slots.get(ticket)
        if (slot !== undefined) this.#backend.kill(slot)
      }
      this.#collect()
      this.#observe()
      if (turn.over) this.#finish()
      else this.#wait(nowNs, turn.next)
    }

    #wait(nowNs, next) {
      const happened = this.#started.length + this.#ended.length + this.#patches.length
      if (happened > 0 || this.#soon !== undefined) {
        this.#wake()
        return
      }
      let at = next === undefined ? undefined : BigInt(next)
      const sooner = (time) => {
        if (time !== undefined && (at === undefined || time < at)) at = time
      }
      for (const wait of this.#waits) sooner(wait.at)
      if (this.#clock instanceof VirtualClock) {
        // Time stands still while somebody works.
        if (this.#waiting.size < this.#slots.size) return
        if (at === undefined) throw state('nothing will ever happen to the Job in virtual time')
        this.#clock.advanceTo(at)
        this.#releaseDue(this.#clock.nowNs())
        // Whoever was released has its turn before the time may move again.
        this.#wake()
      } else if (at !== undefined) {
        const delay = Math.min(Math.ceil(this.#clock.realMilliseconds(at - nowNs)), LONGEST_TIMER)
        this.#timer = setTimeout(() => {
          this.#releaseDue(this.#clock.nowNs())
          this.#wake()
        }, delay)
      }
    }

    #takeEnded(nowNs) {
      const out = []
      for (const [slot, ending] of this.#ended.splice(0)) {
        if (!this.#slots.delete(slot.ticket)) continue
        this.#releaseAll(slot.context)
        const { code, value, error, reason = '', message, disruption } = ending
        const text = disruption === undefined ? null : messageOf(disruption)
        out.push([slot.ticket, code, reason, messageOf(message), text])
        const { name, index, attempt } = slot.context
        const done = {
          pod: name,
          number: attempt,
          started: date(slot.started),
          ended: date(nowNs),
          exitCode: code,
          disrupted: disruption !== undefined,
        }
        if (index !== undefined) done.index = index
        if (value !== undefined) done.value = value
        if (error !== undefined) done.error = error
        this.#attempts.push(done)
      }
      return out
    }

    #finish() {
      this.#over()
      this.#backend
        .close()
        .then(() => {
          const job = this.job
          const { outcome } = this.#host('state', {})
          const told = {
            job,
            outcome: outcomeOf(outcome),
            started: this.#began,
            ended: this.#clock.now(),
            attempts: this.#attempts,
            events: this.#events,
            notes: this.#notes,
          }
          this.#settle.resolve(new RunResult(told, this.#host('indexes', {}), JobFailed))
        })
        .catch(this.#settle.reject)
    }

    /** Ends all workers: first they are asked, then killed as far as that can be done. */
    async #cancel(reason) {
      if (this.#phase !== 'running') return
      this.#phase = 'cancelled'
      clearImmediate(this.#soon)
      clearTimeout(this.#timer)
      for (const slot of this.#slots.values()) this.#backend.stop(slot)
      for (const wait of this.#waits) this.#release(wait)
      if (this.#slots.size > 0) {
        await new Promise((done) => {
          this.#grace = setTimeout(done, this.#options.cancelGraceSeconds * 1000)
          this.#allEnded = done
          this.#noteEnded()
        })
        clearTimeout(this.#grace)
      }
      for (const slot of this.#slots.values()) this.#backend.kill(slot)
      this.#over()
      await this.#backend.close()
      this.#settle.reject(reason)
    }
    #allEnded

    #noteEnded() {
      if (this.#phase !== 'cancelled') return
      for (const [slot] of this.#ended.splice(0)) this.#slots.delete(slot.ticket)
      if (this.#slots.size === 0) this.#allEnded?.()
    }

    /** Nothing of the run keeps the process alive from here on. */
    #over() {
      this.#phase = 'over'
      clearTimeout(this.#timer)
      this.#signal?.removeEventListener('abort', this.#onSignal)
      if (this.#options.live && this.#shown !== undefined && process.stderr.isTTY)
        process.stderr.write('\n')
      this.#tellListeners()
    }

    #onEnd(slot, ending) {
      if (slot.done) return
      slot.done = true
      this.#ended.push([slot, ending])
      this.#noteEnded()
      this.#wake()
    }

    // Waits of workers, by the run's clock.

    #until(context, at) {
      return new Promise((done) => {
        this.#waits.add({ at, context, done })
        this.#waiting.set(context, (this.#waiting.get(context) ?? 0) + 1)
        this.#wake()
      })
    }

    #release(wait) {
      this.#waits.delete(wait)
      const { context, done } = wait
      const left = this.#waiting.get(context) - 1
      if (left === 0) this.#waiting.delete(context)
      else this.#waiting.set(context, left)
      done()
    }

    /** A worker that has ended or should end waits for nothing any more. */
    #releaseAll(context) {
      if (!this.#waiting.has(context)) return
      for (const wait of this.#waits) if (wait.context === context) this.#release(wait)
    }

    #releaseDue(nowNs) {
      for (const wait of this.#waits)
        if (wait.at !== undefined && wait.at <= nowNs) this.#release(wait)
    }

    // What others are told.

    #collect() {
      const events = this.#host('events', {})
      if (this.#options.explain) this.#notes.push(...this.#host('notes', {}))
      if (events.length === 0) return
      this.#events.push(...events)
      this.#tellListeners()
    }

    #tellListeners() {
      for (const done of this.#listeners.splice(0)) done()
    }

    #observe() {
      const { onProgress, live } = this.#options
      if (onProgress === undefined && !live) return
      const { progress } = this
      const seen = JSON.stringify({ ...progress, time: undefined })
      if (seen === this.#shown) return
      this.#shown = seen
      onProgress?.(progress)
      if (live) {
        const line = progressLine(progress)
        process.stderr.write(process.stderr.isTTY ? `\x1b[2K\r${line}` : `${line}\n`)
      }
    }
  }

  const run = (manifest, worker, options) => new Run(manifest, worker, options)
  return {
    Clock,
    Command,
    Disrupted,
    Exit,
    JobFailed,
    Run,
    RunResult,
    ThreadWorker,
    VirtualClock,
    run,
  }
}
