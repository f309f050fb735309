// All moves: found, made, ended, taken out; one of them in a panel over the list.
import { html, useState } from '../vendor/preact.js';
import { ActionButton, Button, Confirm, Page, Tag, t, toast } from '../kit.js';
import { Filters, useQuery } from '../filters.js';
import { dateTimeInZone, fromNow, visible } from '../format.js';
import { patch, post, remove, withQuery } from '../http.js';
import { useList } from '../lists.js';
import { ListOf } from '../objects.js';
import { go, href, place, setQuery } from '../router.js';
import { Address } from '../said.js';
import { may } from '../session.js';
import { addTexts } from '../texts.js';
import texts from '../texts/moves.js';
import { NewMoveDialog } from './move-form.js';
import { MovePanel } from './move-panel.js';

addTexts(texts);

const KINDS = { active: 'good', scheduled: 'info', ended: 'plain', cancelled: 'warn' };
const CURRENT = 'scheduled,active';
export const StateTag = ({ state }) => html`<${Tag} kind=${KINDS[state]}>${t(`moves.state.${state}`)}<//>`;
const isCurrent = (move) => move.state === 'active' || move.state === 'scheduled';

const startOfDay = (day, later = 0) => {
  const at = new Date(`${day}T00:00`);
  if (Number.isNaN(at.getTime())) return '';
  at.setDate(at.getDate() + later);
  return at.toISOString();
};

// What the API is asked for: the days as moments of this device's zone, and nothing for all states.
function parametersOf({ q, state = CURRENT, domain, target, from, until, sort }) {
  return {
    q, domain, target, sort: sort ?? '-starts_at', state: state === 'all' ? '' : state || CURRENT,
    from: from && startOfDay(from), until: until && startOfDay(until, 1),
  };
}

const filters = () => [
  { name: 'q', label: t('moves.search'), 'data-key': '/' },
  { name: 'state', label: t('moves.state'), options: ['', 'active', 'scheduled', 'ended', 'cancelled', 'all'].map((state) => [state, t(`moves.state.${state || 'current'}`)]) },
];
const moreFilters = () => [
  { name: 'domain', label: t('moves.domain') },
  { name: 'target', label: t('moves.target_exact'), placeholder: 'sip:…' },
  { name: 'from', label: t('moves.from'), type: 'date' },
  { name: 'until', label: t('moves.until'), type: 'date' },
];

const Targets = ({ of }) => html`<ul class="bare">${of.map(({ uri, q }) => html`<li key=${uri}><${Address} uri=${uri} />${of.length > 1 && html` <span class="quiet">q=${q}</span>`}</li>`)}</ul>`;

const columns = (query) => [
  { key: 'address', kind: 'wide', label: t('moves.address'), sort: 'address', cell: (move) => html`<a href=${href(withQuery(`/moves/${move.id}`, query))}><${Address} uri=${move.address} /></a>
    ${move.note && html`<div class="quiet clip"><bdi>${visible(move.note)}</bdi></div>`}` },
  { key: 'targets', kind: 'wide', label: t('moves.targets'), cell: (move) => html`<${Targets} of=${move.targets} />` },
  { key: 'state', label: t('moves.state'), cell: (move) => html`<${StateTag} state=${move.state} />` },
  { key: 'starts', label: t('moves.starts'), sort: 'starts_at', cell: (move) => dateTimeInZone(move.starts_at, move.time_zone) },
  { key: 'ends', label: t('moves.ends'), cell: (move) => (move.ends_at
    ? html`${dateTimeInZone(move.ends_at, move.time_zone)}${isCurrent(move) && html`<div class="quiet">${fromNow(move.ends_at)}</div>`}` : t('moves.open_end')) },
];

// Takes back that they were ended: what was active lasts as long as it was to, what was cancelled is made again.
async function takeBack(moves) {
  for (const move of moves) {
    if (move.state === 'active') await patch(`/v1/moves/${move.id}`, { ends_at: move.ends_at });
    else await post('/v1/moves', madeAgain(move));
  }
}

// Up to so many an undo is fair; beyond, ask first.
const UNDO_MAX = 20;

