// What others changed of what is one's own, in words, with what it was before.
import { html } from '../vendor/preact.js';
import { Button, Card, Empty, Loading, ProblemNote, t } from '../kit.js';
import { bare, dateTime, dateTimeInZone, visible } from '../format.js';
import { useList } from '../lists.js';
import { Address } from '../said.js';
import { addTexts, hasText } from '../texts.js';
import texts from '../texts/own-changes.js';
import { actionText, actorText } from './change-words.js';

addTexts(texts);

// Members in the order in which they are told; the sentence itself says whose it is and that it is over.
const TOLD = ['targets', 'starts_at', 'ends_at', 'time_zone', 'permanent', 'diversion_reason', 'note', 'external_id'];

function valueOf(of, member) {
  const value = of[member];
  if (member === 'targets') return visible(value.map(({ uri }) => bare(uri)).join(', '));
  if (member === 'ends_at' && value === null) return t('changes.open');
  if (member === 'starts_at' || member === 'ends_at') return dateTimeInZone(value, of.time_zone);
  if (typeof value === 'boolean') return t(value ? 'kit.yes' : 'kit.no');
  return visible(value) || '–';
}

const isSame = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const isEmpty = (value) => value === null || value === '' || value === false;

// [member, before (undefined for what is new), after]
function changed({ before, after }) {
  if (!after) return [];
  return TOLD.filter((member) => member in after && (before ? !isSame(before[member], after[member]) : member === 'ends_at' || !isEmpty(after[member])))
    .map((member) => [member, before ? valueOf(before, member) : undefined, valueOf(after, member)]);
}

function Sentence({ of: { action, actor, before, after } }) {
  const role = `changes.role.${actor.role}`;
  const who = html`<strong><bdi>${visible(actorText(actor))}</bdi></strong>${hasText(role) && html` (${t(role)})`}`;
  const object = after ?? before ?? {};
  const address = html`<${Address} uri=${object.address ?? object.uri} />`;
  const key = `changes.${action}`;
  return hasText(key) ? t(key, { who, address }) : t('changes.other', { who, what: actionText(action) });
}

const Change = ({ of: change }) => html`<li><p><${Sentence} of=${change} /></p><p class="quiet">${dateTime(change.at)}</p>
  ${changed(change).map(([member, before, after]) => html`<p key=${member}>${t(before === undefined ? 'changes.is' : 'changes.was', {
    label: t(`changes.member.${member}`), before: html`<bdi>${before}</bdi>`, after: html`<strong><bdi>${after}</bdi></strong>`,
  })}</p>`)}</li>`;

export function OwnChanges() {
  const list = useList('/v1/me/changes', { by_other: true, limit: 10 });
  return html`<${Card} title=${t('changes.title')}><${ProblemNote} problem=${list.problem} />
    ${list.items.length > 0 && html`<ul class="rows">${list.items.map((change) => html`<${Change} key=${change.id} of=${change} />`)}</ul>`}
    ${list.loading && !list.items.length && html`<${Loading} />`}
    ${!list.loading && !list.problem && !list.items.length && html`<${Empty}>${t('changes.none')}<//>`}
    ${list.more && html`<${Button} busy=${list.loading} onClick=${list.showMore}>${t('kit.more')}<//>`}<//>`;
}
