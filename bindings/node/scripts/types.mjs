#!/usr/bin/env node
// Writes types/kubernetes.d.cts from the JSON Schemas of the repository; `--check` only compares.
// Absent is absent: `null` is left out. Names of scenarios, plans and traces get a prefix.
import { readFileSync, writeFileSync } from 'node:fs'

import { compile } from 'json-schema-to-typescript'

const root = new URL('../../../', import.meta.url)
const read = (name) => JSON.parse(readFileSync(new URL(`schemas/${name}.json`, root)))
const target = new URL('../types/kubernetes.d.cts', import.meta.url)

/** The same without `null`, and with references renamed. */
function tidy(value, prefix) {
  if (Array.isArray(value)) return value.map((one) => tidy(one, prefix))
  if (typeof value !== 'object' || value === null) return value
  const out = {}
  for (const [key, inner] of Object.entries(value)) {
    if (key === 'default' || key === 'title') continue
    if (key === '$ref') out[key] = inner.replace('#/$defs/', `#/$defs/${prefix}`)
    else if (key === 'type' && Array.isArray(inner)) {
      const left = inner.filter((one) => one !== 'null')
      out[key] = left.length === 1 ? left[0] : left
    } else if (key === 'enum') out[key] = inner.filter((one) => one !== null)
    else if (key === 'anyOf') {
      const left = tidy(
        inner.filter((one) => one.type !== 'null'),
        prefix,
      )
      if (left.length === 1) Object.assign(out, left[0])
      else out[key] = left
    } else out[key] = tidy(inner, prefix)
  }
  // What has a description beside a reference would become a type of its own.
  if (out.$ref !== undefined && Object.keys(out).length > 1) {
    out.allOf = [{ $ref: out.$ref }]
    delete out.$ref
  }
  // Bounds of numbers mean nothing here, and a pattern of names would hide the members.
  for (const key of ['minimum', 'maximum', 'format', 'pattern']) delete out[key]
  return out
}

const $defs = {}
const add = (name, prefix) => {
  const { $defs: own = {}, $schema: _, ...main } = read(name)
  const strict = name === 'job' || name === 'cronjob'
  for (const [def, schema] of Object.entries(own)) {
    const tidied = tidy(schema, prefix)
    // What Job and CronJob have is as Kubernetes has it; a pod's schema has but what is looked at.
    if (strict || !(prefix + def in $defs)) $defs[prefix + def] = tidied
  }
  return tidy(main, prefix)
}
const roots = { Job: add('job', ''), CronJob: add('cronjob', ''), Pod: add('pod', '') }
for (const name of ['scenario', 'plan', 'trace']) {
  const title = name[0].toUpperCase() + name.slice(1)
  roots[title] = add(name, title)
}
for (const [name, schema] of Object.entries(roots)) $defs[name] = schema
$defs.Pod.properties.apiVersion = { const: 'v1' }
$defs.Pod.properties.kind = { const: 'Pod' }
delete $defs.Pod.additionalProperties

const properties = Object.fromEntries(
  Object.keys(roots).map((name) => [name, { $ref: `#/$defs/${name}` }]),
)
const all = { type: 'object', additionalProperties: false, properties, $defs }
const text = await compile(all, 'Roots', {
  additionalProperties: false,
  bannerComment:
    '// Written by scripts/types.mjs from the JSON Schemas of the repository (`npm run types`).',
  format: true,
  style: { semi: false, singleQuote: true, printWidth: 100 },
  unreachableDefinitions: true,
})
/** What the generator says of each type's origin. */
const SOURCE =
  "\\n \\* This interface was referenced by `Roots`'s JSON-Schema" +
  '\\n \\* via the `definition` "[^"]*"\\.'

// The root that holds the others together is of no use to anybody.
const written = text
  .replace(/export interface Roots \{[\s\S]*?\n\}\n/, '')
  .replaceAll(new RegExp(String.raw`/\*\*${SOURCE}\n \*/\n`, 'g'), '')
  .replaceAll(new RegExp(String.raw`(\n \*)?${SOURCE}`, 'g'), '')

if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== written) {
    console.error('types/kubernetes.d.cts is not what the schemas say: npm run types')
    process.exit(1)
  }
} else {
  writeFileSync(target, written)
}
