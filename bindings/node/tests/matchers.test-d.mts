// Compiled, and not run: the matchers of `jobsem/testing` as vitest and jest know them.
import { expect as jestExpect } from '@jest/globals'
import { expect } from 'vitest'

import { Pods, matchers, simulate, type JobMatchers } from 'jobsem/testing'

declare module 'vitest' {
  interface Matchers<T> extends JobMatchers<T> {}
}
declare module 'expect' {
  interface Matchers<R> extends JobMatchers<R> {}
}

const sim = simulate('kind: Job', new Pods().exits(1))
expect.extend(matchers)
expect(sim).toFail({ reason: 'BackoffLimitExceeded' })
expect(sim).not.toSucceed()
// @ts-expect-error there is no such option
expect(sim).toFail({ because: 'x' })
jestExpect.extend(matchers)
jestExpect(sim).toHaveCreatedPods(2, { index: 1 })
// @ts-expect-error a number is wanted
jestExpect(sim).toHaveCreatedPods('2')
