// Types of `jobsem`, for `import`.
export * from './index.cjs'
export type * from './index.cjs'
