// Many moves at once: a file or pasted text, a look at what would become of it, then the import.
import { html, useRef, useState } from '../vendor/preact.js';
import { Button, Card, Choice, faultAt, Field, Note, Page, ProblemNote, SelectField, t, Table, TextArea, TextField, toast } from '../kit.js';
import { bytes, deviceZone, moment, number, toUri, visible } from '../format.js';
import { Problem, request, withQuery } from '../http.js';
import { useList } from '../lists.js';
import { ListOf, useSubmit } from '../objects.js';
import { href } from '../router.js';
import { addTexts } from '../texts.js';
import texts from '../texts/move-imports.js';
import { ZoneField } from '../zone-field.js';

addTexts(texts);

const TYPES = { csv: 'text/csv', ndjson: 'application/x-ndjson', json: 'application/json', ics: 'text/calendar' };
// How formats are called where not by their ending.
const NAMES = { ics: 'iCalendar' };
const COUNTS = ['rows', 'created', 'updated', 'unchanged', 'skipped', 'failed'];
const EXAMPLE = 'address,target_1,starts_at,ends_at,time_zone,note';
// Of errors that the table shows.
const SHOWN_MAX = 100;

// By its name, else by how it begins.
export function formatOf(name, text) {
  const ending = name.toLowerCase().split('.').pop();
  if (TYPES[ending]) return ending;
  if (ending === 'jsonl') return 'ndjson';
  const begin = text.replace(/^\ufeff/, '').trimStart();
  if (/^BEGIN:VCALENDAR/i.test(begin)) return 'ics';
  if (begin.startsWith('[')) return 'json';
  if (!begin.startsWith('{')) return 'csv';
  try { JSON.parse(begin.split('\n', 1)[0]); return 'ndjson'; } catch { return 'json'; }
}

// What the API found: counts and errors, of a refusal (422) as well.
function resultOf(thrown) {
  if (thrown instanceof Problem && thrown.code === 'IMPORT_REFUSED') return { ...thrown.body, isRefused: true };
  throw thrown;
}

// What a calendar does not say: whose it is, where to, in which zone.
const saidFor = ({ format, address, target, zone }) => (format === 'ics'
  ? { address: address && toUri(address), target: target && toUri(target), time_zone: zone } : {});

const send = (source, { mode, on_conflict: onConflict, dry_run: dryRun }) => request('POST',
  withQuery('/v1/move-imports', { mode, on_conflict: onConflict, dry_run: dryRun, ...saidFor(source) }), { body: source.text, type: TYPES[source.format], isOnce: true })
  .then(({ body }) => body, resultOf);

const errorColumns = () => [
  { key: 'row', label: t('imports.row'), kind: 'number', cell: ({ row }) => number(row) },
  { key: 'line', label: t('imports.line'), kind: 'number', cell: ({ line }) => number(line) },
  { key: 'column', label: t('imports.column'), cell: ({ column, pointer }) => html`<bdi>${visible(column ?? pointer ?? '–')}</bdi>` },
  { key: 'what', label: t('imports.what'), cell: ({ detail }) => visible(detail) },
];

function Result({ of, title }) {
  const errors = of.errors ?? [];
  return html`<${Card} title=${title} kind=${of.failed || of.isRefused ? 'warn' : 'good'}>
    ${of.isRefused && html`<p><strong>${t('imports.refused')}</strong></p>`}
    <dl class="counts">${COUNTS.map((name) => html`<div key=${name}><dt>${t(`imports.${name}`)}</dt><dd>${number(of[name] ?? 0)}</dd></div>`)}</dl>
    ${errors.length > 0 && html`<h3>${t('imports.errors', { count: of.error_count })}</h3>
      <${Table} caption=${t('imports.errors', { count: of.error_count })} columns=${errorColumns()} rows=${errors.slice(0, SHOWN_MAX).map((error, id) => ({ id, ...error }))} />
      ${of.error_count > SHOWN_MAX && html`<p class="quiet">${t('imports.errors_more', { count: SHOWN_MAX })}</p>`}`}<//>`;
}

function CalendarFields({ source, onSource, problem }) {
  const set = (name) => (value) => onSource({ ...source, [name]: value });
  return html`<div class="row even">
    <${TextField} label=${t('imports.address')} hint=${t('imports.address_hint')} value=${source.address} onValue=${set('address')} error=${faultAt(problem, 'address')} autocapitalize="none" spellcheck=${false} />
    <${TextField} label=${t('imports.target')} hint=${t('imports.target_hint')} value=${source.target} onValue=${set('target')} error=${faultAt(problem, 'target')} autocapitalize="none" spellcheck=${false} />
    <${ZoneField} hint=${t('imports.zone_hint')} value=${source.zone} onValue=${set('zone')} error=${faultAt(problem, 'time_zone')} /></div>`;
}

