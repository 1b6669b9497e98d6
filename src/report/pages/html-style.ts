// The report's style sheet: one column, quiet colours, light and dark. Plot colours are chosen to stay apart for
// colour-blind readers (after Okabe and Ito).

export const styleSheet = `
:root {
  color-scheme: light dark;
  --paper: #fdfdfb; --card: #ffffff; --ink: #1d2126; --ink-soft: #4b535d; --ink-faint: #737c87;
  --rule: #d5d9de; --rule-faint: #eceef0; --accent: #0b62a3; --tint: #f1f6fa; --shade: #1d212638;
  --series-1: #1d2126; --series-2: #0072b2; --series-3: #d55e00; --series-4: #009e73;
  --series-5: #cc79a7; --series-6: #b58900; --series-7: #56b4e9; --series-8: #7a5195;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171a; --card: #1a1e22; --ink: #e8eaec; --ink-soft: #b7bec6; --ink-faint: #8c96a1;
    --rule: #3a4149; --rule-faint: #262b31; --accent: #6cb6f0; --tint: #1b2732; --shade: #000000a8;
    --series-1: #e8eaec; --series-2: #4ba3e3; --series-3: #f0813a; --series-4: #2fc39a;
    --series-5: #e49bc4; --series-6: #e0b83c; --series-7: #8fd0f5; --series-8: #b08fd0;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
}
main { max-width: 68rem; margin: 0 auto; padding: 3.5rem 1.5rem 5rem; }
header { margin-bottom: 2.25rem; }
.kicker { margin: 0; color: var(--ink-faint); font-size: .8rem; letter-spacing: .08em; text-transform: uppercase; }
h1 { margin: .15rem 0 .4rem; font-size: clamp(1.8rem, 4vw, 2.5rem); line-height: 1.15; font-weight: 650; letter-spacing: -.02em; }
.lead { margin: 0; max-width: 46rem; color: var(--ink-soft); font-size: 1.08rem; }
.story { margin: .9rem 0 0; padding-left: .9rem; border-left: 3px solid var(--accent); }
section { margin-top: 3rem; }
h2 { margin: 0 0 .9rem; font-size: 1.22rem; font-weight: 640; letter-spacing: -.01em; }
h3 { margin: 0 0 .5rem; font-size: .95rem; font-weight: 620; }
p { max-width: 46rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: 1px; margin: 0;
  background: var(--rule-faint); border: 1px solid var(--rule-faint); border-radius: .6rem; overflow: hidden; }
.facts div { background: var(--card); padding: .85rem 1rem; }
.facts dt { color: var(--ink-faint); font-size: .78rem; }
.facts dd { margin: .1rem 0 0; font-size: 1.35rem; font-weight: 620; letter-spacing: -.01em; font-variant-numeric: tabular-nums; }
.facts dd small { display: block; color: var(--ink-faint); font-size: .78rem; font-weight: 400; letter-spacing: 0; }
/* A shadow where more of a wide table lies beside what is seen. */
.scroll { overflow-x: auto; background:
  linear-gradient(to right, var(--paper) 30%, transparent) 0 0 / 2.5rem 100%,
  linear-gradient(to left, var(--paper) 30%, transparent) 100% 0 / 2.5rem 100%,
  linear-gradient(to right, var(--shade), transparent) 0 0 / .9rem 100%,
  linear-gradient(to left, var(--shade), transparent) 100% 0 / .9rem 100%;
  background-repeat: no-repeat; background-attachment: local, local, scroll, scroll; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; font-variant-numeric: tabular-nums;
  border-top: 2px solid var(--ink); border-bottom: 2px solid var(--ink); }
th, td { padding: .48rem .6rem; white-space: nowrap; text-align: left; font-weight: 400; }
th:first-child, td:first-child { padding-left: .25rem; }
thead th { white-space: normal; vertical-align: bottom; line-height: 1.3; color: var(--ink-soft); font-size: .82rem; font-weight: 600; border-bottom: 1px solid var(--ink-faint); }
tbody tr + tr > * { border-top: 1px solid var(--rule-faint); }
tbody th { font-weight: 560; }
thead th:first-child, tbody th { position: sticky; left: 0; background: var(--paper); }
tbody tr:has(.best), tbody tr:has(.best) th { background: var(--tint); }
table.narrow { max-width: 40rem; }
.right { text-align: right; } .center { text-align: center; }
.aside, .absent { color: var(--ink-faint); } .aside { font-size: .85em; }
strong { font-weight: 700; }
sup { margin-left: .12em; color: var(--accent); font-size: .68em; line-height: 0; }
.notes { margin: .9rem 0 0; padding: 0; list-style: none; color: var(--ink-soft); font-size: .82rem; line-height: 1.5; }
.notes li + li { margin-top: .3rem; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 27rem), 1fr)); gap: 1.5rem; }
figure { margin: 0; min-width: 0; }
.wide { grid-column: 1 / -1; }
.panel { padding: 1rem; background: var(--card); border: 1px solid var(--rule-faint); border-radius: .6rem; }
figure svg, .panel img { display: block; width: 100%; height: auto; }
.timed { max-width: 44rem; } .timed object { display: block; width: 100%; }
figcaption { margin-top: .55rem; color: var(--ink-faint); font-size: .82rem; line-height: 1.45; }
figcaption b { color: var(--ink); font-weight: 600; }
.grids { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 19rem), 1fr)); gap: 1.5rem; }
.grids.large { grid-template-columns: minmax(0, 1fr); }
.grids img { display: block; width: 100%; height: auto; image-rendering: pixelated; border-radius: .4rem; outline: 1px solid var(--rule-faint); }
.list { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.25rem; margin: 0; font-size: .88rem; }
.list dt { color: var(--ink-faint); } .list dd { margin: 0; overflow-wrap: anywhere; }
code, pre { font: .84em/1.55 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
details { border-top: 1px solid var(--rule-faint); padding: .7rem 0; }
details:last-of-type { border-bottom: 1px solid var(--rule-faint); }
summary { cursor: pointer; font-weight: 560; }
pre { margin: .7rem 0 .2rem; padding: 1rem; overflow-x: auto; background: var(--card); border: 1px solid var(--rule-faint); border-radius: .5rem; }
details .scroll { margin-top: .7rem; }
footer { margin-top: 3.5rem; color: var(--ink-faint); font-size: .82rem; }
@media (max-width: 34rem) {
  main { padding: 2rem 1rem 3rem; }
  .list { grid-template-columns: 1fr; gap: 0; } .list dd { margin-bottom: .5rem; }
  .panel svg text { font-size: 19px !important; }
  .panel.wide { overflow-x: auto; } .panel.wide svg { min-width: 44rem; } .panel.wide svg text { font-size: 16px !important; }
}
@media print {
  main { max-width: none; padding: 0; } section, figure { break-inside: avoid; } details > * { display: block; }
}
`;
