/** The style sheet of the report. Light and dark follow the reader's system. */
import { Html } from './html.ts'

export const STYLE = new Html(`
:root {
  --page: #f6f7f9; --card: #ffffff; --ink: #1a1d23; --soft: #5c6470; --faint: #e3e6eb; --accent: #2f5bd7;
  --good: #14713d; --good-back: #e2f5e9; --bad: #a3341d; --bad-back: #fdebe5;
  --s0: #2f5bd7; --s1: #d9631e; --s2: #15855b; --s3: #9a3fb5; --s4: #b08a00; --s5: #5c6470;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #121419; --card: #1b1e25; --ink: #e8eaee; --soft: #9aa3b0; --faint: #2e333d; --accent: #86a5ff;
    --good: #6fd79b; --good-back: #16311f; --bad: #ff9b80; --bad-back: #3a1d15;
    --s0: #86a5ff; --s1: #ff9c61; --s2: #55d19d; --s3: #d58bec; --s4: #e4c04a; --s5: #9aa3b0;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
header, nav, main, footer { max-width: 1120px; margin: 0 auto; padding: 0 24px; }
header { padding-top: 48px; }
h1 { margin: 0; font-size: 32px; line-height: 1.2; letter-spacing: -0.02em; }
h2 { margin: 0; font-size: 21px; letter-spacing: -0.01em; }
.lead { margin: 10px 0 4px; max-width: 68ch; color: var(--soft); font-size: 16px; }
.machine, .facts { margin: 4px 0; color: var(--soft); font-size: 13px; }
nav { display: grid; grid-template-columns: repeat(auto-fill, minmax(200px, 1fr)); gap: 12px; margin-top: 28px; }
nav a { display: flex; flex-direction: column; align-items: flex-start; gap: 2px; padding: 14px 16px; border: 1px solid var(--faint); border-radius: 10px; background: var(--card); color: inherit; text-decoration: none; }
nav a:hover, nav a:focus-visible { border-color: var(--accent); }
.scenario { font-weight: 600; color: var(--accent); }
.figure { font-size: 22px; font-weight: 650; letter-spacing: -0.01em; font-variant-numeric: tabular-nums; }
.figure small { font-size: 13px; font-weight: 400; color: var(--soft); letter-spacing: 0; }
.label { color: var(--soft); font-size: 13px; }
nav .badge { margin: 8px 0 0; }
section { margin-top: 24px; padding: 24px; border: 1px solid var(--faint); border-radius: 12px; background: var(--card); scroll-margin-top: 16px; }
.stopped { margin: 6px 0 0; padding: 8px 12px; border-left: 3px solid var(--accent); background: var(--page); font-size: 14px; }
table { width: 100%; margin-top: 18px; border-collapse: collapse; }
thead th { padding: 0 0 8px 16px; color: var(--soft); font-size: 12px; font-weight: 600; text-align: left; }
tbody tr { border-top: 1px solid var(--faint); }
tbody th, td { padding: 9px 0 9px 16px; vertical-align: top; text-align: left; font-weight: 400; }
table th:first-child { padding-left: 0; }
.number { text-align: right !important; font-variant-numeric: tabular-nums; white-space: nowrap; }
.name { display: block; font: 13.5px/1.6 ui-monospace, "SF Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.unit, .ratio { display: block; color: var(--soft); font-size: 12px; }
thead .number, td.number { width: 150px; }
.ours { font-weight: 650; }
.ours .unit { font-weight: 400; }
.won { color: var(--good); }
.lost { color: var(--bad); }
.badge { display: inline-block; margin-left: 6px; padding: 1px 8px; border-radius: 99px; font-size: 12px; font-weight: 600; white-space: nowrap; }
.met { background: var(--good-back); color: var(--good); }
.missed { background: var(--bad-back); color: var(--bad); }
.notes { margin: 12px 0 0; padding-left: 18px; color: var(--soft); font-size: 13px; overflow-wrap: anywhere; }
.charts { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 28px 24px; margin-top: 24px; }
.charts:empty { display: none; }
.chart { margin: 0; min-width: 0; }
figcaption { font-weight: 600; font-size: 14px; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 16px; min-height: 22px; margin: 2px 0 4px; padding: 0; list-style: none; color: var(--soft); font-size: 13px; }
.legend svg { margin-right: 6px; vertical-align: middle; }
.chart > svg { display: block; width: 100%; height: auto; }
.narrow { display: none !important; }
.grid { stroke: var(--faint); stroke-width: 1; }
.zero { stroke: var(--bad); stroke-width: 1; stroke-dasharray: 3 3; }
.tick, .axis { fill: var(--soft); font-size: 11.5px; }
.axis { font-weight: 600; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; }
.mark { stroke: var(--card); stroke-width: 1; }
.line.s0 { stroke: var(--s0); } .line.s1 { stroke: var(--s1); } .line.s2 { stroke: var(--s2); }
.line.s3 { stroke: var(--s3); } .line.s4 { stroke: var(--s4); } .line.s5 { stroke: var(--s5); }
.mark.s0 { fill: var(--s0); } .mark.s1 { fill: var(--s1); } .mark.s2 { fill: var(--s2); }
.mark.s3 { fill: var(--s3); } .mark.s4 { fill: var(--s4); } .mark.s5 { fill: var(--s5); }
.line.s1 { stroke-dasharray: 7 3; } .line.s2 { stroke-dasharray: 2 3; } .line.s4 { stroke-dasharray: 9 3 2 3; }
footer { padding-top: 24px; padding-bottom: 48px; color: var(--soft); font-size: 13px; }
footer p { max-width: 76ch; }
@media (max-width: 760px) {
  header, nav, main, footer { padding-left: 14px; padding-right: 14px; }
  header { padding-top: 28px; }
  h1 { font-size: 26px; }
  nav { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 8px; }
  nav a { padding: 10px 12px; }
  .figure { font-size: 18px; }
  section { padding: 16px 14px; margin-top: 14px; }
  .charts { grid-template-columns: minmax(0, 1fr); }
  .wide { display: none !important; }
  .narrow { display: block !important; }
  thead { display: none; }
  table, tbody { display: block; }
  tbody tr { display: grid; grid-template-columns: repeat(auto-fill, minmax(92px, 1fr)); gap: 4px 12px; padding: 10px 0; }
  tbody th { grid-column: 1 / -1; }
  tbody th, td { display: block; padding: 0; }
  .number { width: auto !important; text-align: left !important; white-space: normal; }
  .none { display: none; }
  td::before { content: attr(data-label); display: block; color: var(--soft); font-size: 12px; font-weight: 400; }
  td .badge { margin-left: 0; }
}
@media print {
  body { background: #fff; }
  section, .chart { break-inside: avoid; }
}
`)
