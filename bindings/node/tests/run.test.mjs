import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as passes } from 'node:timers/promises'

import {
  Clock,
  Command,
  Disrupted,
  Exit,
  JobFailed,
  JobsemError,
  ThreadWorker,
  VirtualClock,
  run,
  simulate,
} from '../index.mjs'

const manifest = (spec = {}, container = {}) => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'work' },
  spec: {
    ...spec,
    template: {
      spec: {
        restartPolicy: 'Never',
        containers: [{ name: 'main', image: 'none', ...container }],
        ...spec.template,
      },
    },
  },
})
const indexed = (completions, spec = {}) =>
  manifest({ completions, completionMode: 'Indexed', ...spec })
const clock = () => new VirtualClock()
const fast = () => new Clock({ speed: 50 })
/** What waits for another process waits no longer. */
const LIMIT = { timeout: 30_000 }

test('a function is retried with the back-off of Kubernetes', async () => {
  const starts = []
  const virtual = clock()
  const result = await run(
    manifest({ backoffLimit: 6 }),
    async (ctx) => {
      starts.push(virtual.now().getTime())
      await ctx.sleep(1)
      if (ctx.attempt < 4) throw new Error('not yet')
      return 'done'
    },
    { clock: virtual },
  )
  assert.deepEqual(result.check().values, ['done'])
  // The back-off counts from the end of a failure, in whole seconds: 10, 20, 40.
  assert.deepEqual(
    starts.slice(1).map((at, i) => (at - starts[i]) / 1000 - 1),
    [10, 20, 40],
  )
  assert.deepEqual(
    result.attempts.map((one) => one.exitCode),
    [1, 1, 1, 0],
  )
  assert.equal(result.attempts[0].error.message, 'not yet')
  assert.equal(result.status.failed, 3)
})

test('the simulation and the run of a Job take the same time', async () => {
  const job = indexed(4, { parallelism: 2, backoffLimit: 5 })
  const result = await run(
    job,
    async (ctx) => {
      await ctx.sleep(5)
      if (ctx.index === 1 && ctx.attempt <= 2) throw new Exit(42)
    },
    { clock: clock() },
  )
  const does = { start: 0, run: 5 }
  const pods = { '*': does }
  for (const n of [1, 2]) pods[`index 1 attempt ${n}`] = { ...does, exit: 42 }
  assert.equal((result.ended - result.started) / 1000, simulate(job, { pods }).end)
})

test('limits per index and their results', async () => {
  const job = indexed(3, { parallelism: 3, backoffLimitPerIndex: 1, maxFailedIndexes: 3 })
  const result = await run(
    job,
    async (ctx) => {
      if (ctx.index === 1) throw new Exit(3, `no ${ctx.attempt}`)
      return ctx.index * 10
    },
    { clock: clock() },
  )
  assert.equal(result.outcome.reason, 'FailedIndexes')
  assert.deepEqual(result.values, [0, undefined, 20])
  assert.deepEqual(
    result.indexes.map((one) => one.status),
    ['succeeded', 'failed', 'succeeded'],
  )
  assert.equal(result.indexes[1].error.message, 'no 2')
  assert.equal(result.indexes[1].attempts.length, 2)
  assert.throws(
    () => result.check(),
    (error) => error instanceof JobFailed && error.code === 'JOB_FAILED' && error.result === result,
  )
})

test('a podFailurePolicy tells exit codes and disruptions apart', async () => {
  const podFailurePolicy = {
    rules: [
      { action: 'FailJob', onExitCodes: { operator: 'In', values: [42] } },
      { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] },
    ],
  }
  const result = await run(
    manifest({ backoffLimit: 0, podFailurePolicy }),
    (ctx) => {
      if (ctx.attempt < 3) throw new Disrupted('the node drains')
      throw new Exit(42)
    },
    { clock: clock() },
  )
  assert.equal(result.outcome.reason, 'PodFailurePolicy')
  assert.deepEqual(
    result.attempts.map((one) => one.disrupted),
    [true, true, false],
  )
})

test('a successPolicy ends the others', async () => {
  const job = indexed(3, { parallelism: 3, successPolicy: { rules: [{ succeededIndexes: '0' }] } })
  const result = await run(
    job,
    async (ctx) => {
      if (ctx.index === 0) return 'enough'
      await ctx.stopped()
      assert.equal(ctx.shouldStop, true)
      ctx.check()
    },
    { clock: clock() },
  )
  assert.equal(result.outcome.reason, 'SuccessPolicy')
  assert.deepEqual(result.attempts.map((one) => one.exitCode).sort(), [0, 143, 143])
})

