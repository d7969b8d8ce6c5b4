/**
 * A chart as inline SVG: curves over one axis each way, with a legend. Colours come from the page's style sheet, so that a
 * chart follows light and dark. Drawn twice, wide and narrow, as text in a scaled SVG would be too small to read on a phone.
 */
import type { Curve } from '../result.ts'
import { type Html, html } from './html.ts'
import { linearScale, percentileScale, type Scale, scaleFor } from './scale.ts'

interface Size {
  readonly name: string
  readonly width: number
  readonly height: number
}

interface Plot {
  readonly size: Size
  readonly x: Scale
  readonly y: Scale
}

const SIZES: readonly Size[] = [
  { name: 'wide', width: 520, height: 290 },
  { name: 'narrow', width: 340, height: 240 },
]
const MARGIN = { top: 26, right: 18, bottom: 42, left: 50 }
/** Of each point a mark is drawn when there are few. */
const MARKS_MAX = 40
const SERIES = 6
/** An axis of figures names so many at most; a narrow one has less room. */
const TICK_WIDTH = 46

const X_TITLES: Readonly<Record<Curve['x'], string>> = {
  percentile: 'percentile',
  connections: 'connections',
  members: 'members',
  users: 'users',
  s: 'seconds',
}

/** All curves must have the same x and unit. Curves without points are left out. */
export function chart(title: string, curves: readonly Curve[]): Html {
  const drawn = curves.filter(({ points }) => points.length > 0)
  const [first] = drawn
  if (first === undefined) return html``
  return html`<figure class="chart">
<figcaption>${title}</figcaption>
<ul class="legend">${drawn.length > 1 ? drawn.map(({ name }, i) => legendItem(name, i)) : undefined}</ul>
${SIZES.map((size) => svg(title, first, drawn, size))}
</figure>`
}

function legendItem(name: string, index: number): Html {
  const line = html`<svg width="22" height="10" aria-hidden="true"><line x1="0" y1="5" x2="22" y2="5" class="line s${index % SERIES}"/></svg>`
  return html`<li>${line}${name}</li>`
}

function svg(title: string, { x, unit }: Curve, curves: readonly Curve[], size: Size): Html {
  const xs = curves.flatMap(({ points }) => points.map(([at]) => at))
  const ys = curves.flatMap(({ points }) => points.map(([, value]) => value))
  const plot: Plot = { size, x: xScale(x, xs), y: scaleFor(ys, { fromZero: true }) }
  const { width, height } = size
  return html`<svg class="${size.name}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}: ${unit} over ${X_TITLES[x]}">
${yAxis(plot)}${xAxis(plot, x)}
<text class="axis" x="${MARGIN.left - 8}" y="11" text-anchor="end">${unit}</text>
<text class="axis" x="${(MARGIN.left + width - MARGIN.right) / 2}" y="${height - 6}" text-anchor="middle">${X_TITLES[x]}</text>
${curves.map((curve, i) => line(plot, curve, i))}
</svg>`
}

function xScale(x: Curve['x'], values: readonly number[]): Scale {
  if (x === 'percentile') return percentileScale(Math.max(...values))
  if (x === 's') return linearScale(Math.min(...values), Math.max(...values))
  return scaleFor(values, { fromZero: true })
}

function yAxis(plot: Plot): Html[] {
  const { width } = plot.size
  return plot.y.ticks.map(({ at, label }) => {
    const y = yOf(plot, at)
    return html`<line class="grid" x1="${MARGIN.left}" x2="${width - MARGIN.right}" y1="${y}" y2="${y}"/><text class="tick" x="${MARGIN.left - 8}" y="${y + 4}" text-anchor="end">${label}</text>`
  })
}

function xAxis(plot: Plot, x: Curve['x']): Html[] {
  const bottom = plot.size.height - MARGIN.bottom
  const ticks = withRoom(plot).map(({ at, label }) => {
    const left = xOf(plot, at)
    return html`<line class="grid" x1="${left}" x2="${left}" y1="${bottom}" y2="${bottom + 5}"/><text class="tick" x="${left}" y="${bottom + 18}" text-anchor="middle">${label}</text>`
  })
  const zero = x === 's' && plot.x.ticks.some(({ at }) => at < 0)
  if (!zero) return ticks
  const left = xOf(plot, 0)
  return [...ticks, html`<line class="zero" x1="${left}" x2="${left}" y1="${MARGIN.top}" y2="${bottom}"/>`]
}

/** Leaves out names that would run into each other. */
function withRoom(plot: Plot): Scale['ticks'] {
  let free = Number.NEGATIVE_INFINITY
  return plot.x.ticks.filter(({ at }) => {
    const left = xOf(plot, at)
    if (left < free) return false
    free = left + TICK_WIDTH
    return true
  })
}

function line(plot: Plot, { name, points, unit, x }: Curve, index: number): Html {
  const series = `s${index % SERIES}`
  const places = points.map(([at, value]) => [xOf(plot, at), yOf(plot, value)] as const)
  const path = places.map(([left, top], i) => `${i === 0 ? 'M' : 'L'}${left} ${top}`).join('')
  const marks = points.length > MARKS_MAX ? [] : places
  return html`<path class="line ${series}" d="${path}"/>${marks.map(([left, top], i) => {
    const [at, value] = points[i] as readonly [number, number]
    return html`<circle class="mark ${series}" cx="${left}" cy="${top}" r="2.6"><title>${name}: ${Number(value.toPrecision(3))} ${unit} at ${at}${x === 'percentile' ? '%' : ` ${x}`}</title></circle>`
  })}`
}

function xOf({ size, x }: Plot, value: number): number {
  return rounded(MARGIN.left + x.place(value) * (size.width - MARGIN.left - MARGIN.right))
}

function yOf({ size, y }: Plot, value: number): number {
  return rounded(size.height - MARGIN.bottom - y.place(value) * (size.height - MARGIN.top - MARGIN.bottom))
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10
}
