#!/usr/bin/env node
// The conformance adapter: scenario lines in, result lines out, through the package.
// Called as `replay.mjs replay --kube V -`, like the command.
import { createInterface } from 'node:readline'

import { CronSchedule, JobsemError, play } from '../index.mjs'

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

for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() === '') continue
  let said
  const value = JSON.parse(line)
  const scenario = value.scenario ?? value
  try {
    // As text: some scenarios have numbers that JavaScript cannot hold.
    said = scheduled(scenario, play(value.scenario ? JSON.stringify(scenario) : line, { kube }))
  } catch (error) {
    if (!(error instanceof JobsemError)) throw error
    crashed = true
    said = { id: scenario.id ?? '', crash: error.message }
  }
  process.stdout.write(JSON.stringify(said) + '\n')
}
process.exitCode = crashed ? 1 : 0
