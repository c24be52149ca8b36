'use strict'

// The addon, by the loader that napi's command writes: the file that NAPI_RS_NATIVE_LIBRARY_PATH
// names, the one beside the loader, or the package of the platform.

function load() {
  try {
    return require('./generated.cjs')
  } catch (error) {
    throw new Error(
      `jobsem has no addon for ${process.platform}-${process.arch} here. Package managers leave ` +
        'out optional dependencies of other platforms: install again on this one, or with --os, ' +
        '--cpu and --libc.',
      { cause: error },
    )
  }
}

module.exports = load()
