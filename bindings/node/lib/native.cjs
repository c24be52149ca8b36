'use strict'

// Where the addon is: the file that NAPI_RS_NATIVE_LIBRARY_PATH names, the one beside the package,
// or the package of the platform.
const { join } = require('node:path')

const triple = `${process.platform}-${process.arch}`

function load() {
  const named = process.env.NAPI_RS_NATIVE_LIBRARY_PATH
  const places = named ? [named] : [join(__dirname, '..', `jobsem.${triple}.node`), `@jobsem/node-${triple}`]
  const told = []
  for (const place of places) {
    try {
      return require(place)
    } catch (error) {
      told.push(`${place}: ${error.message.split('\n')[0]}`)
    }
  }
  throw new Error(
    `jobsem has no addon for ${triple} here. Package managers leave out optional dependencies of ` +
      'other platforms: install again on this one, or with --os and --cpu.\n' + told.join('\n'),
  )
}

module.exports = load()