test('a deadline aborts the signal of a worker', async () => {
  const reasons = []
  const result = await run(
    manifest({ activeDeadlineSeconds: 30 }),
    (ctx) =>
      new Promise((_, reject) => {
        assert.ok(ctx.deadline instanceof Date)
        ctx.signal.addEventListener('abort', () => {
          reasons.push(ctx.signal.reason.code)
          reject(ctx.signal.reason)
        })
        void ctx.stopped()
      }),
    { clock: clock() },
  )
  assert.equal(result.outcome.reason, 'DeadlineExceeded')
  assert.deepEqual(reasons, [143])
  assert.equal(result.attempts[0].exitCode, 143)
})

test('a function that does not end in time is left behind', async () => {
  const job = manifest({ activeDeadlineSeconds: 2, template: { terminationGracePeriodSeconds: 3 } })
  const result = await run(job, () => new Promise(() => {}), { clock: fast() })
  assert.equal(result.outcome.reason, 'DeadlineExceeded')
  assert.equal(result.attempts[0].exitCode, 137)
})

test('a container restarts in its pod if the policy says so', async () => {
  const job = manifest({ template: { restartPolicy: 'OnFailure' } })
  const result = await run(
    job,
    (ctx) => {
      if (ctx.restarts < 2) throw new Error('again')
      return ctx.name
    },
    { clock: clock() },
  )
  assert.equal(new Set(result.attempts.map((one) => one.pod)).size, 1)
  assert.equal(result.check().attempts.length, 3)
})

test('a Job is suspended and resumed', async () => {
  let stopped = 0
  const virtual = fast()
  const job = run(
    manifest(),
    async (ctx) => {
      if (ctx.attempt === 1) {
        await ctx.stopped()
        stopped += 1
        ctx.check()
      }
      return 'second'
    },
    { clock: virtual },
  )
  for await (const event of job.events()) {
    if (event.reason === 'SuccessfulCreate' && stopped === 0) job.suspend()
    if (event.reason === 'Suspended') job.resume()
  }
  const result = await job
  assert.deepEqual([stopped, result.values], [1, ['second']])
  assert.ok(result.events.some((event) => event.reason === 'Resumed'))
  assert.throws(() => job.suspend(), JobsemError)
})

test('events come as they happen, to each who asks, from the first on', async () => {
  const job = run(indexed(2), (ctx) => ctx.index, { clock: clock() })
  const reasons = async () => {
    const all = []
    for await (const { reason } of job.events()) all.push(reason)
    return all
  }
  const [one, another] = await Promise.all([reasons(), reasons()])
  assert.deepEqual(one, another)
  assert.equal(one.at(-1), 'Completed')
  assert.deepEqual(await reasons(), one)
})

test('progress is told whenever something has changed', async () => {
  const seen = []
  const result = await run(indexed(3, { parallelism: 1 }), () => {}, {
    clock: clock(),
    onProgress: (p) => seen.push(p),
  })
  assert.equal(seen.at(-1).verdict, 'succeeded')
  assert.equal(seen.at(-1).succeeded, 3)
  assert.ok(result.text.includes('Completed'))
  const explained = await run(manifest(), () => {}, { clock: clock(), explain: true })
  assert.ok(explained.notes.some((note) => explained.text.includes(note.rule)))
  await assert.rejects(
    async () =>
      run(manifest(), () => {}, {
        onProgress: () => {
          throw new RangeError('mine')
        },
      }),
    RangeError,
  )
})

test('an abort ends what runs, and the run', async () => {
  const control = new AbortController()
  let told
  const job = run(
    manifest(),
    async (ctx) => {
      control.abort(new Error('enough'))
      await ctx.stopped()
      told = ctx.signal.reason.code
    },
    { signal: control.signal },
  )
  await assert.rejects(async () => job, /enough/)
  assert.equal(told, 143)
  await assert.rejects(async () => run(manifest(), () => {}, { signal: AbortSignal.abort() }), {
    name: 'AbortError',
  })
  const early = new AbortController()
  let began = false
  const never = run(
    manifest(),
    () => {
      began = true
    },
    { signal: early.signal },
  )
  early.abort(new Error('too soon'))
  await assert.rejects(async () => never, /too soon/)
  await passes(50)
  assert.equal(began, false)
})

test('what cannot be run is refused, as a rejection', async () => {
  await assert.rejects(async () => run(manifest({ completions: -1 }), () => {}), {
    code: 'INVALID',
  })
  await assert.rejects(async () => run(manifest(), 5), TypeError)
  await assert.rejects(async () => run(manifest({ suspend: true }), () => {}, { clock: clock() }), {
    code: 'STATE',
  })
  const { job, ...rest } = { job: run(manifest(), () => new Promise(() => {})), a: 1 }
  assert.equal(rest.a, 1)
  job.patch({ spec: { completionMode: 'Indexed' } })
  await assert.rejects(async () => job, { code: 'INVALID' })
})

