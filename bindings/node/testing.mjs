// `jobsem/testing` for `import`: the objects of `testing.cjs`, by literal names.
import testing from './testing.cjs'

export const { Pods, Sim, matchers, simulate } = testing
