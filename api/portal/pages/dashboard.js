// How it goes: calls and what they were answered, moves, health. It reads itself again while it is looked at.
import { html, useEffect, useRef, useState } from '../vendor/preact.js';
import { Card, Facts, Loading, Note, Page, ProblemNote, t, Table, Tag } from '../kit.js';
import { clockTime, fromNow, moment, number, percent } from '../format.js';
import { useEvery } from '../lists.js';
import { get, withQuery } from '../http.js';
import { href } from '../router.js';
import { Address } from '../said.js';
import { may } from '../session.js';
import { addTexts, hasText } from '../texts.js';
import texts from '../texts/dashboard.js';

addTexts(texts);

const REFRESH_MS = 15000;
const NOW_MINUTES = 5;
// What reads every record of a day is read more seldom.
const TOP_EVERY = 8;
const KINDS = [['moved', [300, 301, 302]], ['480', [480]], ['404', [404]], ['420', [420]], ['other', null]];

const ago = (minutes) => new Date(Date.now() - minutes * 60000).toISOString();
const stats = (parameters) => get(withQuery('/v1/redirect-logs/stats', parameters)).then(({ body }) => body);
const moves = (state) => get(`/v1/moves?limit=1&count=exact&state=${state}`).then(({ body }) => body.total);

// "[+]disk ok", a line each; the answer is 503 where one failed, and still says which.
async function health() {
  const text = await get('/readyz?verbose', { headers: { accept: 'text/plain' } }).then((answer) => answer.text, (problem) => (problem.status === 503 ? problem.detail : Promise.reject(problem)));
  return [...text.matchAll(/^\[([+-])\](\w+)/gm)].map(([, sign, name]) => ({ name, isGood: sign === '+' }));
}

async function top() {
  const [addresses, sources] = await Promise.all(['address', 'source'].map((group) => stats({ group_by: group, limit: 5 })));
  return { addresses, sources };
}

async function read() {
  const [hour, day, active, scheduled, parts, nodes] = await Promise.all([
    stats({ bucket: 'minute', group_by: 'status', from: ago(60) }), stats({ bucket: 'hour', group_by: 'status', from: ago(24 * 60) }),
    moves('active'), moves('scheduled'), health(), get('/v1/nodes').then(({ body }) => body.items)]);
  return { hour, day, active, scheduled, parts, nodes, at: Date.now() };
}

// [{ key, calls }] of all buckets together.
function byKind({ items }) {
  const sums = Object.fromEntries(KINDS.map(([key]) => [key, 0]));
  for (const { counts } of items)
    for (const [status, calls] of Object.entries(counts)) sums[KINDS.find(([, of]) => !of || of.includes(Number(status)))[0]] += calls;
  return sums;
}

// The last whole minutes; the one under way is not over yet.
const rateOf = ({ items }) => items.slice(-1 - NOW_MINUTES, -1).reduce((sum, { calls }) => sum + calls, 0) / NOW_MINUTES;
const totalText = ({ count, more }) => (more ? t('dashboard.at_least', { count: number(count) }) : number(count));

function Calls({ hour, day }) {
  const [ofHour, ofDay] = [byKind(hour), byKind(day)];
  const share = (calls, whole) => t('dashboard.count_share', { calls, share: percent(calls, whole) });
  const cell = (key, calls, whole) => (key === 'all' ? number(calls) : share(calls, whole));
  const rows = [...KINDS.map(([key]) => ({ key, hour: ofHour[key], day: ofDay[key] })), { key: 'all', hour: hour.calls, day: day.calls }];
  return html`<${Card} title=${t('dashboard.calls')}>
    <p><span class="figure">${t('dashboard.rate', { rate: number(rateOf(hour), { maximumFractionDigits: 1 }) })}</span> <span class="quiet">${t('dashboard.now')}</span></p>
    <${Table} caption=${t('dashboard.calls')} rows=${rows} rowKey=${({ key }) => key} columns=${[
      { key: 'answer', label: t('dashboard.answer'), kind: 'wide', cell: ({ key }) => t(key === 'all' ? 'dashboard.all' : `dashboard.${key}`) },
      { key: 'hour', label: t('dashboard.last_hour'), kind: 'number', cell: (row) => cell(row.key, row.hour, hour.calls) },
      { key: 'day', label: t('dashboard.last_day'), kind: 'number', cell: (row) => cell(row.key, row.day, day.calls) }]} /><//>`;
}