const scratch = () => mkdtempSync(join(tmpdir(), 'jobsem-'))
const moduleOf = (text) => {
  const file = join(scratch(), 'worker.mjs')
  writeFileSync(file, text)
  return file
}

test('worker threads get the context, give values back, and are told to stop', async () => {
  const file = moduleOf(`
    import { threadId } from 'node:worker_threads'
    export default async (ctx) => {
      if (ctx.index === 1 && ctx.attempt === 1) process.exit(3)
      if (ctx.index === 2 && ctx.attempt === 1) throw new TypeError('typed')
      await ctx.sleep(60)
      return [ctx.index, ctx.env.JOB_COMPLETION_INDEX, ctx.data, threadId !== 0]
    }`)
  const worker = new ThreadWorker(file, { workerData: 'mine' })
  const result = await run(indexed(3, { parallelism: 3 }), worker, { clock: clock() })
  assert.deepEqual(
    result.check().values,
    [0, 1, 2].map((index) => [index, String(index), 'mine', true]),
  )
  assert.deepEqual(
    result.attempts
      .filter((one) => one.exitCode)
      .map((one) => one.exitCode)
      .sort(),
    [1, 3],
  )
  assert.ok(result.indexes[2].error instanceof TypeError)

  const spins = moduleOf('export default (ctx) => { while (!ctx.shouldStop); ctx.check() }')
  const ended = await run(manifest({ activeDeadlineSeconds: 1 }), new ThreadWorker(spins), {
    clock: new Clock({ speed: 4 }),
  })
  assert.equal(ended.outcome.reason, 'DeadlineExceeded')
  assert.equal(ended.attempts[0].exitCode, 143)

  const deaf = moduleOf('export default () => { for (;;); }')
  const job = manifest({ activeDeadlineSeconds: 1, template: { terminationGracePeriodSeconds: 1 } })
  const killed = await run(job, new ThreadWorker(deaf), { clock: new Clock({ speed: 4 }) })
  assert.equal(killed.attempts[0].exitCode, 137)
})

test('a thread that ends while it waits for work is not used again', async () => {
  const dies = moduleOf(`export default (ctx) => {
    setTimeout(() => process.exit(0), 1)
    return ctx.index
  }`)
  const job = indexed(3, { parallelism: 1 })
  const result = await run(job, new ThreadWorker(dies), { clock: new Clock({ speed: 4 }) })
  assert.deepEqual(result.check().values, [0, 1, 2])
})

test('a module that is not there fails its pods', async () => {
  const result = await run(manifest({ backoffLimit: 0 }), new ThreadWorker('/nowhere.mjs'), {
    clock: clock(),
  })
  assert.equal(result.outcome.verdict, 'failed')
  assert.match(result.attempts[0].error.message, /nowhere/)
})

test('whatever is thrown fails the pod and not the run', LIMIT, async () => {
  const bare = () => Object.create(null)
  const withoutName = () =>
    Object.defineProperty(new Error('x'), 'name', {
      get() {
        throw new Error('no name')
      },
    })
  const withoutText = () => ({
    toString() {
      throw new Error('no text')
    },
  })
  const wrongCode = () => Object.assign(new Exit(3), { code: 'three' })
  const makers = [bare, withoutName, withoutText, wrongCode, () => Symbol('s'), () => undefined]
  const job = indexed(makers.length, { backoffLimitPerIndex: 0, parallelism: makers.length })
  const thrown = makers.map((make) => make())
  const result = await run(
    job,
    async (ctx) => {
      throw thrown[ctx.index]
    },
    { clock: clock() },
  )
  assert.equal(result.outcome.verdict, 'failed')
  assert.deepEqual(
    result.indexes.map(({ attempts: [{ exitCode, error }], index }) => [
      exitCode,
      error === thrown[index],
    ]),
    makers.map(() => [1, true]),
  )

  const file = moduleOf(`
    const thrown = [
      Object.create(null),
      { get name() { throw new Error('no name') } },
      Object.assign(new Error('x'), { name: 'Exit', code: 'three' }),
      Symbol('s'),
      undefined,
    ]
    export default (ctx) => { throw thrown[ctx.index] }`)
  const five = indexed(5, { backoffLimitPerIndex: 0, parallelism: 5 })
  const threads = await run(five, new ThreadWorker(file), { clock: clock() })
  assert.deepEqual(
    threads.attempts.map(({ exitCode }) => exitCode),
    [1, 1, 1, 1, 1],
  )
})

test('a message is whole characters, and too long a one is cut', LIMIT, async () => {
  const messages = ['\ud800 alone', `${'x'.repeat(4088)}${'\u{1f600}'.repeat(9)}`]
  const result = await run(
    indexed(2, { backoffLimitPerIndex: 0 }),
    async (ctx) => {
      const message = messages[ctx.index]
      throw ctx.index === 0 ? new Disrupted(message) : new Error(message)
    },
    { clock: clock() },
  )
  assert.equal(result.outcome.verdict, 'failed')
  assert.deepEqual(
    result.attempts.map(({ error }) => error.message),
    messages,
  )
})

