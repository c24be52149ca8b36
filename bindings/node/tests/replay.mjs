#!/usr/bin/env node
// The conformance adapter: scenario lines in, result lines out, through the package.
// Called as `replay.mjs replay --kube V -`, like the command.
import { createInterface } from 'node:readline'

import { CronSchedule, JobsemError, play, validate } from '../index.mjs'

const kube = process.argv[process.argv.indexOf('--kube') + 1]
let crashed = false

// Where the package has a function of its own for the question, its answer takes the place.
function scheduled(scenario, result) {
  if (scenario.mode !== 'schedule' || result.times === undefined) return result
  const zone = scenario.timeZone || undefined
  const schedule = new CronSchedule(scenario.schedule, { zone })
  const times = schedule.upcoming(scenario.from, scenario.count)
  const told = times.map((at) => at.toISOString().replace('.000Z', 'Z'))
  return { ...result, times: told.length === scenario.count ? told : [...told, 'never'] }
}

/** What `validate` says of an object takes the place of what was played. */
function validated(scenario, result) {
  if (scenario.mode !== 'create' && scenario.mode !== 'update') return result
  const given = scenario.job ?? scenario.cronJob
  const { old, gates } = scenario
  // To `validate` another name is another object, which is created.
  if (old && old.metadata.name !== given.metadata.name) return result
  // As objects: what JavaScript's numbers cannot hold was refused, and stays with `play`.
  const unsafe = (value) =>
    Number.isInteger(value)
      ? !Number.isSafeInteger(value)
      : typeof value === 'object' && value !== null && Object.values(value).some(unsafe)
  if (unsafe([given, old])) return result
  const said = validate(given, {
    kube,
    gates: gates ?? undefined,
    updateFrom: old ?? undefined,
    fieldValidation: 'Ignore',
  })
  if (result.errors !== undefined) return said.valid ? { ...result, valid: true } : result
  const { status: played, ...rest } = result
  if (said.valid) return rest
  const { code, details, reason } = said.status
  const known = played?.details?.causes ?? []
  for (const [at, cause] of (details?.causes ?? []).entries()) {
    // In the vectors a value that only Go can render is three dots.
    const [before, after] = known[at]?.message.split('…') ?? []
    if (after !== undefined && cause.message.startsWith(before) && cause.message.endsWith(after)) {
      cause.message = known[at].message
    }
  }
  return { ...rest, status: { code, details, reason } }
}

for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() === '') continue
  let said
  const value = JSON.parse(line)
  const scenario = value.scenario ?? value
  try {
    // As text: some scenarios have numbers that JavaScript cannot hold.
    said = validated(
      scenario,
      scheduled(scenario, play(value.scenario ? JSON.stringify(scenario) : line, { kube })),
    )
  } catch (error) {
    if (!(error instanceof JobsemError)) throw error
    crashed = true
    said = { id: scenario.id ?? '', crash: error.message }
  }
  process.stdout.write(JSON.stringify(said) + '\n')
}
process.exitCode = crashed ? 1 : 0