const nameOfPart = (name) => (hasText(`dashboard.part.${name}`) ? t(`dashboard.part.${name}`) : name);

function Health({ parts, nodes }) {
  const isGood = parts.every((part) => part.isGood);
  return html`<${Card} title=${t('dashboard.health')} kind=${isGood ? 'good' : 'warn'}>
    <p class="state"><${Tag} kind=${isGood ? 'good' : 'bad'}>${t(isGood ? 'dashboard.healthy' : 'dashboard.unhealthy')}<//></p>
    ${nodes.some(({ draining }) => draining) && html`<${Note} kind="warn"><p>${t('dashboard.draining')}</p><//>`}
    ${!isGood && html`<${Facts} of=${parts.map(({ name, isGood: works }) => [nameOfPart(name),
      html`<${Tag} kind=${works ? 'good' : 'bad'}>${t(works ? 'dashboard.part_ok' : 'dashboard.part_failed')}<//>`])} />`}
    ${nodes.map((node) => html`<${Facts} key=${node.id} of=${[
      [t('dashboard.version'), node.version], [t('dashboard.since'), `${moment(node.started_at)} (${fromNow(node.started_at)})`],
      [t('dashboard.listens'), node.listeners.map((one) => html`<div key=${one}>${one}</div>`)],
      [t('dashboard.dropped'), node.redirect_log.dropped > 0 ? html`<${Tag} kind="warn">${number(node.redirect_log.dropped)}<//>` : '0'],
      [t('dashboard.broken'), node.redirect_log.broken_segments > 0 ? html`<${Tag} kind="bad">${number(node.redirect_log.broken_segments)}<//>` : undefined],
    ]} />`)}<//>`;
}

function Top({ title, list, member, label }) {
  const search = (row) => withQuery('/redirect-logs', { [member]: row[member] });
  return html`<${Card} title=${title}>${list.items.length === 0 ? html`<p class="empty">${t('dashboard.none')}</p>`
    : html`<${Table} caption=${title} rows=${list.items} rowKey=${(row) => row[member]} columns=${[
      { key: 'who', label, cell: (row) => (row[member] ? html`<a href=${href(search(row))}><${Address} uri=${row[member]} /></a>` : '–') },
      { key: 'calls', label: t('dashboard.count'), kind: 'number', cell: (row) => number(row.calls) }]} />`}<//>`;
}

// { value, problem }; what was read stays in sight while the next is read, and if that fails.
function useReading() {
  const [state, setState] = useState({});
  const round = useRef(0);
  const busy = useRef(false);
  const refresh = async () => {
    if (busy.current) return;
    busy.current = true;
    try {
      const wantsTop = round.current++ % TOP_EVERY === 0;
      const [value, ranks] = await Promise.all([read(), wantsTop ? top() : undefined]);
      setState((before) => ({ value: { ...value, top: ranks ?? before.value.top } }));
    } catch (problem) { setState((before) => ({ ...before, problem })); } finally { busy.current = false; }
  };
  useEffect(() => { refresh(); }, []);
  useEvery(REFRESH_MS, refresh);
  return state;
}

export function DashboardPage() {
  const { value, problem } = useReading();
  const isEmpty = value && value.day.calls === 0 && value.active.count + value.scheduled.count === 0;
  return html`<${Page} title=${t('dashboard.title')}>
    <${ProblemNote} problem=${problem} />
    ${!value ? !problem && html`<${Loading} />` : html`
      ${isEmpty && may('system:admin') && html`<${Note}><p>${t('dashboard.empty')}</p><a class="button primary" href=${href('/welcome')}>${t('dashboard.begin')}</a><//>`}
      <div class="grid pair"><${Calls} hour=${value.hour} day=${value.day} />
        <div><${Card} title=${t('dashboard.moves')}><p class="figure"><a href=${href('/moves?state=active')}>${totalText(value.active)}</a></p>
          <p class="quiet">${t('dashboard.scheduled', { count: value.scheduled.count })}</p><//>
          <${Health} parts=${value.parts} nodes=${value.nodes} /></div>
        ${value.top && html`<${Top} title=${t('dashboard.top_addresses')} list=${value.top.addresses} member="address" label=${t('dashboard.address')} />
          <${Top} title=${t('dashboard.top_sources')} list=${value.top.sources} member="source" label=${t('dashboard.source')} />`}</div>
      <p class="quiet">${t('dashboard.updated', { at: clockTime(value.at) })}</p>`}
  <//>`;
}
