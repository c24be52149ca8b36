'use strict'

// Values on their way in and out: arguments become JSON, answers become what JavaScript has.

/** Everything that jobsem throws on its own account. */
class JobsemError extends Error {
  /** @param {{code: string, message: string}} said */
  constructor(said) {
    super(said.message)
    this.name = 'JobsemError'
    const { message: _, ...rest } = said
    Object.assign(this, rest)
  }
}

const wrong = (message, path) =>
  new JobsemError({ code: 'DECODE', message, ...(path ? { path } : {}) })

/** Deeper than the core reads; what contains itself gets there, too. */
const DEEPEST = 128

/** Refuses what JSON would change without a word. */
function check(value, path, depth = 0) {
  switch (typeof value) {
    case 'number':
      if (!Number.isFinite(value)) throw wrong(`${value} is no number of JSON`, path)
      if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
        throw wrong(
          `${value} is beyond 2^53, where numbers are not exact: pass the document as text`,
          path,
        )
      }
      return
    case 'bigint':
      throw wrong('a BigInt is no value of JSON: pass the document as text', path)
    case 'function':
    case 'symbol':
      throw wrong(`a ${typeof value} is no value of JSON`, path)
    case 'object':
      if (value === null) return
      if (value instanceof Date) {
        if (Number.isNaN(value.getTime())) throw wrong('the Date is invalid', path)
        return
      }
      if (depth > DEEPEST) throw wrong('it is nested too deeply, or contains itself')
      // JSON.stringify writes these as `{}`, and an empty object says nothing.
      if (value instanceof Map || value instanceof Set) {
        throw wrong(`a ${value.constructor.name} is no value of JSON: pass an object`, path)
      }
      if (typeof value.then === 'function') {
        throw wrong('a Promise is no value of JSON: await it first', path)
      }
      if (Array.isArray(value)) {
        for (let i = 0; i < value.length; i++) check(value[i], `${path}[${i}]`, depth + 1)
      } else {
        for (const key in value) check(value[key], path ? `${path}.${key}` : key, depth + 1)
      }
  }
}

function textOf(bytes) {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw wrong('the bytes are not UTF-8')
  }
}

/** A document: text, bytes, or an object. */
function document(given) {
  if (typeof given === 'string') return { text: given }
  if (given instanceof Uint8Array) return { text: textOf(given) }
  if (typeof given !== 'object' || given === null) {
    throw new TypeError(
      `a document is an object, text or bytes, not ${given === null ? 'null' : typeof given}`,
    )
  }
  check(given, '')
  return { object: given }
}

const maybe = (given) => (given === undefined ? undefined : document(given))

/** Nanoseconds of the year 1970, where seconds and milliseconds of today land. */
const FIRST_YEAR = 365n * 86_400n * 1_000_000_000n

/** A time: a Date, a BigInt of nanoseconds, or RFC 3339 text. */
function time(given) {
  if (typeof given === 'bigint') {
    if (given >= 0n && given < FIRST_YEAR) {
      throw new TypeError(
        `${given} nanoseconds are in 1970, so the number seems to be of seconds or ` +
          'milliseconds: pass a Date, or BigInt(Date.now()) * 1_000_000n',
      )
    }
    return given.toString()
  }
  if (given instanceof Date) {
    if (Number.isNaN(given.getTime())) throw new TypeError('the Date is invalid')
    const nanoseconds = BigInt(given.getTime()) * 1_000_000n
    // The core's nanoseconds end in 2262, its times do not.
    return BigInt.asIntN(64, nanoseconds) === nanoseconds
      ? nanoseconds.toString()
      : given.toISOString()
  }
  if (typeof given === 'string' && !/^-?\d+$/.test(given)) return given
  throw new TypeError('a time is a Date, a BigInt of nanoseconds or RFC 3339 text')
}

/** How a Job stands, as the core has said. */
function outcomeOf(said) {
  const isFinal = said.verdict === 'succeeded' || said.verdict === 'failed'
  const succeeds = said.verdict === 'will-succeed' || said.verdict === 'succeeded'
  const fails = said.verdict === 'will-fail' || said.verdict === 'failed'
  return {
    ...said,
    isFinal,
    ...(succeeds || fails ? { decided: succeeds } : {}),
    ...(said.since ? { since: new Date(said.since) } : {}),
  }
}

/** A recorded time; a Date has milliseconds. */
const date = (nanos) => new Date(Number(BigInt(nanos) / 1_000_000n))

/** A time to wait for: not before it. */
function wakeup(said) {
  if (said === undefined) return undefined
  const atNs = BigInt(said.atNs)
  return { ...said, at: date(atNs + 999_999n), atNs }
}

function answer(text) {
  const said = JSON.parse(text)
  if (said.error !== undefined) throw new JobsemError(said.error)
  return said.ok
}

module.exports = { JobsemError, answer, check, date, document, maybe, outcomeOf, time, wakeup }
