// The form of a move, new or there, and what may stand in its way.
import { html, useState } from '../vendor/preact.js';
import { Button, CheckField, Dialog, faultAt, Loading, Note, ProblemNote, SelectField, t, TextField } from '../kit.js';
import { bare, dateTimeInZone, deviceZone, toLocalInput, toUri, visible } from '../format.js';
import { post, withQuery } from '../http.js';
import { useResource } from '../lists.js';
import { useSubmit } from '../objects.js';
import { ZoneField, zoneNamed } from '../zone-field.js';

const TARGETS_MAX = 8;
export const REASONS = ['unconditional', 'time-of-day', 'away', 'do-not-disturb', 'follow-me', 'out-of-service', 'unavailable',
  'user-busy', 'no-answer', 'deflection', 'unknown'];

// A move as the form holds it; times as the clocks of its zone show them, "" for now and for no end.
export function draftOfMove(move) {
  const zone = move?.time_zone ?? deviceZone();
  return {
    address: move?.address ?? '',
    targets: (move?.targets ?? [{ uri: '', q: 1 }]).map(({ uri, q }) => ({ uri, q: String(q ?? 1) })),
    starts_at: move ? toLocalInput(move.starts_at, zone) : '',
    ends_at: move?.ends_at ? toLocalInput(move.ends_at, zone) : '',
    time_zone: zone,
    permanent: move?.permanent ?? false,
    diversion_reason: move?.diversion_reason ?? 'unconditional',
    note: move?.note ?? '',
    external_id: move?.external_id ?? '',
  };
}

const withSeconds = (local) => (/T\d\d:\d\d$/.test(local) ? `${local}:00` : local);
const WRITE = {
  address: (text) => ({ address: toUri(text) }),
  targets: (targets) => ({ targets: targets.filter(({ uri }, i) => i === 0 || uri.trim()).map(({ uri, q }) => ({ uri: toUri(uri), ...(q === '' ? {} : { q: Number(q) }) })) }),
  starts_at: (local) => (local ? { starts_at: withSeconds(local) } : {}),
  ends_at: (local) => ({ ends_at: local ? withSeconds(local) : null }),
  time_zone: () => ({}),
  external_id: (text) => ({ external_id: text.trim() || null }),
};

// What of a draft is sent: `members` of it. A time goes with the zone that its clocks are of, and another zone takes both times along.
export function bodyOfMove(draft, members = Object.keys(draft)) {
  const isOf = (...names) => names.some((name) => members.includes(name));
  const sent = isOf('time_zone') ? [...new Set([...members, 'starts_at', 'ends_at'])] : members;
  const body = Object.assign({}, ...sent.map((name) => (WRITE[name] ?? ((value) => ({ [name]: value })))(draft[name])));
  return isOf('starts_at', 'ends_at', 'time_zone') ? { ...body, time_zone: zoneNamed(draft.time_zone) } : body;
}

export const moveLabels = () => ({
  address: t('moves.address'), targets: t('moves.targets'), starts_at: t('moves.starts'), ends_at: t('moves.ends'), time_zone: t('moves.zone'),
  permanent: t('moves.permanent'), diversion_reason: t('moves.reason'), note: t('moves.note'), external_id: t('moves.external_id'),
});
export const movePointers = () => Object.fromEntries([
  ...Object.entries(moveLabels()).map(([name, label]) => [`/${name}`, label]),
  ...Array.from({ length: TARGETS_MAX }, (_, i) => ['uri', 'q'].map((part) => [`/targets/${i}/${part}`, t('moves.target_n', { n: i + 1 })])).flat(),
]);

export function showOfMove(name, value) {
  if (name === 'targets') return value.map(({ uri, q }) => `${visible(uri)} (q=${q})`).join(', ');
  if (name === 'permanent') return t(value ? 'kit.yes' : 'kit.no');
  if (name === 'diversion_reason') return t(`moves.reason.${value}`);
  if (name.endsWith('_at')) return value ? value.replace('T', ' ') : t(name === 'ends_at' ? 'moves.open_end' : 'moves.now');
  return value === '' ? '–' : visible(value);
}

