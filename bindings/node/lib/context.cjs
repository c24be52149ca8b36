'use strict'

// What a worker is told, and how it says what came of it.

const { date } = require('./clock.cjs')

/** Ends a worker with an exit code of its own, as `process.exit` ends a process. */
class Exit extends Error {
  constructor(code, message = '') {
    if (!Number.isInteger(code) || code < 0 || code > 255)
      throw new RangeError('an exit code is 0 to 255')
    super(message || `exit code ${code}`)
    this.name = 'Exit'
    this.code = code
  }
}

/** Ends a worker's pod as an eviction does: it fails with the condition DisruptionTarget. */
class Disrupted extends Error {
  constructor(message = 'the worker was disrupted') {
    super(message)
    this.name = 'Disrupted'
  }
}

/** What an abort of a worker's signal has as its reason: the exit code of SIGTERM. */
const stopReason = () => new Exit(143, 'asked to stop')

/** What a worker gets: which one it is, how long it has, whether it should stop. */
class Context {
  #host
  #waits
  #controller
  #pod
  #environment
  #stop = false

  /** `waits` has `until(context, atNs | undefined)`, a promise, and `nowNs()`. */
  constructor(host, waits, told) {
    this.#host = host
    this.#waits = waits
    this.ticket = told.ticket
    this.name = told.name
    this.container = told.container
    if (told.index !== null) this.index = told.index
    this.attempt = told.attempt
    this.restarts = told.restarts
    if (told.deadline !== undefined) this.deadline = date(BigInt(told.deadline))
    Object.defineProperty(this, 'ticket', { enumerable: false })
  }

  get pod() {
    return (this.#pod ??= this.#host('pod', { ticket: this.ticket }))
  }

  get env() {
    return this.invocation.env
  }

  /** @internal */
  get invocation() {
    return (this.#environment ??= this.#host('invocation', { ticket: this.ticket }))
  }

  get shouldStop() {
    return this.#stop
  }

  get signal() {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#stop) this.#controller.abort(stopReason())
    }
    return this.#controller.signal
  }

  check() {
    if (this.#stop) throw stopReason()
  }

  async sleep(seconds) {
    this.check()
    const nanoseconds = BigInt(Math.round(Math.max(0, seconds) * 1e9))
    await this.#waits.until(this, this.#waits.nowNs() + nanoseconds)
    this.check()
  }

  async stopped() {
    if (!this.#stop) await this.#waits.until(this, undefined)
  }

  /** @internal */
  _stop() {
    this.#stop = true
    this.#controller?.abort(stopReason())
  }
}

module.exports = { Context, Disrupted, Exit }
