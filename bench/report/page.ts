/**
 * The report: one HTML page from results, with everything in it. Nothing is loaded from elsewhere and nothing runs in it, so it can be
 * mailed, committed and opened without a network.
 */
import { formatValue } from '../format.ts'
import type { Curve, Metric, Result } from '../result.ts'
import { chart } from './chart.ts'
import { type Html, html } from './html.ts'
import { metricsTable } from './metrics-table.ts'
import { STYLE } from './style.ts'

export function reportPage(results: readonly Result[]): string {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Guildhall bench</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>Guildhall bench</h1>
<p class="lead">What one box does with connections and messages. Ratios hold within a run; absolute figures are those of this machine on that day.</p>
${machines(results)}
</header>
<nav>${results.map(overview)}</nav>
<main>${results.map(section)}</main>
<footer>
<p><b>How to read it.</b> × says how many times better we are than the peer beside it: above 1 we win, also where less is better. Latencies count
from when a message was due, so a stall cannot hide. Curves over percentiles give each further nine the same room. An empty cell was not measured.</p>
</footer>
</body>
</html>
`
  return page.text
}

/** One line when all were measured on one machine. */
function machines(results: readonly Result[]): Html {
  const lines = new Set(
    results.map(({ machine: { cpu, cores, memoryBytes, kernel, node } }) =>
      [cpu, `${cores} cores`, `${(memoryBytes / 2 ** 30).toFixed(0)} GiB`, kernel, `node ${node}`].join(
        ' · ',
      ),
    ),
  )
  return html`${[...lines].map((line) => html`<p class="machine">${line}</p>`)}`
}

/** What a scenario is about: its first metric, and how many of its targets were met. */
function overview(result: Result): Html {
  const [headline] = result.metrics
  return html`<a href="#${result.scenario}">
<span class="scenario">${result.scenario}</span>
${headline === undefined ? undefined : headlineOf(headline)}
${targetsOf(result.metrics)}
</a>`
}

function headlineOf({ name, unit, value }: Metric): Html {
  const label = name.replace(/_(per_s|ms|s|mb)$/, '').replaceAll('_', ' ')
  const figure = value === undefined ? '–' : formatValue(value)
  return html`<span class="figure">${figure} <small>${unit}</small></span><span class="label">${label}</span>`
}

function targetsOf(metrics: readonly Metric[]): Html {
  const judged = metrics.filter(({ met }) => met !== undefined)
  const met = judged.filter((metric) => metric.met === true).length
  if (judged.length === 0) return html``
  const kind = met === judged.length ? 'met' : 'missed'
  return html`<span class="badge ${kind}">${met} of ${judged.length} targets met</span>`
}

function section(result: Result): Html {
  return html`<section id="${result.scenario}">
<h2>${result.scenario}</h2>
${facts(result)}
${metricsTable(result.metrics)}
<div class="charts">${chartsOf(result.curves ?? [])}</div>
</section>`
}

function facts({ commit, measuredAt, parameters, stoppedBy, machine }: Result): Html {
  const [hash = '', dirty] = commit.split('-')
  const commitText = `commit ${hash.slice(0, 10)}${dirty === undefined ? '' : ' with changes'}`
  const words = [
    commitText,
    ...(measuredAt === undefined ? [] : [measuredAt.slice(0, 16).replace('T', ' ')]),
    ...(parameters.seed === undefined ? [] : [`seed ${parameters.seed}`]),
    ...(machine.otp === undefined ? [] : [`OTP ${machine.otp}`]),
  ]
  const quick =
    parameters.quick === true ? html`<span class="badge missed">quick: not to quote</span>` : undefined
  return html`<p class="facts">${words.join(' · ')} ${quick}</p>
${stoppedBy === 'completed' ? undefined : html`<p class="stopped"><b>Stopped by</b> ${stoppedBy}</p>`}`
}

/** Curves of one name are one chart, in the order in which they came. */
function chartsOf(curves: readonly Curve[]): Html[] {
  const byChart = Map.groupBy(curves, (curve) => curve.chart)
  return [...byChart].map(([title, together]) => chart(title, together))
}