// Ends what is active, cancels what is to come, and says so; throws what stopped it.
async function endMoves(moves, onDone) {
  const over = [];
  const undo = { label: t('kit.undo'), run: () => takeBack(over).finally(onDone) };
  try {
    for (const move of moves) {
      await remove(`/v1/moves/${move.id}`);
      over.push(move);
    }
  } finally {
    if (over.length) toast(t('moves.ended', { count: over.length }), over.length <= UNDO_MAX ? { undo } : undefined);
    onDone();
  }
}
const madeAgain = ({ address, targets, starts_at, ends_at, time_zone, permanent, diversion_reason, note, external_id }) =>
  ({ address, targets, starts_at, ends_at, time_zone, permanent, diversion_reason, note, external_id });

function BulkEnd({ moves, onDone }) {
  const [isAsking, setAsking] = useState(false);
  const count = moves.length;
  const run = () => endMoves(moves, onDone);
  return html`<div class="bulk" role="status"><span>${t('moves.chosen', { count })}</span>
    ${count > UNDO_MAX ? html`<${Button} kind="danger" onClick=${() => setAsking(true)}>${t('moves.end_chosen')}<//>`
      : html`<${ActionButton} kind="danger" run=${run}>${t('moves.end_chosen')}<//>`}
    ${isAsking && html`<${Confirm} title=${t('moves.end_asks', { count })} action=${t('moves.end_chosen')} run=${run} onClose=${() => setAsking(false)}>
      <p>${t('moves.end_about')}</p><//>`}</div>`;
}

function Exports({ parameters }) {
  const { sort, ...filtered } = parameters;
  return html`<p class="exports">${t('moves.export')} ${['csv', 'ndjson'].map((format) => html`<a key=${format} download
    href=${withQuery('/v1/moves', { ...filtered, format })}>${format.toUpperCase()}</a> `)}</p>`;
}

export function MovesPage({ id }) {
  const query = useQuery();
  const parameters = parametersOf(query);
  const list = useList('/v1/moves', { ...parameters, limit: 50, count: 'exact' });
  const [chosen, setChosen] = useState(new Set());
  const [isNew, setNew] = useState(false);
  const [isFiltered] = useState(['domain', 'target', 'from', 'until'].some((name) => query[name]));
  const moves = list.items.filter((move) => chosen.has(move.id) && isCurrent(move));
  const done = () => { setChosen(new Set()); list.reload(); };
  const toList = () => go(place.value.query.size ? `/moves?${place.value.query}` : '/moves');
  const total = list.body?.total;
  return html`<${Page} title=${t('moves.title')} actions=${may('moves:write') && html`
      <a class="button plain" href=${href('/move-imports')}>${t('moves.import')}</a>
      <${Button} kind="primary" data-key="n" onClick=${() => setNew(true)}>${t('moves.new')}<//>`}>
    <${Filters} fields=${filters()} />
    <details class="filters" open=${isFiltered}><summary>${t('moves.more_filters')}</summary><${Filters} fields=${moreFilters()} /></details>
    <div class="list-head"><p role="status">${total && t(total.more ? 'moves.count_more' : 'moves.count', { count: total.count })}</p><${Exports} parameters=${parameters} /></div>
    ${moves.length > 0 && html`<${BulkEnd} moves=${moves} onDone=${done} />`}
    <${ListOf} list=${list} caption=${t('moves.title')} columns=${columns(query)} sort=${parameters.sort}
      onSort=${(sort) => setQuery({ ...query, sort })} select=${may('moves:write') && { chosen, onChange: setChosen }}
      empty=${t(Object.keys(query).some((name) => name !== 'sort') ? 'moves.none_found' : may('moves:write') ? 'moves.empty' : 'moves.empty_read')} />
    ${isNew && html`<${NewMoveDialog} onClose=${() => setNew(false)} onMade=${() => { setNew(false); toast(t('moves.made')); list.reload(); }} />`}
    ${id && html`<${MovePanel} key=${id} id=${id} onClose=${toList} onChanged=${list.reload} endMoves=${endMoves} />`}
  <//>`;
}
