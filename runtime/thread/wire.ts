/**
 * The wire format between threads of one process: one tag byte, then what the tag says, little endian.
 *
 * An object is written as the number of its shape (its keys in order) and its values. Both ends of a ring
 * learn the shapes in the order in which frames define them: see `Shapes`.
 */

export const UNDEFINED = 0
export const NULL = 1
export const FALSE = 2
export const TRUE = 3
/** 4 bytes. */
export const INT32 = 4
/** 8 bytes. */
export const FLOAT64 = 5
/** A LATIN1 string: its decimal digits. */
export const BIGINT = 6
/** u32 length, then one byte for each character. */
export const LATIN1 = 7
/** u32 length, then two bytes for each UTF-16 unit, so that lone surrogates survive. */
export const UTF16 = 8
/** u32 length, then the elements. */
export const ARRAY = 9
/** u16 shape, then the values in the order of the keys. */
export const RECORD = 10
/** As RECORD, for an object without prototype. */
export const RECORD_NULL_PROTOTYPE = 11
/** 8 bytes: milliseconds since 1970, NaN for an invalid date. */
export const DATE = 12
/** u32 size, then keys and values in turn. */
export const MAP = 13
/** u32 size, then the members. */
export const SET = 14
/** u8 index into `BINARY_TYPES`, u32 length in bytes, the bytes. */
export const BINARY = 15
/** u16 thread, u32 slot, u32 incarnation. */
export const REF = 16
/** u16 thread, u32 call. */
export const REPLY_TO = 17
/** 0x40 to 0x7f: a LATIN1 string of 0 to 63 characters. */
export const SHORT_STRING = 0x40
/** 0x80 to 0xff: a whole number from 0 to 127. */
export const SMALL_INT = 0x80

export const SHORT_STRING_MAX = 63
export const SMALL_INT_MAX = 127
/** Arrays and objects inside one another. Cyclic structures end here too. */
export const DEPTH_MAX = 500
/** Shapes are numbered with 16 bits. */
export const SHAPE_ID_MAX = 0xffff

/** What a BINARY may be. The order is part of the format. */
export const BINARY_TYPES = [
  Uint8Array,
  Int8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  DataView,
] as const
/** Follow on the types above. */
export const BINARY_BUFFER = BINARY_TYPES.length
export const BINARY_ARRAY_BUFFER = BINARY_TYPES.length + 1
