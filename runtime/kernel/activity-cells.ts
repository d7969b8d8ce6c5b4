/**
 * The layout of the activity record: integers that a kernel writes and that a watchdog on another thread
 * reads at any time.
 */

/**
 * Changes with every message: a count above `ACTIVITY_LABEL_BITS` bits of label, which names actor type and
 * message type.
 */
export const ACTIVITY_MESSAGE = 0
/** The actor in work; -1 between slices of work. */
export const ACTIVITY_SLOT = 1
export const ACTIVITY_INCARNATION = 2
/** The last incarnation given out: a replacement of this kernel goes on counting there. */
export const ACTIVITY_LAST_INCARNATION = 3
export const ACTIVITY_CELLS = 4
export const ACTIVITY_LABEL_BITS = 12
