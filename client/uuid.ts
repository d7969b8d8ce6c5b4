/** UUIDv7 (RFC 9562, section 5.7): 48 bits of milliseconds, then random bits; ids of one client sort by time. */

export function uuidV7(now: number, random: () => number): string {
  const time = Math.floor(now).toString(16).padStart(12, '0').slice(-12)
  const bits = (count: number) => Math.floor(random() * 2 ** count)
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0')
  const variant = hex(0x8000 | bits(14), 4)
  const tail = hex(bits(24), 6) + hex(bits(24), 6)
  return `${time.slice(0, 8)}-${time.slice(8)}-${hex(0x7000 | bits(12), 4)}-${variant}-${tail}`
}