function TargetFields({ value, onValue, problem }) {
  const put = (at, part) => onValue(value.map((one, i) => (i === at ? { ...one, ...part } : one)));
  return html`<fieldset class="plain"><legend>${t('moves.targets')}</legend>
    ${value.map(({ uri, q }, i) => html`<div key=${i} class="row target">
      <${TextField} label=${t('moves.target_n', { n: i + 1 })} value=${uri} onValue=${(text) => put(i, { uri: text })} spellcheck=${false} autocapitalize="none"
        placeholder="name@example.com" error=${faultAt(problem, `/targets/${i}/uri`) ?? (i === 0 && faultAt(problem, '/targets'))} />
      ${value.length > 1 && html`<${TextField} kind="brief" label=${t('moves.q_n', { n: i + 1 })} value=${q} onValue=${(text) => put(i, { q: text })} type="number" min="0.001" max="1" step="0.001"
          error=${faultAt(problem, `/targets/${i}/q`)} />
        <${Button} kind="plain" aria-label=${t('moves.target_remove', { n: i + 1 })} onClick=${() => onValue(value.filter((_, at) => at !== i))}>✕<//>`}
    </div>`)}
    ${value.length > 1 && html`<p class="hint">${t('moves.q_hint')}</p>`}
    ${value.length < TARGETS_MAX && html`<${Button} kind="plain small" onClick=${() => onValue([...value, { uri: '', q: '0.5' }])}>${t('moves.target_add')}<//>`}
  </fieldset>`;
}

export function MoveFields({ draft, set, problem, isNew }) {
  const [isOpen] = useState(draft.permanent || draft.external_id !== '' || draft.diversion_reason !== 'unconditional');
  const of = (name) => ({ value: draft[name], onValue: (value) => set(name, value), error: faultAt(problem, `/${name}`) });
  return html`<${TextField} label=${t('moves.address')} hint=${t('moves.address_hint')} ...${of('address')} spellcheck=${false} autocapitalize="none" required />
    <${TargetFields} value=${draft.targets} onValue=${(value) => set('targets', value)} problem=${problem} />
    <div class="row even"><${TextField} label=${t('moves.starts')} hint=${isNew ? t('moves.starts_hint') : undefined} type="datetime-local" ...${of('starts_at')} required=${!isNew} />
      <${TextField} label=${t('moves.ends')} hint=${t('moves.ends_hint')} type="datetime-local" ...${of('ends_at')} /></div>
    <${ZoneField} label=${t('moves.zone')} ...${of('time_zone')} />
    <${TextField} label=${t('moves.note')} ...${of('note')} maxlength="500" />
    <details open=${isOpen}><summary>${t('moves.more')}</summary>
      <${CheckField} label=${t('moves.permanent')} hint=${t('moves.permanent_hint')} ...${of('permanent')} />
      <${SelectField} label=${t('moves.reason')} hint=${t('moves.reason_hint')} ...${of('diversion_reason')} options=${REASONS.map((reason) => [reason, t(`moves.reason.${reason}`)])} />
      <${TextField} label=${t('moves.external_id')} hint=${t('moves.external_id_hint')} ...${of('external_id')} spellcheck=${false} /></details>`;
}

const during = ({ starts_at, ends_at, time_zone }) => t(ends_at ? 'moves.from_until' : 'moves.from_on',
  { from: dateTimeInZone(starts_at, time_zone), until: ends_at ? dateTimeInZone(ends_at, time_zone) : '' });

function OtherMove({ of }) {
  const { value, loading, problem } = useResource(`/v1/moves/${of.id}`);
  if (loading) return html`<${Loading} />`;
  if (problem) return during(of);
  return html`<strong><bdi>${value.targets.map(({ uri }) => visible(bare(uri))).join(', ')}</bdi></strong>, ${during(value)}`;
}

// What keeps a move from being stored: another move of the address, which can be replaced; a loop; or faults.
export function MoveProblem({ problem, onReplace, busy }) {
  const { conflicting, cycle } = problem?.body ?? {};
  if (cycle) return html`<${Note} kind="bad" role="alert"><p>${t('moves.loop')}</p><p><bdi>${cycle.map((uri) => visible(bare(uri))).join(' → ')}</bdi></p><//>`;
  if (!conflicting) return html`<${ProblemNote} problem=${problem} labels=${movePointers()} />`;
  return html`<${Note} kind="warn" role="alert"><p>${t('moves.overlap', { count: conflicting.length })}</p>
    <ul>${conflicting.map((one) => html`<li key=${one.id}><${OtherMove} of=${one} /></li>`)}</ul>
    <${Button} kind="danger" busy=${busy} onClick=${onReplace}>${t('moves.replace', { count: conflicting.length })}<//><//>`;
}

export function NewMoveDialog({ initial, onMade, onClose }) {
  const [draft, setDraft] = useState(() => ({ ...draftOfMove(), ...initial }));
  const send = (parameters) => async () => onMade((await post(withQuery('/v1/moves', parameters), bodyOfMove(draft))).body);
  const make = useSubmit(send({}));
  const replace = useSubmit(send({ on_conflict: 'replace' }));
  return html`<${Dialog} title=${t('moves.new')} onClose=${onClose}><form onSubmit=${make.submit}>
    <${MoveProblem} problem=${replace.problem ?? make.problem} busy=${replace.busy} onReplace=${replace.submit} />
    <${MoveFields} draft=${draft} problem=${make.problem} isNew set=${(name, value) => setDraft((before) => ({ ...before, [name]: value }))} />
    <div class="actions end"><${Button} onClick=${onClose}>${t('kit.cancel')}<//><${Button} kind="primary" type="submit" busy=${make.busy}>${t('moves.make')}<//></div>
  </form><//>`;
}
