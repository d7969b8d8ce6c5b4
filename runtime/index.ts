/**
 * guildhall/runtime: actors, supervisors and scheduler threads for Node. What it promises stands in
 * SEMANTICS.md.
 */

export * from './actor/index.ts'
export * from './inspect/index.ts'
export * from './supervisor/index.ts'
export * from './thread/index.ts'
