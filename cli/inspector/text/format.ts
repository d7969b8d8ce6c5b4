/** Numbers as operators read them: short, with a unit, the same width for the same size. */

const MINUTE_S = 60
const HOUR_S = 3_600
const DAY_S = 86_400

/** `15,000` */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

/** `999`, `15.0k`, `1.2M`: at most 5 characters. */
export function short(value: number): string {
  return scaled(value, 1_000, ['', 'k', 'M', 'G', 'T', 'P'], 0)
}

/** `512 B`, `1.2 KiB`, `34 MiB` */
export function bytes(value: number): string {
  return scaled(value, 1_024, [' B', ' KiB', ' MiB', ' GiB', ' TiB', ' PiB'], 0)
}

/** `0.4 ms`, `85 ms`, `1.20 s`, `3m05s`, `2h07m`, `4d03h` */
export function duration(ms: number): string {
  if (!Number.isFinite(ms)) return '-'
  if (ms < 0) return `-${duration(-ms)}`
  if (ms === 0) return '0 ms'
  if (ms < 10) return `${ms.toFixed(1)} ms`
  if (ms < 999.5) return `${Math.round(ms)} ms`
  const seconds = ms / 1_000
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`
  return long(Math.round(seconds))
}

/** A time that only its size matters of: `5 s`, `3m05s`. */
export function age(ms: number): string {
  const seconds = Math.floor(Math.max(0, ms) / 1_000)
  return seconds < MINUTE_S ? `${seconds} s` : long(seconds)
}

/** `12%`, `0.4%`, `<0.1%` */
export function percent(share: number): string {
  if (!Number.isFinite(share)) return '-'
  const value = share * 100
  if (value > 0 && value < 0.05) return '<0.1%'
  return value === 0 || value >= 9.95 ? `${Math.round(value)}%` : `${value.toFixed(1)}%`
}

/** `14:03:09`, in the time zone of the reader. */
export function clock(atMs: number): string {
  return new Date(atMs).toLocaleTimeString('en-GB', { hour12: false })
}

/** `14:03:09.120` */
export function clockMs(atMs: number): string {
  return `${clock(atMs)}.${String(Math.floor(atMs) % 1_000).padStart(3, '0')}`
}

/** `2026-11-25 14:03:09`, in the time zone of the reader. */
export function date(atMs: number): string {
  return new Date(atMs).toLocaleString('sv-SE')
}

/** `1 session`, `2 sessions` */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`
}

function long(seconds: number): string {
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0')
  if (seconds < HOUR_S) return `${Math.floor(seconds / MINUTE_S)}m${two(seconds % MINUTE_S)}s`
  if (seconds < DAY_S) return `${Math.floor(seconds / HOUR_S)}h${two((seconds % HOUR_S) / MINUTE_S)}m`
  return `${Math.floor(seconds / DAY_S)}d${two((seconds % DAY_S) / HOUR_S)}h`
}

function scaled(value: number, step: number, units: readonly string[], unit: number): string {
  if (!Number.isFinite(value)) return '-'
  if (Math.abs(value) >= step - 0.5 && unit < units.length - 1)
    return scaled(value / step, step, units, unit + 1)
  const digits =
    unit === 0
      ? Number.isInteger(value)
        ? 0
        : Math.abs(value) < 10
          ? 1
          : 0
      : Math.abs(value) < 99.95
        ? 1
        : 0
  return `${value.toFixed(digits)}${units[unit]}`
}
