// The timeline: a lane for each pod, back-offs behind them, conditions below.
import { seconds, svg } from './dom.mjs'

const ROW = 24
const PLOT = 560
const MOST = 60
const GOOD = new Set(['Complete', 'SuccessCriteriaMet'])
const BAD = new Set(['Failed', 'FailureTarget'])

/** A round number of seconds, of which at most ten fit. */
function step(end) {
  const steps = [0.01, 0.1, 1].flatMap((base) => [1, 2, 5].map((factor) => factor * base))
  steps.push(10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400)
  return steps.find((one) => end / one <= 10) ?? 86_400 * Math.ceil(end / 864_000)
}

export function picture({ pods: all, conditions, waits, end: last }) {
  const pods = all.slice(0, MOST)
  const end = Math.max(last, 1e-9)
  const longest = Math.max(
    8,
    ...pods.map(({ name }) => name.length),
    ...conditions.map(({ type }) => type.length),
  )
  const left = Math.min(280, 7.4 * longest + 20)
  const top = 26
  const bottom = top + ROW * (pods.length + (all.length > MOST ? 1 : 0))
  const low = bottom + (conditions.length ? ROW * conditions.length + 10 : 0)
  const x = (at) => left + (PLOT * Math.min(Math.max(at, 0), end)) / end
  const states = conditions.map(({ type, status }) => `${type}=${status}`).join(', ')
  const label = `${all.length} pods, ${seconds(last)}: ${states || 'no condition'}`
  const out = svg('svg', {
    width: left + PLOT + 120,
    height: low + 30,
    viewBox: `0 0 ${left + PLOT + 120} ${low + 30}`,
    role: 'img',
    'aria-label': label,
  })
  const text = (at, y, words, more = {}) =>
    out.append(svg('text', { x: at, y, 'font-size': 12, ...more }, words))
  const bar = (from, until, y, kind, title, height = 12) => {
    const width = Math.max(x(until) - x(from), 1.5)
    out.append(
      svg(
        'rect',
        { x: x(from), y: y - height / 2, width, height, rx: 2, class: kind },
        svg('title', {}, title),
      ),
    )
  }

  for (const { from, until } of waits) {
    const [start, stop] = [x(from), x(Math.min(until, end))]
    const words = `back-off ${seconds(until - from)}`
    out.append(
      svg(
        'rect',
        { x: start, y: top - 4, width: stop - start, height: bottom - top + 4, class: 'backoff' },
        svg('title', {}, words),
      ),
    )
    if (stop - start > 6.2 * words.length)
      text((start + stop) / 2, top - 9, words, {
        'font-size': 11,
        'text-anchor': 'middle',
        class: 'amber',
      })
  }
  const each = step(end)
  for (let tick = 0; tick <= Math.floor(end / each + 1e-9); tick++) {
    const at = x(tick * each)
    out.append(svg('path', { d: `M${at} ${top - 4}V${low + 6}`, class: 'tick' }))
    text(at, low + 22, seconds(tick * each), {
      'font-size': 11,
      'text-anchor': 'middle',
      class: 'soft',
    })
  }
  pods.forEach((pod, row) => {
    const y = top + ROW * row + ROW / 2
    text(left - 12, y + 4, pod.name, { 'text-anchor': 'end' })
    const until = pod.ended ?? pod.gone ?? end
    bar(
      pod.created,
      pod.running ?? until,
      y,
      'wait',
      `${pod.name} waits from ${seconds(pod.created)}`,
      4,
    )
    if (pod.running !== undefined) {
      const stop = Math.min(pod.deleted ?? until, until)
      bar(
        pod.running,
        stop,
        y,
        'run',
        `${pod.name} runs from ${seconds(pod.running)} to ${seconds(stop)}`,
      )
    }
    if (pod.deleted !== undefined && until > pod.deleted) {
      bar(pod.deleted, until, y, 'ending', `${pod.name} is asked to end at ${seconds(pod.deleted)}`)
    }
    const at = x(until) + 9
    const mark = (d, kind) =>
      out.append(svg('path', { d, transform: `translate(${at} ${y})`, class: `tell ${kind}` }))
    if (pod.phase === 'Succeeded') mark('M-4 0l3 3.5l5 -7', 'good')
    else if (pod.phase === 'Failed' || pod.disrupted) {
      mark('M-4 -4l8 8m0 -8l-8 8', pod.disrupted ? 'drained' : 'bad')
      text(
        at + 9,
        y + 4,
        [pod.exitCode, pod.disrupted ? 'drained' : undefined]
          .filter((part) => part !== undefined)
          .join(' '),
        { 'font-size': 11 },
      )
    } else if (pod.gone !== undefined)
      text(at - 4, y + 4, 'deleted', { 'font-size': 11, class: 'soft' })
  })
  if (all.length > MOST)
    text(left, bottom - 6, `… and ${all.length - MOST} more pods`, { class: 'soft' })
  conditions.forEach(({ at, type, status, reason }, row) => {
    const y = bottom + 10 + ROW * row + ROW / 2
    const holds = status === 'True'
    text(left - 12, y + 4, holds ? type : `${type}=${status}`, { 'text-anchor': 'end' })
    out.append(svg('path', { d: `M${x(at)} ${top}V${y}`, class: 'mark' }))
    const kind = holds && GOOD.has(type) ? 'good' : holds && BAD.has(type) ? 'bad' : 'other'
    out.append(svg('circle', { cx: x(at), cy: y, r: 4.5, class: kind }))
    const late = x(at) > left + PLOT * 0.55
    text(x(at) + (late ? -9 : 9), y + 4, `${reason ? `${reason} ` : ''}${seconds(at)}`, {
      'font-size': 11,
      class: 'soft',
      'text-anchor': late ? 'end' : 'start',
    })
  })
  return out
}
