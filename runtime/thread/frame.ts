/**
 * Frame: the unit of a ring: a header of words, then a payload in the wire format, padded to 8 bytes.
 */

/** Header words. */
export const FRAME_LENGTH = 0
/** A kind below, and `FRAME_RESTARTS` when the reader has to forget all shapes first. */
export const FRAME_KIND = 1
/** Where the payload's new shapes begin, in bytes from the frame's start; 0 for none. */
export const FRAME_SHAPES = 2
export const FRAME_TO_SLOT = 3
export const FRAME_TO_INCARNATION = 4
export const FRAME_FROM_SLOT = 5
/** 0 when the sender is no actor. */
export const FRAME_FROM_INCARNATION = 6
export const FRAME_HEADER_BYTES = 28

export const KIND_MASK = 0xff
export const FRAME_RESTARTS = 0x100

/** The message. */
export const KIND_MESSAGE = 1
/** The call's header, then the message. */
export const KIND_REQUEST = 2
export const KIND_SIGNAL = 3
/** A RuntimeEvent, for thread 0. */
export const KIND_EVENT = 4
/** No payload. Word 3: the writer's generation, word 4: the generation of the reader that it means. */
export const KIND_HELLO = 5
/**
 * No payload, from thread 0. Word 3: a thread, word 4: its next generation, word 5: 1 when it will not come
 * back.
 */
export const KIND_THREAD_DOWN = 6
