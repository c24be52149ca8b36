// The README, the tutorial and the examples do what they say.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('..', import.meta.url))
const repository = fileURLToPath(new URL('../../..', import.meta.url))
const place = mkdtempSync(join(tmpdir(), 'jobsem-pages-'))
after(() => rmSync(place, { recursive: true, force: true }))
mkdirSync(join(place, 'node_modules'))
symlinkSync(here, join(place, 'node_modules/jobsem'), 'junction')

// What runs within `node --test` is told so by its environment.
const { NODE_TEST_CONTEXT: _, ...env } = process.env
function ran(args, { input = '', code = 0, cwd = place } = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd,
    input,
    encoding: 'utf8',
    env,
    timeout: 120_000,
  })
  assert.equal(status, code, stdout + stderr)
  return stdout
}
const blocks = (path) =>
  Array.from(readFileSync(path, 'utf8').matchAll(/```([^\n]*)\n(.*?)```/gs), ([, info, body]) => [
    ...info.split(' '),
    body,
  ])

for (const [name, directory, cwd] of [
  ['package', here, place],
  ['repository', repository, repository],
])
  test(`the first example of the ${name}'s README prints what it shows`, () => {
    const [, body] = blocks(join(directory, 'README.md')).find(([kind]) => kind === 'js')
    const file = join(place, 'readme.mjs')
    writeFileSync(file, body)
    const wanted = body
      .split('\n')
      .filter((line) => line.startsWith('console.log'))
      .map((line) => line.split('//')[1].trim())
    assert.deepEqual(ran([file], { cwd }).trim().split('\n'), wanted)
  })

test('the tutorial prints what it shows', () => {
  const mark = '-- next --'
  const [page, shown] = [[], []]
  let tests = 0
  let said, parts
  for (const block of blocks(join(repository, 'docs/tutorials/node.md'))) {
    const [kind, name] = block
    const body = block.at(-1)
    if (block.length === 3) writeFileSync(join(place, name), body)
    else if (kind === 'js') {
      page.push(`${body}console.log(${JSON.stringify(mark)})\n`)
      said = undefined
    } else if (kind === 'sh' && body.startsWith('node')) {
      // What the page has done before is there for its commands.
      if (parts === undefined) {
        writeFileSync(join(place, 'page.mjs'), page.join(''))
        parts = ran(['page.mjs']).split(`${mark}\n`)
      }
      said = ran(body.trim().split(' ').slice(1))
      tests += /^# pass 4$/m.test(said) || /pass 4/.test(said) ? 1 : 0
    } else if (kind === 'text') {
      if (said === undefined) shown[page.length - 1] = body
      else assert.equal(said, body)
    }
  }
  assert.equal(parts.length, page.length + 1)
  assert.equal(shown.filter((text) => text !== undefined).length, 5)
  shown.forEach((text, at) => assert.equal(parts[at], text))
  assert.equal(tests, 1)
})

test('the examples run', () => {
  const from = join(repository, 'examples')
  const examples = join(place, 'examples')
  mkdirSync(examples)
  cpSync(join(from, 'node'), join(examples, 'node'), {
    recursive: true,
    filter: (path) => !path.includes('node_modules'),
  })
  for (const name of readdirSync(from))
    if (name.endsWith('.yaml')) cpSync(join(from, name), join(examples, name))
  const cwd = join(examples, 'node')
  assert.match(ran(['host.mjs'], { cwd }), /^succeeded CompletionsReached$/m)
  assert.match(ran(['simulate-policy.mjs'], { cwd }), /^failed FailedIndexes$/m)
  assert.equal(ran(['wait-for-job.mjs'], { cwd }), 'will-fail BackoffLimitExceeded\n')
  const status = (type) => JSON.stringify({ status: { conditions: [{ type, status: 'True' }] } })
  ran(['wait-for-job.mjs'], { cwd, input: status('Complete') })
  ran(['wait-for-job.mjs'], { cwd, input: status('Failed'), code: 1 })
  ran(['wait-for-job.mjs'], { cwd, input: '{"status": {"active": 1}}', code: 3 })
  assert.match(ran(['thousand-items.mjs'], { cwd }), /^1000 items, 10 retries, sum 332833500$/m)
  assert.match(ran(['--test', 'manifest.test.mjs'], { cwd }), /pass 11/)
})
