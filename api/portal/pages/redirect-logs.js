// Calls as they are answered, and those of before: filters, a chart of the time looked at, and a row a call.
import { html, useMemo, useState } from '../vendor/preact.js';
import { ActionButton, Button, CopyButton, Empty, Loading, Note, Page, ProblemNote, SelectField, t, Table, TextField } from '../kit.js';
import { callerOf, REASONS, reasonText, StatusTag } from '../answers.js';
import { fromLocalInput, moment, toLocalInput, toUri } from '../format.js';
import { useList, useStill } from '../lists.js';
import { withQuery } from '../http.js';
import { href, setQuery } from '../router.js';
import { Address, Said } from '../said.js';
import { addTexts } from '../texts.js';
import texts from '../texts/redirect-logs.js';
import { HOURS, spanOf } from './log-span.js';
import { CallChart } from './redirect-log-chart.js';
import { useStream } from './redirect-log-stream.js';

addTexts(texts);

const METHODS = ['INVITE', 'OPTIONS', 'REGISTER', 'BYE', 'CANCEL', 'MESSAGE', 'SUBSCRIBE', 'NOTIFY'];
const FILTERS = ['address', 'status', 'source', 'call_id', 'method', 'reason'];
// What the stream of new records knows how to filter by; the others are looked at here.
const STREAMED = ['address', 'status', 'source', 'call_id'];
const isExact = (filters) => [filters.address, filters.call_id].some((text) => text && !text.includes('*'));

export const curlOf = (path) => `curl -H "Authorization: Bearer $TOKEN" '${location.origin}${path.replaceAll("'", '%27')}'`;

// "alice@example.com" is the address that it means; what has a * is looked for as it stands.
const searched = (filters) => ({ ...filters, address: filters.address && !filters.address.includes('*') ? toUri(filters.address) : filters.address });

function Filters({ values, set }) {
  const statuses = [['', t('logs.any')], ['300,301,302', t('logs.status_moved')], ['404,480,420', t('logs.status_refused')],
    ...['302', '404', '480', '420', '400', '401'].map((status) => [status, status])];
  const field = (name, more) => ({ label: t(`logs.${name}`), value: values[name] ?? '', onValue: (value) => set({ [name]: value }), ...more });
  const time = (name) => field(name, { type: 'datetime-local', value: values[name] ? toLocalInput(values[name]) : '', onValue: (local) => set({ [name]: fromLocalInput(local) }) });
  return html`<form role="search" onSubmit=${(event) => event.preventDefault()}>
    <div class="row"><${TextField} ...${field('address', { hint: t('logs.address_hint'), type: 'search', 'data-key': '/', autocapitalize: 'none', spellcheck: false })} />
      <${SelectField} ...${field('status', { options: statuses })} />
      <${SelectField} ...${field('when', { value: values.when || 'day', options: [...Object.keys(HOURS), 'span'].map((when) => [when, t(`logs.when_${when}`)]) })} />
      ${values.when === 'span' && html`<${TextField} ...${time('from')} /><${TextField} ...${time('until')} />`}</div>
    <details open=${Boolean(values.source || values.call_id || values.method || values.reason)}><summary>${t('logs.more_filters')}</summary>
      <div class="row"><${TextField} ...${field('source', { hint: t('logs.source_hint') })} />
        <${TextField} ...${field('call_id', { spellcheck: false })} />
        <${SelectField} ...${field('method', { options: [['', t('logs.any')], ...METHODS.map((method) => [method, method])] })} />
        <${SelectField} ...${field('reason', { options: [['', t('logs.any')], ...REASONS.map((reason) => [reason, reasonText(reason)])] })} /></div></details>
  </form>`;
}

