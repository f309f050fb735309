// What would a caller get: now or at another time, from here or from there, or for a whole SIP request.
import { html, useEffect, useState } from '../vendor/preact.js';
import { Button, Card, Choice, faultAt, Note, Page, ProblemNote, t, Table, Tag, TextArea, TextField } from '../kit.js';
import { Judged, tagsOf } from '../answers.js';
import { dateTimeInZone, deviceZone, isZone, toUri } from '../format.js';
import { post } from '../http.js';
import { href, setQuery } from '../router.js';
import { Address, Said } from '../said.js';
import { may } from '../session.js';
import { addTexts } from '../texts.js';
import texts from '../texts/lookup.js';
import { ZoneField, zoneNamed } from '../zone-field.js';
import { momentOf } from './trip-times.js';

addTexts(texts);

const PLAIN = ['source', 'from', 'user_agent'];
const zoneOf = ({ zone }) => (isZone(zoneNamed(zone)) ? zoneNamed(zone) : deviceZone());

function bodyOf(form) {
  const body = form.by === 'request' ? { request: form.request } : { address: toUri(form.address) };
  for (const name of PLAIN) if (form[name].trim()) body[name] = form[name].trim();
  // The API takes the URI of a From header; people paste all of it.
  if (body.from) body.from = toUri(body.from);
  if (form.at) body.at = new Date(momentOf(form.at, zoneOf(form))).toISOString();
  if (form.by === 'request') return body;
  if (form.method && form.method !== 'INVITE') body.method = form.method;
  for (const name of ['require', 'proxy_require']) if (form[name].trim()) body[name] = tagsOf(form[name]);
  return body;
}

const moveColumns = () => [
  { key: 'outcome', label: t('lookup.outcome'), cell: (row) => html`<${Tag} kind=${row.outcome === 'answers' ? 'good' : 'plain'}>${t(`outcome.${row.outcome}`)}<//>` },
  { key: 'targets', label: t('lookup.targets'), kind: 'wide', cell: (row) => row.targets.map(({ uri }) => html`<div key=${uri}><${Address} uri=${uri} /></div>`) },
  { key: 'when', label: t('lookup.when'), cell: (row) => (row.ends_at
    ? t('lookup.span', { from: dateTimeInZone(row.starts_at, row.time_zone), until: dateTimeInZone(row.ends_at, row.time_zone) })
    : t('lookup.span_open', { from: dateTimeInZone(row.starts_at, row.time_zone) })) },
  { key: 'move', label: t('lookup.move'), kind: 'wide', cell: (row) => (may('moves:read') ? html`<a href=${href(`/moves/${row.id}`)}>${row.note ? html`<${Said} text=${row.note} />` : row.id}</a>` : row.id) },
];

const strong = (uri) => html`<strong><${Address} uri=${uri} /></strong>`;

function Answer({ answer, zone }) {
  const { source, authentication, profile, moves } = answer;
  return html`<${Card} title=${t('lookup.at_time', { at: dateTimeInZone(answer.at, zone) })}>
    ${source.dropped && html`<${Note} kind="bad"><p>${t('lookup.dropped', { verdict: t(`lookup.verdict.${source.verdict}`) })} ${source.by_network}</p><//>`}
    <${Judged} answer=${answer}>
      ${answer.contacts.map(({ uri }) => html`<p key=${uri}>${t('lookup.contact', { target: strong(uri) })}</p>`)}
      ${answer.targets_withheld.map(({ uri }) => html`<p key=${uri}>${t('lookup.withheld', { target: strong(uri) })}</p>`)}
      ${authentication?.required && html`<p>${t('lookup.authentication')}</p>`}
      ${profile && html`<p>${t('lookup.profile', { name: html`<${Said} text=${profile.name ?? profile} />` })}</p>`}
    <//><//>
    <${Card} title=${t('lookup.moves')}>${moves.length === 0 ? html`<p>${t('lookup.no_moves')}</p>`
      : html`<${Table} caption=${t('lookup.moves')} columns=${moveColumns()} rows=${moves} />`}
      ${answer.more_moves && html`<p class="quiet">${t('lookup.more_moves')}</p>`}<//>`;
}

export function LookupPage({ query }) {
  const [form, setForm] = useState(() => ({ by: 'address', address: '', request: '', at: '', zone: deviceZone(), source: '', from: '', user_agent: '',
    require: '', proxy_require: '', method: 'INVITE', ...Object.fromEntries(query) }));
  const [answer, setAnswer] = useState(null);
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const ask = async () => {
    setBusy(true);
    try {
      setAnswer((await post('/v1/redirect-lookups', bodyOf(form))).body);
      setProblem(null);
    } catch (thrown) {
      setAnswer(null);
      setProblem(thrown);
    } finally { setBusy(false); }
  };
  useEffect(() => { if (query.has('run') && form.address) ask(); }, []);
  const submit = (event) => {
    event.preventDefault();
    const { request, by, run, ...shared } = form;
    if (by === 'address') setQuery({ ...shared, zone: form.at ? form.zone : '', method: form.method === 'INVITE' ? '' : form.method, run: 1 });
    ask();
  };
  const field = (name, more) => ({ label: t(`lookup.${name}`), value: form[name], onValue: (value) => setForm((before) => ({ ...before, [name]: value })),
    error: faultAt(problem, `/${name}`, { deep: true }), spellcheck: false, autocapitalize: 'none', ...more });
  const labels = Object.fromEntries(['address', 'request', 'at', 'require', 'proxy_require', ...PLAIN].map((name) => [`/${name}`, t(`lookup.${name}`)]));
  return html`<${Page} title=${t('lookup.title')} about=${t('lookup.about')}>
    <form onSubmit=${submit}><${ProblemNote} problem=${problem} labels=${labels} />
      <${Choice} ...${field('by')} options=${[['address', t('lookup.by_address')], ['request', t('lookup.by_request')]]} />
      ${form.by === 'address' ? html`<${TextField} ...${field('address', { hint: t('lookup.address_hint'), 'data-key': '/', required: true })} />`
        : html`<${TextArea} ...${field('request', { hint: t('lookup.request_hint'), required: true })} />`}
      <details open=${[...PLAIN, 'at', 'require', 'proxy_require'].some((name) => form[name])}><summary>${t('lookup.more')}</summary>
        <div class="row"><${TextField} ...${field('at', { type: 'datetime-local', hint: t('lookup.at_hint') })} />
          <${ZoneField} ...${field('zone')} />
          <${TextField} ...${field('source', { hint: t('lookup.source_hint') })} /></div>
        <div class="row"><${TextField} ...${field('from')} /><${TextField} ...${field('user_agent')} /></div>
        ${form.by === 'address' && html`<div class="row"><${TextField} ...${field('require', { hint: t('lookup.tags_hint') })} />
          <${TextField} ...${field('proxy_require', { hint: t('lookup.tags_hint') })} /></div>`}</details>
      <div class="actions"><${Button} kind="primary" type="submit" busy=${busy}>${t('lookup.submit')}<//></div></form>
    <div class="result" aria-live="polite">${answer && html`<${Answer} answer=${answer} zone=${zoneOf(form)} />`}</div>
  <//>`;
}
