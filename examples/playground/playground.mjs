// The playground: a manifest, a version and what the pods do, on the left; what happens, on the
// right. All of it is decided by the WebAssembly module of the Node package.
import { diffArrays } from 'diff'

import face from '../../bindings/node/lib/face.cjs'
import shell from '../../bindings/node/lib/wasm.cjs'
import { html, seconds } from './dom.mjs'
import { fromHash, toHash } from './link.mjs'
import { picture } from './picture.mjs'
import { EXAMPLES, WASM } from 'playground:data'

const at = (id) => document.getElementById(id)
const [manifest, gutter, kube, other, example] = [
  'manifest',
  'gutter',
  'kube',
  'other',
  'example',
].map(at)
const rows = at('pods').tBodies[0]

async function compile() {
  const packed = Uint8Array.from(atob(WASM), (c) => c.charCodeAt(0))
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'))
  return WebAssembly.compile(await new Response(stream).arrayBuffer())
}

let module, jobsem

/** A panic leaves its instance unusable: the next answer comes from a new one. */
function asking(work) {
  try {
    return { said: work(jobsem) }
  } catch (error) {
    if (!(error instanceof jobsem.JobsemError)) throw error
    if (error.code === 'INTERNAL') jobsem = face(shell(module))
    return { error }
  }
}

// What is given.

/** The value of what is no example. */
const OWN = 'own'

const FIELDS = [
  { name: 'index', label: 'Index of row', hint: 'all', pattern: '[0-9]*', mode: 'numeric' },
  { name: 'attempt', label: 'Attempt of row', hint: 'all', pattern: '[0-9]*', mode: 'numeric' },
  { name: 'run', label: 'Duration of row', hint: '5s' },
  { name: 'exit', label: 'Exit code of row', hint: '0', pattern: '[0-9]*', mode: 'numeric' },
]

function addRow(values = {}) {
  const number = rows.rows.length + 1
  const cells = FIELDS.map(({ name, label, hint, pattern, mode }) =>
    html(
      'td',
      {},
      html('input', {
        type: 'text',
        name,
        'aria-label': `${label} ${number}`,
        placeholder: hint,
        pattern,
        inputmode: mode,
        value: values[name],
        oninput: soon,
      }),
    ),
  )
  const drains = html('input', {
    type: 'checkbox',
    name: 'drains',
    'aria-label': `Node drains in row ${number}`,
    onchange: soon,
    checked: Boolean(values.drains),
  })
  const remove = html(
    'button',
    {
      type: 'button',
      'aria-label': `Remove row ${number}`,
      onclick: () => {
        row.remove()
        at('add').focus()
        soon()
      },
    },
    '×',
  )
  const row = html('tr', {}, ...cells, html('td', {}, drains), html('td', {}, remove))
  rows.append(row)
  return row
}

const rowValues = () =>
  Array.from(rows.rows, (row) => {
    const out = {}
    for (const input of row.querySelectorAll('input')) {
      if (input.type === 'checkbox') out.drains = input.checked || undefined
      else if (input.value.trim() !== '') out[input.name] = input.value.trim()
    }
    return out
  })

function exitCode(text) {
  if (/^\d+$/.test(text)) return Number(text)
  throw new jobsem.JobsemError({ code: 'DECODE', message: `\`${text}\` is no exit code` })
}

/** Rows as the core takes them. */
function script() {
  const pods = {}
  for (const { index, attempt, run, exit, drains } of rowValues()) {
    const key =
      [index && `index ${index}`, attempt && `attempt ${attempt}`].filter(Boolean).join(' ') || '*'
    const does = { ...(run ? { run } : {}), ...(exit ? { exit: exitCode(exit) } : {}) }
    if (drains) Object.assign(does, { exit: 143, ...does, disrupted: true })
    pods[key] = does
  }
  return pods
}

const state = () => ({
  manifest: manifest.value,
  kube: kube.value,
  other: other.value,
  pods: rowValues(),
})

function take(given) {
  manifest.value = given.manifest
  if (given.kube) kube.value = given.kube
  other.value = given.other ?? ''
  rows.replaceChildren()
  for (const row of given.pods) addRow(row)
  play()
}

// What happens.

function goTo(line) {
  const lines = manifest.value.split('\n')
  const from = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0)
  manifest.focus()
  manifest.setSelectionRange(from, from + (lines[line - 1]?.length ?? 0))
  manifest.scrollTop = Math.max(0, (line - 4) * 19.5)
}