const columns = () => [
  { key: 'time', label: t('logs.time'), kind: 'tight', cell: (row) => html`<a href=${href(`/redirect-logs/${row.id}`)}>${moment(row.received_at)}</a>` },
  { key: 'address', label: t('logs.address'), kind: 'wide', cell: (row) => html`<${Address} uri=${row.address || row.request_uri} />` },
  { key: 'status', label: t('logs.status'), cell: (row) => html`<${StatusTag} status=${row.status} /><div class="quiet">${reasonText(row.reason)}</div>` },
  { key: 'targets', label: t('logs.went_to'), kind: 'wide', cell: (row) => row.targets.map((target) => html`<div key=${target}><${Address} uri=${target} /></div>`) },
  { key: 'caller', label: t('logs.caller'), cell: (row) => html`<${Said} text=${callerOf(row.from)} />
    <div class="quiet">${row.method !== 'INVITE' && html`<${Said} text=${row.method} /> · `}${row.source}${row.user_agent && html` · <${Said} text=${row.user_agent} />`}</div>` },
];

// What may be done with the new calls as they come in.
function LiveBar({ stream, isLive, isPaused, setPaused, onReload }) {
  const words = !isLive ? t('logs.not_live') : isPaused ? t('logs.paused', { count: stream.waiting })
    : stream.state === 'open' ? t('logs.live') : t('logs.connecting');
  return html`<div class="row live"><p class="grow" role="status">${words}</p>
    ${isLive && html`<${Button} kind="plain small" aria-pressed=${isPaused} onClick=${() => setPaused(!isPaused)}>${isPaused ? t('logs.resume') : t('logs.pause')}<//>`}</div>
    ${stream.dropped > 0 && html`<${Note} kind="warn"><p>${t('logs.gap', { count: stream.dropped })}</p><${Button} kind="plain small" onClick=${onReload}>${t('logs.reload')}<//><//>`}`;
}

export function RedirectLogsPage({ query }) {
  const values = Object.fromEntries(query);
  const [round, setRound] = useState(0);
  const [isPaused, setPaused] = useState(false);
  const now = useMemo(() => Date.now(), [values.when, values.from, values.until, round]);
  const span = spanOf(values, now);
  const set = (changed) => setQuery({ ...values, ...changed });

  const filters = useStill(JSON.stringify(searched(Object.fromEntries(FILTERS.map((name) => [name, values[name]])))));
  const wanted = JSON.parse(filters);
  const needsFrom = values.when || !isExact(wanted);
  const parameters = { ...wanted, limit: 100,
    from: needsFrom ? new Date(span.from).toISOString() : undefined, until: span.isOpen ? undefined : new Date(span.until).toISOString() };
  const list = useList('/v1/redirect-logs', parameters);
  const reload = () => { stream.forget(); setRound((n) => n + 1); list.reload(); };
  const stream = useStream('/v1/redirect-logs/stream', Object.fromEntries(STREAMED.map((name) => [name, wanted[name]])),
    { isOn: span.isOpen, isPaused, onLost: () => list.reload() });

  const known = new Set(list.items.map(({ id }) => id));
  const fits = (row) => !known.has(row.id) && ['method', 'reason'].every((name) => !wanted[name] || row[name] === wanted[name]);
  const rows = [...stream.records.filter(fits), ...list.items];
  const isFiltered = query.size > 0;
  return html`<${Page} title=${t('logs.title')} actions=${html`<${CopyButton} label=${t('logs.curl')} text=${curlOf(withQuery('/v1/redirect-logs', parameters))} />
      <${ActionButton} kind="plain small" run=${async () => reload()}>${t('logs.reload')}<//>`}>
    <${Filters} values=${values} set=${set} />
    ${isFiltered && html`<p><${Button} kind="plain small" onClick=${() => setQuery({})}>${t('logs.clear')}<//></p>`}
    <${CallChart} from=${span.from} until=${span.until} onBrush=${(from, until) => set({ when: 'span', from: new Date(from).toISOString(), until: new Date(until).toISOString() })} />
    <${LiveBar} stream=${stream} isLive=${span.isOpen} isPaused=${isPaused} setPaused=${setPaused} onReload=${reload} />
    <${ProblemNote} problem=${list.problem} labels=${Object.fromEntries(FILTERS.map((name) => [name, t(`logs.${name}`)]))} />
    ${rows.length > 0 ? html`<${Table} caption=${t('logs.caption')} columns=${columns()} rows=${rows} />`
      : list.loading ? html`<${Loading} />` : !list.problem && html`<${Empty}>${t('logs.empty')}<//>`}
    ${list.more && html`<${ActionButton} run=${list.showMore}>${t('kit.more')}<//>`}
  <//>`;
}
