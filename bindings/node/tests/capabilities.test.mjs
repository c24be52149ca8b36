// `tests/capabilities.json` names what the package offers.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import * as jobsem from '../index.mjs'

// The classes whose methods are capabilities; what the others have is described by their types.
const CLASSES = ['Cluster', 'Controller', 'CleanupScheduler', 'CronSchedule']

const list = new URL('../../../tests/capabilities.json', import.meta.url)
const named = new Set(
  JSON.parse(readFileSync(list, 'utf8')).capabilities.flatMap((one) =>
    Array.isArray(one.node) ? one.node : [],
  ),
)

/** The methods and getters of a class, with those that it inherits. */
function membersOf(type) {
  const members = new Set()
  for (let at = type.prototype; at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const name of Object.getOwnPropertyNames(at)) members.add(name)
  }
  return [...members].filter((name) => name !== 'constructor' && !name.startsWith('_'))
}

test('every name of the list is there', () => {
  for (const name of named) {
    const [first, member] = name.split('.')
    assert.ok(first in jobsem, name)
    if (member) assert.ok(membersOf(jobsem[first]).includes(member), name)
  }
})

test('every function and method is in the list', () => {
  const isClass = (value) => /^class\b/.test(Function.prototype.toString.call(value))
  const functions = Object.keys(jobsem).filter(
    (name) => typeof jobsem[name] === 'function' && !isClass(jobsem[name]),
  )
  const methods = CLASSES.flatMap((name) =>
    membersOf(jobsem[name]).map((member) => `${name}.${member}`),
  )
  assert.deepEqual(
    [...functions, ...methods].filter((name) => !named.has(name)),
    [],
  )
})
