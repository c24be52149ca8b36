const { Pods, matchers, simulate } = require('../../testing.cjs')

expect.extend(matchers)
const job = {
  metadata: { name: 'work' },
  spec: {
    backoffLimit: 1,
    template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'none' }] } },
  },
}

test('the matchers work in jest', () => {
  const sim = simulate(job, new Pods().exits(1, { times: 2 }))
  expect(sim).toFail({ reason: 'BackoffLimitExceeded' })
  expect(sim).toHaveCounts({ failed: 2 })
  expect(sim).not.toSucceed()
  expect(() => expect(sim).toSucceed()).toThrow(
    /the Job is failed[^]*event Warning BackoffLimitExceeded/,
  )
})
