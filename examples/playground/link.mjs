// What is on the page, as the part of a link after the `#`: deflated JSON, base64 for URLs.

async function through(stream, bytes) {
  const response = new Response(new Blob([bytes]).stream().pipeThrough(stream))
  return new Uint8Array(await response.arrayBuffer())
}

export async function toHash(state) {
  const bytes = await through(
    new CompressionStream('deflate-raw'),
    new TextEncoder().encode(JSON.stringify(state)),
  )
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return `#j=${btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}`
}

/** The state, or nothing if the link has none, or one that is broken. */
export async function fromHash(hash) {
  const [, packed] = /^#j=([\w-]+)$/.exec(hash) ?? []
  if (packed === undefined) return undefined
  try {
    const bytes = Uint8Array.from(atob(packed.replaceAll('-', '+').replaceAll('_', '/')), (c) =>
      c.charCodeAt(0),
    )
    const state = JSON.parse(
      new TextDecoder().decode(await through(new DecompressionStream('deflate-raw'), bytes)),
    )
    return typeof state.manifest === 'string' && Array.isArray(state.pods) ? state : undefined
  } catch {
    return undefined
  }
}