function SourceFields({ source, onSource, problem }) {
  const picker = useRef();
  const [isOver, setOver] = useState(false);
  const read = async (file) => {
    if (!file) return;
    const text = await file.text();
    onSource({ ...source, name: file.name, size: file.size, text, format: formatOf(file.name, text) });
  };
  const paste = (text) => onSource({ ...source, name: '', text, format: formatOf('', text) });
  const drop = (event) => { event.preventDefault(); setOver(false); read(event.dataTransfer.files[0]); };
  return html`<div class=${`drop ${isOver ? 'over' : ''}`} onDragOver=${(event) => { event.preventDefault(); setOver(true); }} onDragLeave=${() => setOver(false)} onDrop=${drop}>
      <${Field} label=${t('imports.file')} hint=${t('imports.file_hint')}>${(attributes) => html`<input type="file" ref=${picker} accept=".csv,.ndjson,.jsonl,.json,.ics,text/csv,application/json,text/calendar"
        onChange=${(event) => read(event.currentTarget.files[0])} ...${attributes} />`}<//></div>
    ${source.name ? html`<p role="status">${t('imports.read', { name: visible(source.name), size: bytes(source.size) })} <${Button} kind="link" onClick=${() => { picker.current.value = ''; paste(''); }}>${t('imports.drop_it')}<//></p>`
      : html`<${TextArea} label=${t('imports.paste')} hint=${t('imports.paste_hint', { example: EXAMPLE })} value=${source.text} onValue=${paste} spellcheck=${false} />`}
    ${source.text !== '' && html`<${SelectField} label=${t('imports.format')} value=${source.format} onValue=${(format) => onSource({ ...source, format })}
      options=${Object.keys(TYPES).map((format) => [format, NAMES[format] ?? format.toUpperCase()])} />`}
    ${source.text !== '' && source.format === 'ics' && html`<${CalendarFields} source=${source} onSource=${onSource} problem=${problem} />`}`;
}

const options = (name, values) => values.map((value) => [value, t(`imports.${name}.${value}`), t(`imports.${name}.${value}_hint`)]);

const listColumns = () => [
  { key: 'at', label: t('imports.at'), cell: ({ created_at, created_by }) => html`${moment(created_at)} <div class="quiet"><bdi>${visible(created_by)}</bdi></div>` },
  ...COUNTS.map((name) => ({ key: name, label: t(`imports.${name}`), kind: 'number', cell: (row) => number(row[name]) })),
  { key: 'state', label: t('imports.state'), cell: ({ state }) => t(`imports.state.${state}`) },
];

export function MoveImportsPage() {
  const [source, setSource] = useState({ name: '', text: '', format: 'csv', address: '', target: '', zone: deviceZone() });
  const [mode, setMode] = useState('atomic');
  const [onConflict, setOnConflict] = useState('fail');
  const [preview, setPreview] = useState(null);
  const [result, setResult] = useState(null);
  const list = useList('/v1/move-imports', { limit: 10 });
  // What was looked at is what is imported: anything else wants another look.
  const anew = (set) => (value) => { set(value); setPreview(null); setResult(null); };
  const look = useSubmit(async () => {
    setResult(null);
    setPreview(await send(source, { mode, on_conflict: onConflict, dry_run: true }));
  });
  const take = useSubmit(async () => {
    const taken = await send(source, { mode, on_conflict: onConflict });
    setResult(taken);
    setPreview(null);
    if (!taken.isRefused) toast(t('imports.done'));
    list.reload();
  });
  const mayTake = preview && !preview.isRefused && preview.created + preview.updated > 0;
  return html`<${Page} title=${t('imports.title')} about=${t('imports.about')}><p><a href=${href('/moves')}>${t('imports.all_moves')}</a></p>
    <${Card}><form onSubmit=${look.submit}><${ProblemNote} problem=${look.problem} /><${SourceFields} source=${source} onSource=${anew(setSource)} problem=${look.problem} />
      <${Choice} label=${t('imports.mode')} value=${mode} onValue=${anew(setMode)} options=${options('mode', ['atomic', 'partial'])} />
      <${Choice} label=${t('imports.on_conflict')} value=${onConflict} onValue=${anew(setOnConflict)} options=${options('on_conflict', ['fail', 'skip', 'replace'])} />
      <div class="actions"><${Button} kind=${preview ? 'plain' : 'primary'} type="submit" busy=${look.busy} disabled=${source.text.trim() === ''}>${t('imports.look')}<//></div></form><//>
    <div aria-live="polite">
      ${preview && html`<${Result} of=${preview} title=${t('imports.preview')} /><${ProblemNote} problem=${take.problem} />
        ${mayTake ? html`<div class="actions after"><${Button} kind="primary" busy=${take.busy} onClick=${take.submit}>${t('imports.take', { count: preview.created + preview.updated })}<//></div>`
          : html`<${Note} kind="info">${t(preview.isRefused ? 'imports.mend' : 'imports.nothing')}<//>`}`}
      ${result && html`<${Result} of=${result} title=${t('imports.result')} />`}</div>
    <${Card} title=${t('imports.latest')}><${ListOf} list=${list} caption=${t('imports.latest')} columns=${listColumns()} empty=${t('imports.none')} /><//>
  <//>`;
}
