// How many calls got which answer, over time: drawn by uPlot, which is fetched for this alone, and again as a table.
import { html, useEffect, useRef, useState } from '../vendor/preact.js';
import { Card, Loading, ProblemNote, t, Table } from '../kit.js';
import { clockTime, dateTime, day, number } from '../format.js';
import { useResource } from '../lists.js';
import { withQuery } from '../http.js';

// Each has a colour, and a way of being drawn for who cannot tell colours.
const GROUPS = [
  { key: '302', has: (status) => status >= 300 && status < 400, colour: '--good', dash: [] },
  { key: '480', has: (status) => status === 480, colour: '--accent', dash: [8, 4] },
  { key: '404', has: (status) => status === 404, colour: '--warn', dash: [2, 3] },
  { key: '420', has: (status) => status === 420, colour: '--bad', dash: [10, 3, 2, 3] },
  { key: 'other', has: () => true, colour: '--quiet', dash: [4, 8] },
];
const nameOf = ({ key }) => (key === 'other' ? t('chart.other') : key);
const HOUR_MS = 3600000;
const HEIGHT = 180;

export function bucketFor(from, until) {
  const hours = (until - from) / HOUR_MS;
  return hours <= 3 ? 'minute' : hours <= 24 ? '5m' : hours <= 24 * 14 ? 'hour' : 'day';
}

function grouped({ starts_at: startsAt, calls, counts }) {
  const sums = Object.fromEntries(GROUPS.map(({ key }) => [key, 0]));
  for (const [status, count] of Object.entries(counts)) sums[GROUPS.find(({ has }) => has(Number(status))).key] += count;
  return { startsAt, calls, sums };
}

let plotter;
function fetchPlotter() {
  plotter ??= (() => {
    const sheet = document.createElement('link');
    sheet.rel = 'stylesheet';
    sheet.href = new URL('../vendor/uplot.css', import.meta.url).href;
    document.head.append(sheet);
    return import('../vendor/uplot.js').then((module) => module.default);
  })();
  return plotter;
}

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function optionsFor(width, onBrush) {
  const axis = { stroke: colour('--quiet'), grid: { stroke: colour('--line'), width: 1 }, ticks: { stroke: colour('--line') } };
  return {
    width, height: HEIGHT, legend: { show: false },
    cursor: { drag: { x: true, y: false, setScale: false } },
    scales: { y: { range: (_, low, high) => [0, Math.max(high, 4)] } },
    axes: [{ ...axis, values: (_, ticks) => ticks.map((at) => (new Date(at * 1000).getHours() + new Date(at * 1000).getMinutes() === 0
      ? day(at * 1000) : clockTime(at * 1000))) },
    { ...axis, size: 56, values: (_, ticks) => ticks.map((value) => (Number.isInteger(value) ? number(value) : '')) }],
    series: [{}, ...GROUPS.map((group) => ({ label: group.key, stroke: colour(group.colour), dash: group.dash, width: 2, points: { show: false } }))],
    hooks: { setSelect: [(plot) => {
      if (plot.select.width < 4) return;
      const [from, until] = [plot.select.left, plot.select.left + plot.select.width].map((left) => Math.round(plot.posToVal(left, 'x') * 1000));
      plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
      onBrush(from, until);
    }] },
  };
}

// Drawn anew when the colours change: by the system, or by the switch in the head of the page.
function useColours() {
  const [round, setRound] = useState(0);
  useEffect(() => {
    const draw = () => setRound((n) => n + 1);
    const system = matchMedia('(prefers-color-scheme: dark)');
    const chosen = new MutationObserver(draw);
    chosen.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    system.addEventListener('change', draw);
    return () => { chosen.disconnect(); system.removeEventListener('change', draw); };
  }, []);
  return round;
}

function Plot({ rows, onBrush, label }) {
  const box = useRef();
  const brush = useRef(onBrush);
  brush.current = onBrush;
  const colours = useColours();
  useEffect(() => {
    const room = box.current;
    let plot;
    let here = true;
    const fit = new ResizeObserver(() => plot?.setSize({ width: room.clientWidth, height: HEIGHT }));
    fetchPlotter().then((Plotter) => {
      if (!here) return;
      const columns = [rows.map(({ startsAt }) => Date.parse(startsAt) / 1000), ...GROUPS.map(({ key }) => rows.map(({ sums }) => sums[key]))];
      plot = new Plotter(optionsFor(room.clientWidth, (...span) => brush.current(...span)), columns, room);
      fit.observe(room);
    });
    return () => { here = false; fit.disconnect(); plot?.destroy(); };
  }, [rows, colours]);
  return html`<div class="chart" ref=${box} role="img" aria-label=${label}></div>`;
}

const Legend = ({ rows }) => html`<ul class="legend">${GROUPS.map((group) => html`<li key=${group.key}>
  <svg viewBox="0 0 28 4" width="28" height="4" aria-hidden="true"><line x1="0" y1="2" x2="28" y2="2" stroke=${`var(${group.colour})`} stroke-width="3" stroke-dasharray=${group.dash.join(' ')} /></svg>
  ${nameOf(group)}: ${number(rows.reduce((sum, { sums }) => sum + sums[group.key], 0))}</li>`)}</ul>`;

// from, until: Unix milliseconds; onBrush(from, until): a part of it is wanted. round: another number reads it again.
export function CallChart({ from, until, onBrush, round }) {
  const bucket = bucketFor(from, until);
  const { value, problem } = useResource(withQuery('/v1/redirect-logs/stats', {
    bucket, group_by: 'status', from: new Date(from).toISOString(), until: new Date(until).toISOString(),
  }));
  const [rows, setRows] = useState([]);
  useEffect(() => { if (value) setRows(value.items.map(grouped)); }, [value, round]);
  const columns = [
    { key: 'start', label: t('chart.start'), cell: ({ startsAt }) => dateTime(startsAt) },
    ...GROUPS.map((group) => ({ key: group.key, label: nameOf(group), kind: 'number', cell: ({ sums }) => number(sums[group.key]) })),
  ];
  const busy = rows.filter(({ calls }) => calls > 0).reverse();
  const label = value && t('chart.summary', { calls: value.calls, from: dateTime(value.from), until: dateTime(Math.min(Date.parse(value.until), until)) });
  return html`<${Card} title=${t('chart.title')}>
    <${ProblemNote} problem=${problem} />
    ${!value && !problem && html`<${Loading} />`}
    ${value && html`<p class="quiet">${label}. ${t('chart.about')}</p>
      <${Plot} rows=${rows} onBrush=${onBrush} label=${label} /><${Legend} rows=${rows} />
      <details><summary>${t('chart.table')}</summary>${busy.length === 0 ? html`<p class="empty">${t('chart.none')}</p>`
        : html`<${Table} caption=${t('chart.title')} columns=${columns} rows=${busy.slice(0, 200)} rowKey=${({ startsAt }) => startsAt} />`}</details>`}
  <//>`;
}
