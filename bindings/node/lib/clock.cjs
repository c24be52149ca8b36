'use strict'

// The clocks that runs follow.

/** The wall clock, or one that runs faster. */
class Clock {
  #wall = BigInt(Date.now()) * 1_000_000n
  #start = process.hrtime.bigint()

  constructor({ speed = 1 } = {}) {
    if (!(speed > 0 && Number.isFinite(speed)))
      throw new RangeError("a clock's speed is greater than 0")
    this.speed = speed
  }

  /** Nanoseconds since 1970. They never go back. */
  nowNs() {
    const passed = process.hrtime.bigint() - this.#start
    return (
      this.#wall + (this.speed === 1 ? passed : BigInt(Math.round(Number(passed) * this.speed)))
    )
  }

  now() {
    return date(this.nowNs())
  }

  /** How many milliseconds the clock takes for so many nanoseconds. */
  realMilliseconds(nanoseconds) {
    return Math.max(0, Number(nanoseconds) / 1e6 / this.speed)
  }
}

/** Time that stands still while workers work, and jumps when all of them wait. */
class VirtualClock extends Clock {
  #now

  constructor({ start = new Date('2000-01-01T00:00:01Z') } = {}) {
    super()
    if (!(start instanceof Date) || Number.isNaN(start.getTime()))
      throw new TypeError('start is a Date')
    this.#now = BigInt(start.getTime()) * 1_000_000n
  }

  nowNs() {
    return this.#now
  }

  /** Moves the time on; never back. */
  advanceTo(nanoseconds) {
    if (nanoseconds > this.#now) this.#now = nanoseconds
  }
}

/** The instant so many nanoseconds after 1970, to the millisecond. */
const date = (nanoseconds) => new Date(Number(nanoseconds / 1_000_000n))

module.exports = { Clock, VirtualClock, date }
