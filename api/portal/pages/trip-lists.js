// Trips to come and trips past; one of them while it is edited.
import { html } from '../vendor/preact.js';
import { ActionButton, Button, Card, CheckField, Dialog, faultAt, Loading, ProblemNote, Tag, TextField, t, toast } from '../kit.js';
import { ConflictDialog, useEditor } from '../editor.js';
import { bare, dateTime, isZone, toLocalInput, toUri, visible } from '../format.js';
import { href } from '../router.js';
import { bothZones, inZone, momentOf, zoneOf } from './trip-times.js';
import { end, extend, pathOf, targetsOf } from './trips.js';
import { ZoneField } from '../zone-field.js';

const span = (move) => (move.ends_at
  ? t('trips.span', { from: dateTime(move.starts_at, zoneOf(move)), until: inZone(move.ends_at, zoneOf(move)) })
  : t('trips.span_open', { from: inZone(move.starts_at, zoneOf(move)) }));

// Who changed it last, where that was somebody else; with the way to what it was before.
export const ByOther = ({ move }) => move.updated_by_other && html`<p class="quiet">${t('trips.by_other', {
  who: html`<strong><bdi>${visible(move.updated_by)}</bdi></strong>`, when: dateTime(move.updated_at) })} <a href=${href('/account')}>${t('trips.by_other_more')}</a></p>`;

const Trip = ({ move, children }) => html`<li><p><strong>${bare(move.address)}</strong> <span aria-hidden="true">➜</span>
    <span class="hidden">${t('trips.to')}</span> <strong>${targetsOf(move)}</strong></p>
  <p class="quiet">${span(move)}</p><${ByOther} move=${move} />${children}</li>`;

export const ComingTrips = ({ moves, onEdit, onChanged }) => moves.length > 0 && html`<${Card} title=${t('trips.coming')}><ul class="rows">${moves.map((move) => html`
  <${Trip} key=${move.id} move=${move}><div class="actions">
    <${Button} kind="plain small" onClick=${() => onEdit(move)}>${t('trips.edit')}<//>
    ${move.ends_at && html`<${ActionButton} kind="plain small" run=${() => extend(move, onChanged)}>${t('trips.extend')}<//>`}
    <${ActionButton} kind="plain small" run=${() => end(move, onChanged)}>${t('trips.cancel')}<//></div><//>`)}</ul><//>`;

export const PastTrips = ({ list }) => list.items.length > 0 && html`<${Card} title=${t('trips.past')}>
  <ul class="rows">${list.items.map((move) => html`<${Trip} key=${move.id} move=${move}>${move.state === 'cancelled' && html`<${Tag}>${t('trips.was_cancelled')}<//>`}<//>`)}</ul>
  ${list.more && html`<${Button} busy=${list.loading} onClick=${list.showMore}>${t('kit.more')}<//>`}<//>`;

// --- one of them, edited ------------------------------------------------------

const toDraft = (move) => ({
  targets: move.targets.map(({ uri, q }) => ({ uri: bare(uri), q })),
  starts_at: toLocalInput(move.starts_at, zoneOf(move)),
  ends_at: move.ends_at ? toLocalInput(move.ends_at, zoneOf(move)) : null,
  time_zone: zoneOf(move),
});

// Times are sent as they stand there, to be read in the zone; in another zone they are other times.
function toBody(changes, draft, isComing) {
  const body = {};
  if (changes.targets) body.targets = draft.targets.map(({ uri, q }) => ({ uri: toUri(uri), q }));
  const isMoved = 'time_zone' in changes;
  if (isComing && (isMoved || 'starts_at' in changes)) body.starts_at = `${draft.starts_at}:00`;
  if (isMoved || 'ends_at' in changes) body.ends_at = draft.ends_at === null ? null : `${draft.ends_at}:00`;
  if (body.starts_at || body.ends_at) body.time_zone = draft.time_zone;
  return body;
}

const labels = () => ({
  targets: t('away.where'), starts_at: t('away.from'), ends_at: t('away.ends'), time_zone: t('zone.label'),
  '/targets': t('away.where'), '/targets/0/uri': t('away.where'), '/starts_at': t('away.from'), '/ends_at': t('away.ends'), '/time_zone': t('zone.label'),
});

function shown(member, value) {
  if (member === 'targets') return value.map(({ uri }) => uri).join(', ');
  if (member === 'ends_at' && value === null) return t('away.until_open');
  return member === 'time_zone' ? value : dateTime(`${value}Z`, 'UTC');
}

function EndFields({ draft, set, error }) {
  const isOpen = draft.ends_at === null;
  const at = isOpen ? NaN : momentOf(draft.ends_at, draft.time_zone);
  return html`${!isOpen && html`<${TextField} label=${t('away.ends')} type="datetime-local" value=${draft.ends_at} onValue=${(value) => set('ends_at', value)}
      error=${error} hint=${isZone(draft.time_zone) ? bothZones(at, draft.time_zone) : undefined} />`}
    <${CheckField} label=${t('away.until_open')} value=${isOpen}
      onValue=${(open) => set('ends_at', open ? null : toLocalInput(Date.now() + 86400000, draft.time_zone))} />`;
}

export function EditTrip({ move, onClose, onSaved }) {
  const isComing = move.state === 'scheduled';
  const editor = useEditor(pathOf(move), { toDraft, toBody: (changes, draft) => toBody(changes, draft, isComing) });
  const { draft, problem, set } = editor;
  const done = () => { toast(t('kit.saved')); onSaved(); };
  const save = async (event) => { event.preventDefault(); if (await editor.save()) done(); };
  return html`<${Dialog} title=${t('trips.edit_title', { address: bare(move.address) })} onClose=${onClose}>
    <${ProblemNote} problem=${problem} labels=${labels()} />
    ${editor.loading && html`<${Loading} />`}
    ${draft && html`<form onSubmit=${save}>
      ${draft.targets.map((target, i) => html`<${TextField} key=${i} label=${t('away.where')} value=${target.uri} error=${faultAt(problem, `/targets/${i}`, { deep: true })}
        onValue=${(uri) => set('targets', draft.targets.map((one, k) => (k === i ? { ...one, uri } : one)))} autocapitalize="none" spellcheck=${false} required />`)}
      ${isComing && html`<${TextField} label=${t('away.from')} type="datetime-local" value=${draft.starts_at} onValue=${(value) => set('starts_at', value)} error=${faultAt(problem, '/starts_at')} required />`}
      <${EndFields} draft=${draft} set=${set} error=${faultAt(problem, '/ends_at')} />
      <${ZoneField} value=${draft.time_zone} onValue=${(value) => set('time_zone', value)} error=${faultAt(problem, '/time_zone')} />
      <div class="actions end"><${Button} onClick=${onClose}>${t('kit.cancel')}<//><${Button} kind="primary" type="submit">${t('kit.save')}<//></div></form>`}
    <${ConflictDialog} editor=${editor} toDraft=${toDraft} labels=${labels()} show=${shown} onKept=${done} /><//>`;
}
