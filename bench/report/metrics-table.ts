/** The metrics of a result as a table: our figure, those of the peers with how many times better we are, the target. */
import { formatRatio, formatTarget, formatValue } from '../format.ts'
import type { Metric } from '../result.ts'
import { type Html, html } from './html.ts'

export function metricsTable(metrics: readonly Metric[]): Html {
  const peers = [...new Set(metrics.flatMap((metric) => Object.keys(metric.peers)))]
  const hasTargets = metrics.some(({ target }) => target !== undefined)
  return html`<table>
<thead><tr><th>metric</th><th class="number">ours</th>${peers.map((peer) => html`<th class="number">${peer}</th>`)}${hasTargets ? html`<th class="number">target</th>` : undefined}</tr></thead>
<tbody>${metrics.map((metric) => row(metric, peers, hasTargets))}</tbody>
</table>
${notes(metrics)}`
}

function row(metric: Metric, peers: readonly string[], hasTargets: boolean): Html {
  const { name, unit, value, target, better } = metric
  const goal =
    target === undefined
      ? html`<td class="number none"></td>`
      : html`<td class="number" data-label="target">${formatTarget(target, better).replace('>=', '≥').replace('<=', '≤')} ${verdict(metric)}</td>`
  return html`<tr>
<th scope="row"><span class="name">${breakable(name)}</span><span class="unit">${unit}, ${better} is better</span></th>
<td class="number ours" data-label="ours">${value === undefined ? '–' : formatValue(value)}${range(metric)}</td>
${peers.map((peer) => peerCell(metric, peer))}${hasTargets ? goal : undefined}
</tr>`
}

/** Names are long and have no spaces. */
function breakable(name: string): Html {
  return html`${name.split('_').map((part, i) => (i === 0 ? html`${part}` : html`_<wbr>${part}`))}`
}

/** Only where rounds differ. */
function range({ range: { ours } }: Metric): Html {
  if (ours === undefined || ours[0] === ours[1]) return html``
  return html`<span class="unit">${formatValue(ours[0])}–${formatValue(ours[1])}</span>`
}

function peerCell({ peers, ratio }: Metric, peer: string): Html {
  const value = peers[peer]
  const times = ratio[peer]
  if (value === undefined) return html`<td class="number none"></td>`
  const better =
    times === undefined
      ? html``
      : html`<span class="ratio ${times >= 1 ? 'won' : 'lost'}">${formatRatio(times).replace('x', '×')}</span>`
  return html`<td class="number" data-label="${peer}">${formatValue(value)}${better}</td>`
}

function verdict({ met }: Metric): Html {
  if (met === undefined) return html``
  return met ? html`<span class="badge met">met</span>` : html`<span class="badge missed">missed</span>`
}

/** Each reason once. */
function notes(metrics: readonly Metric[]): Html {
  const about = new Map<string, string[]>()
  for (const { name, note = {} } of metrics) {
    for (const [who, why] of Object.entries(note)) {
      const key = `${who}: ${why}`
      about.set(key, [...(about.get(key) ?? []), name])
    }
  }
  if (about.size === 0) return html``
  return html`<ul class="notes">${[...about].map(
    ([note, names]) =>
      html`<li>No figure of ${note}${names.length === metrics.length ? '' : ` (${names.join(', ')})`}</li>`,
  )}</ul>`
}
