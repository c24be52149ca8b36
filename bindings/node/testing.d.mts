// Types of `jobsem/testing`, for `import`.
export * from './testing.cjs'
export type * from './testing.cjs'