test('commands run with their exit codes and environment', async () => {
  const job = manifest(
    { completions: 2, completionMode: 'Indexed', backoffLimit: 0, parallelism: 1 },
    {
      command: ['sh', '-c', 'echo "$JOB_COMPLETION_INDEX $MINE"; exit $JOB_COMPLETION_INDEX'],
      env: [{ name: 'MINE', value: 'own' }],
    },
  )
  const result = await run(job, new Command(undefined, { capture: true }))
  assert.deepEqual(
    result.attempts.map((one) => [one.exitCode, one.value]),
    [
      [0, '0 own\n'],
      [1, '1 own\n'],
    ],
  )
  const missing = await run(manifest({ backoffLimit: 0 }), new Command(['/no/such/program']))
  assert.equal(missing.attempts[0].exitCode, 128)
  assert.equal(missing.attempts[0].error.code, 'ENOENT')
})

test('a container that nobody can start ends the run with the reason', LIMIT, async () => {
  const wrong = (error) => error instanceof JobsemError && error.code === 'UNSUPPORTED'
  await assert.rejects(
    run(manifest()),
    (error) => wrong(error) && /no `command`/.test(error.message),
  )
  const secret = { name: 'KEY', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }
  const unknown = manifest({}, { command: ['true'], env: [secret] })
  await assert.rejects(run(unknown), (error) => wrong(error) && /valueFrom/.test(error.message))
})

test('a command that ignores SIGTERM is killed', async () => {
  const job = manifest({ activeDeadlineSeconds: 1, template: { terminationGracePeriodSeconds: 1 } })
  const result = await run(
    job,
    new Command(['sh', '-c', 'trap "" TERM; while :; do sleep 0.1; done']),
    { clock: new Clock({ speed: 2 }) },
  )
  assert.deepEqual([result.outcome.reason, result.attempts[0].exitCode], ['DeadlineExceeded', 137])
})

const script = (text) => {
  const url = new URL('../index.mjs', import.meta.url).href
  return [
    '--input-type=module',
    '-e',
    `import * as jobsem from ${JSON.stringify(url)}
    const job = ${JSON.stringify(manifest())}
    ${text}`,
  ]
}
const ended = (child) =>
  new Promise((done) => child.on('exit', (code, signal) => done(signal ?? code)))

test('Ctrl-C ends the commands, and the process as always', LIMIT, async () => {
  const child = spawn(
    process.execPath,
    script(`
    await jobsem.run(job, new jobsem.Command(['sh', '-c', 'echo $$; exec sleep 1000']))`),
    { stdio: ['ignore', 'pipe', 'ignore'] },
  )
  const gone = once(child.stdout, 'close')
  const pid = Number(await new Promise((done) => child.stdout.once('data', done)))
  assert.ok(process.kill(pid, 0))
  child.kill('SIGINT')
  assert.equal(await ended(child), 'SIGINT')
  // The command has it open, too.
  await gone
})

test('a second Ctrl-C does not wait, and leaves no command behind', LIMIT, async () => {
  const child = spawn(
    process.execPath,
    script(`
    const deaf = 'trap "" TERM INT; echo $$; while :; do sleep 0.05; done'
    await jobsem.run(job, new jobsem.Command(['sh', '-c', deaf]), { cancelGraceSeconds: 1000 })`),
    { stdio: ['ignore', 'pipe', 'ignore'] },
  )
  const gone = once(child.stdout, 'close')
  const pid = Number(await new Promise((done) => child.stdout.once('data', done)))
  child.kill('SIGINT')
  await passes(200)
  assert.ok(process.kill(pid, 0))
  child.kill('SIGINT')
  assert.equal(await ended(child), 'SIGINT')
  await gone
})

test('nothing keeps the process alive afterwards', async () => {
  const child = spawn(
    process.execPath,
    script(`
    const control = new AbortController()
    const { signal } = control
    const five = async (ctx) => {
      void ctx.signal
      return 5
    }
    const result = await jobsem.run(job, five, { signal })
    if (result.values[0] !== 5) process.exit(1)
    const left = jobsem.run(job, () => new Promise(() => {}), { signal, cancelGraceSeconds: 0.1 })
    setTimeout(() => control.abort(), 50)
    await left.catch(() => {})
    console.log(process.getActiveResourcesInfo().filter((one) => !one.includes('Pipe')).join())`),
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  let said = ''
  child.stdout.on('data', (part) => {
    said += part
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), 20_000)
  assert.equal(await ended(child), 0)
  clearTimeout(timer)
  assert.equal(said.trim(), '')
})