function showGutter(marked) {
  const count = manifest.value.split('\n').length
  gutter.replaceChildren(
    ...Array.from({ length: count }, (_, n) =>
      marked.has(n + 1) ? html('b', {}, `${n + 1}\n`) : `${n + 1}\n`,
    ),
  )
  gutter.scrollTop = manifest.scrollTop
}

function showFindings(findings) {
  const item = ({ severity, message, line, hint }) =>
    html(
      'li',
      { class: severity },
      line
        ? html('button', { type: 'button', onclick: () => goTo(line) }, `line ${line}`)
        : undefined,
      `${line ? ': ' : ''}${message}${hint ? ` (${hint})` : ''}`,
    )
  at('findings').replaceChildren(
    ...(findings.length ? [html('ul', {}, ...findings.map(item))] : []),
  )
  showGutter(new Set(findings.map(({ line }) => line)))
}

/** What a version says: findings of admission, and a timeline unless it refuses. */
function answer(version) {
  const checked = asking(({ validate }) => validate(manifest.value, { kube: version }))
  if (checked.error) {
    const { message, line, path } = checked.error
    return {
      findings: [{ severity: 'error', message: path ? `${path}: ${message}` : message, line }],
      error: 'the manifest cannot be read',
    }
  }
  const { valid, findings, kind } = checked.said
  if (!valid) return { findings, error: `Kubernetes ${version} refuses the ${kind}` }
  if (kind !== 'Job')
    return { findings, error: 'a CronJob is valid, but only Jobs are played here' }
  const played = asking(({ simulate }) =>
    simulate(manifest.value, { kube: version, pods: script() }),
  )
  if (played.error) return { findings, error: `it cannot be played: ${played.error.message}` }
  return { findings, timeline: played.said }
}

const table = (element, heads, all) =>
  element.replaceChildren(
    html('thead', {}, html('tr', {}, ...heads.map((head) => html('th', { scope: 'col' }, head)))),
    html('tbody', {}, ...all),
  )

const lineCells = ({ at: time, who, what, rule }) => [
  html('td', { class: 'at' }, seconds(time)),
  html('td', { class: 'who' }, who),
  html('td', {}, what, ...(rule ? [' ', html('span', { class: 'rule' }, `[${rule}]`)] : [])),
]

