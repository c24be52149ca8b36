'use strict'

// The WebAssembly shell as `face.cjs` wants an addon: `call` and `Native` over an instance.
// Text goes through the instance's memory as UTF-8. A panic is a trap: the instance and all objects
// in it are unusable from then on, and say so.

const broken = '{"error":{"code":"INTERNAL","message":"unusable since an internal error"}}'

/** @param {WebAssembly.Module} module */
module.exports = function shell(module) {
  const { exports } = new WebAssembly.Instance(module, {})
  const encoder = new TextEncoder()
  const decoder = new TextDecoder()
  let trapped = false

  function put(name, text) {
    const bytes = encoder.encode(`${name}\n${text}`)
    const place = exports.jobsem_take(bytes.length)
    new Uint8Array(exports.memory.buffer, place, bytes.length).set(bytes)
    return [place, bytes.length]
  }

  function take(packed) {
    const all = BigInt.asUintN(64, packed)
    const [place, length] = [Number(all & 0xffff_ffffn), Number(all >> 32n)]
    const text = decoder.decode(new Uint8Array(exports.memory.buffer, place, length))
    exports.jobsem_give_back(place, length)
    return text
  }

  function guarded(work) {
    if (trapped) return broken
    try {
      return work()
    } catch (error) {
      if (!(error instanceof WebAssembly.RuntimeError)) throw error
      trapped = true
      return broken
    }
  }

  const gone = new FinalizationRegistry((id) => {
    if (!trapped) exports.jobsem_drop(id)
  })

  class Native {
    #id
    constructor(name, text) {
      guarded(() => {
        this.#id = exports.jobsem_new(...put(name, text))
        gone.register(this, this.#id)
        return ''
      })
    }
    call(name, text) {
      return guarded(() => take(exports.jobsem_method(this.#id, ...put(name, text))))
    }
  }

  return {
    Native,
    call: (name, text) => guarded(() => take(exports.jobsem_call(...put(name, text)))),
  }
}
