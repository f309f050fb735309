// A list of tokens, in a page or a card, with all that is done with them: made, given a new secret, revoked. A secret is shown
// once.
import { html, useState } from '../vendor/preact.js';
import { ActionButton, Button, Confirm, Dialog, Tag, t, toast } from '../kit.js';
import { dateTime, fromNow, visible } from '../format.js';
import { post, remove } from '../http.js';
import { useList } from '../lists.js';
import { ListOf, NewDialog } from '../objects.js';
import { Secret } from '../secret.js';
import { addTexts } from '../texts.js';
import texts from '../texts/tokens.js';

addTexts(texts);

export const NAME = { name: 'name', text: 'tokens.name', required: true, maxlength: 63, spellcheck: false };
export const LIMITS = [
  { name: 'expires_in_days', text: 'tokens.expires_in_days', as: 'number', min: 1, max: 366 },
  { name: 'networks', text: 'tokens.networks', as: 'lines', rows: 2 },
];
const KINDS = { active: 'good', expired: 'warn', revoked: 'plain' };

// more: columns behind the name.
const columns = (more, onRotate, onRevoke) => [
  { key: 'name', label: t('tokens.name'), cell: ({ name, id }) => html`<bdi>${visible(name)}</bdi> <span class="quiet">${id}</span>` },
  ...more,
  { key: 'state', label: t('tokens.state'), cell: ({ state }) => html`<${Tag} kind=${KINDS[state]}>${t(`tokens.state.${state}`)}<//>` },
  { key: 'expires', label: t('tokens.expires'), cell: ({ expires_at }) => html`${dateTime(expires_at)} <div class="quiet">${fromNow(expires_at)}</div>` },
  { key: 'used', label: t('tokens.used'), cell: ({ last_used_at: at }) => (at ? fromNow(at) : t('tokens.never')) },
  { key: 'networks', label: t('tokens.networks'), cell: ({ networks }) => networks.join(', ') || t('tokens.anywhere') },
  { key: 'do', label: '', cell: (token) => token.state === 'active' && html`<div class="actions">
    <${ActionButton} kind="plain small" aria-label=${t('tokens.rotate_one', { what: token.name })} run=${() => onRotate(token)}>${t('tokens.rotate')}<//>
    <${Button} kind="danger small" aria-label=${t('tokens.revoke_one', { what: token.name })} onClick=${() => onRevoke(token)}>${t('tokens.revoke')}<//></div>` },
];

// frame: Page or Card; title, about, empty: its texts; fields, initial: of the form of a new one; before: what stands above the list.
export function TokenList({ frame, title, about, empty, path, parameters, more = [], fields, initial, before }) {
  const list = useList(path, parameters);
  const [isNew, setNew] = useState(false);
  const [made, setMade] = useState(null);
  const [revoking, setRevoking] = useState(null);
  const rotate = async ({ id }) => { setMade((await post(`${path}/${id}/rotate`, {}, { isOnce: true })).body); list.reload(); };
  const revoke = async () => { await remove(`${path}/${revoking.id}`); toast(t('tokens.revoked')); list.reload(); };
  return html`<${frame} title=${title} about=${about} actions=${html`<${Button} kind="primary" data-key="n" onClick=${() => setNew(true)}>${t('tokens.new')}<//>`}>
    ${before}
    <${ListOf} list=${list} caption=${title} columns=${columns(more, rotate, setRevoking)} empty=${empty} />
    ${isNew && html`<${NewDialog} title=${t('tokens.new')} path=${path} fields=${fields} initial=${initial} isOnce onClose=${() => setNew(false)}
      onMade=${(token) => { setNew(false); setMade(token); list.reload(); }} />`}
    ${made && html`<${Dialog} title=${t('tokens.secret_of', { what: visible(made.name) })} onClose=${() => setMade(null)}><${Secret} text=${made.token} label=${t('tokens.secret')}>
      <p class="hint">${t('tokens.secret_about')}</p><//><//>`}
    ${revoking && html`<${Confirm} title=${t('tokens.revoke_asks', { what: visible(revoking.name) })} action=${t('tokens.revoke')} run=${revoke} onClose=${() => setRevoking(null)}><p>${t('tokens.revoke_about')}</p><//>`}
  <//>`;
}