function showDifference(one, another) {
  at('difference-box').hidden = other.value === ''
  if (other.value === '') return
  const said = ({ error, timeline }) => {
    if (error !== undefined) return error
    const { verdict, reason } = timeline.outcome
    return `${verdict}${reason ? ` (${reason})` : ''} after ${seconds(timeline.end)}`
  }
  const parts = [
    html(
      'p',
      {},
      html('b', {}, kube.value),
      ` ${said(one)}; `,
      html('b', {}, other.value),
      ` ${said(another)}.`,
    ),
  ]
  const key = ({ at: time, who, what, rule }) => JSON.stringify([time, who, what, rule])
  const lines = (of) => [
    ...of.findings.map(({ severity, message }) => key({ at: 0, who: severity, what: message })),
    ...(of.timeline?.lines ?? []).map(key),
  ]
  const changes = diffArrays(lines(one), lines(another)).filter(
    ({ added, removed }) => added || removed,
  )
  if (changes.length === 0) parts.push(html('p', {}, 'Every line is the same.'))
  else {
    const body = changes.flatMap(({ value, added }) =>
      value.map((text) => {
        const [time, who, what, rule] = JSON.parse(text)
        return html(
          'tr',
          { class: added ? 'added' : 'removed' },
          html('td', {}, added ? `+ ${other.value}` : `− ${kube.value}`),
          ...lineCells({ at: time, who, what, rule: rule ?? undefined }),
        )
      }),
    )
    const grid = html('table')
    table(grid, ['Only at', 'Time', 'Object', 'What'], body)
    parts.push(
      html(
        'div',
        { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Lines that differ' },
        grid,
      ),
    )
  }
  at('difference').replaceChildren(...parts)
}

function showTimeline(timeline) {
  at('picture').replaceChildren(...(timeline ? [picture(timeline)] : []))
  const only = at('decisions').checked
  const lines = (timeline?.lines ?? []).filter(({ rule }) => rule || !only)
  const shown = lines.slice(0, 2000)
  table(
    at('lines'),
    ['Time', 'Object', 'What'],
    shown.map((line) => html('tr', {}, ...lineCells(line))),
  )
  if (lines.length > shown.length)
    at('lines').tBodies[0].append(
      html(
        'tr',
        {},
        html('td'),
        html('td'),
        html('td', {}, `… and ${lines.length - shown.length} more`),
      ),
    )
  table(
    at('conditions'),
    ['Time', 'Type', 'Status', 'Reason'],
    (timeline?.conditions ?? []).map((one) =>
      html(
        'tr',
        {},
        html('td', { class: 'at' }, seconds(one.at)),
        ...[one.type, one.status, one.reason].map((text) => html('td', {}, text)),
      ),
    ),
  )
  table(
    at('events'),
    ['Time', 'Type', 'Reason', 'Message'],
    (timeline?.events ?? []).map(({ time, type, reason, message }) =>
      html(
        'tr',
        {},
        html('td', { class: 'at' }, seconds((new Date(time) - timeline.start) / 1000)),
        ...[type, reason, message].map((text) => html('td', {}, text)),
      ),
    ),
  )
  at('status').textContent = timeline ? JSON.stringify(timeline.job.status ?? {}, null, 2) : ''
}

function showVerdict({ error, timeline }) {
  const box = at('verdict')
  if (error !== undefined) {
    box.className = 'error'
    box.replaceChildren(`${error[0].toUpperCase()}${error.slice(1)}.`)
    return
  }
  const { outcome, end, pods } = timeline
  box.className = outcome.verdict
  const why = [outcome.reason, outcome.message].filter(Boolean).join(': ')
  const count = `${pods.length} pod${pods.length === 1 ? '' : 's'}`
  box.replaceChildren(
    html('b', {}, outcome.verdict),
    ` after ${seconds(end)}, with ${count}, at Kubernetes ${kube.value}.${why ? ` ${why}` : ''}`,
  )
}

let timer
function soon() {
  clearTimeout(timer)
  timer = setTimeout(play, 150)
}

function play() {
  clearTimeout(timer)
  const one = answer(kube.value)
  showFindings(one.findings)
  showVerdict(one)
  showTimeline(one.timeline)
  at('results').classList.toggle('nothing', one.timeline === undefined && other.value === '')
  showDifference(one, other.value === '' ? undefined : answer(other.value))
  document.body.dataset.played = String(Number(document.body.dataset.played ?? 0) + 1)
}

async function share() {
  const hash = await toHash(state())
  history.replaceState(null, '', hash)
  const button = at('share')
  try {
    await navigator.clipboard.writeText(location.href)
    button.textContent = 'Copied'
  } catch {
    // Without a clipboard the address bar has it.
    button.textContent = 'It is in the address bar'
  }
  setTimeout(() => {
    button.textContent = 'Copy link'
  }, 2500)
}

async function begin() {
  module = await compile()
  jobsem = face(shell(module))
  const versions = jobsem.KUBE_VERSIONS.toReversed()
  kube.replaceChildren(...versions.map((version) => html('option', { value: version }, version)))
  other.replaceChildren(
    html('option', { value: '' }, 'none'),
    ...versions.map((version) => html('option', { value: version }, version)),
  )
  example.replaceChildren(
    ...EXAMPLES.map(({ name }, at) => html('option', { value: at }, name)),
    // What is shown when none of them is; nobody can choose it.
    html('option', { value: OWN, hidden: true }, 'your own'),
  )
  at('about').textContent =
    `jobsem ${jobsem.version}, Kubernetes ${jobsem.KUBE_VERSIONS[0]} to ${versions[0]}.`
  manifest.addEventListener('input', () => {
    example.value = OWN
    soon()
  })
  manifest.addEventListener('scroll', () => {
    gutter.scrollTop = manifest.scrollTop
  })
  for (const control of [kube, other, at('decisions')]) control.addEventListener('change', play)
  example.addEventListener('change', () =>
    take({ ...EXAMPLES[example.value], kube: kube.value, other: other.value }),
  )
  at('add').addEventListener('click', () => {
    addRow().querySelector('input').focus()
  })
  at('share').addEventListener('click', share)
  const linked = async () => {
    const given = await fromHash(location.hash)
    if (given !== undefined) {
      example.value = OWN
      take(given)
    }
    return given !== undefined
  }
  addEventListener('hashchange', linked)
  if (!(await linked())) take(EXAMPLES[0])
}

begin().catch((error) => {
  at('verdict').className = 'error'
  at('verdict').textContent = `This browser cannot run it: ${error.message}`
})
