// Tokens: how programs are let in. A secret is shown once.
import { html, useState } from '../vendor/preact.js';
import { ActionButton, Button, Confirm, Dialog, Page, Tag, t, toast } from '../kit.js';
import { Filters, useQuery } from '../filters.js';
import { dateTime, fromNow, visible } from '../format.js';
import { post, remove } from '../http.js';
import { useList } from '../lists.js';
import { ListOf, NewDialog } from '../objects.js';
import { Secret } from '../secret.js';
import { addTexts } from '../texts.js';
import texts from '../texts/tokens.js';

addTexts(texts);

const SCOPES = ['moves:read', 'moves:write', 'policy:read', 'policy:write', 'logs:read', 'users:admin', 'tokens:admin',
  'webhooks:admin', 'system:read', 'system:admin', 'hooks:post'];
const FIELDS = [
  { name: 'name', text: 'tokens.name', required: true, maxlength: 63, spellcheck: false },
  { name: 'role', text: 'tokens.role', as: 'select', options: ['service', 'helpdesk', 'operator', 'admin', ''] },
  { name: 'scopes', text: 'tokens.scopes', as: 'choices', options: SCOPES, when: ({ role }) => role === '' },
  { name: 'expires_in_days', text: 'tokens.expires_in_days', as: 'number', min: 1, max: 366 },
  { name: 'networks', text: 'tokens.networks', as: 'lines', rows: 2 },
];
// The API takes a role or scopes, not both.
const NEW = FIELDS.map((field) => (field.name === 'role' ? { ...field, write: (role) => role || undefined } : field));
const INITIAL = { role: 'service', expires_in_days: 90 };
const KINDS = { active: 'good', expired: 'warn', revoked: 'plain' };

const columns = (onRotate, onRevoke) => [
  { key: 'name', label: t('tokens.name'), cell: ({ name, id }) => html`<bdi>${visible(name)}</bdi> <span class="quiet">${id}</span>` },
  { key: 'role', kind: 'whole', label: t('tokens.may'), cell: ({ role, scopes }) => html`${role}${!['admin', 'operator', 'helpdesk', 'service'].includes(role) && html`<div class="quiet">${scopes.join(', ')}</div>`}` },
  { key: 'state', label: t('tokens.state'), cell: ({ state }) => html`<${Tag} kind=${KINDS[state]}>${t(`tokens.state.${state}`)}<//>` },
  { key: 'expires', label: t('tokens.expires'), cell: ({ expires_at }) => html`${dateTime(expires_at)} <div class="quiet">${fromNow(expires_at)}</div>` },
  { key: 'used', label: t('tokens.used'), cell: ({ last_used_at: at }) => (at ? fromNow(at) : t('tokens.never')) },
  { key: 'networks', kind: 'whole', label: t('tokens.networks'), cell: ({ networks }) => networks.join(', ') || t('tokens.anywhere') },
  { key: 'do', label: '', cell: (token) => token.state === 'active' && html`<div class="actions">
    <${ActionButton} kind="plain small" aria-label=${t('tokens.rotate_one', { what: token.name })} run=${() => onRotate(token)}>${t('tokens.rotate')}<//>
    <${Button} kind="danger small" aria-label=${t('tokens.revoke_one', { what: token.name })} onClick=${() => onRevoke(token)}>${t('tokens.revoke')}<//></div>` },
];

export function TokensPage() {
  const { revoked = 'false' } = useQuery();
  const list = useList('/v1/tokens', { revoked: revoked === 'all' ? '' : revoked, limit: 50 });
  const [isNew, setNew] = useState(false);
  const [made, setMade] = useState(null);
  const [revoking, setRevoking] = useState(null);
  const rotate = async ({ id }) => { setMade((await post(`/v1/tokens/${id}/rotate`, {}, { isOnce: true })).body); list.reload(); };
  const revoke = async () => { await remove(`/v1/tokens/${revoking.id}`); toast(t('tokens.revoked')); list.reload(); };
  return html`<${Page} title=${t('tokens.title')} about=${t('tokens.about')} actions=${html`<${Button} kind="primary" data-key="n" onClick=${() => setNew(true)}>${t('tokens.new')}<//>`}>
    <${Filters} fields=${[{ name: 'revoked', label: t('tokens.shown'), options: [['', t('tokens.shown_good')], ['all', t('tokens.shown_all')]] }]} />
    <${ListOf} list=${list} caption=${t('tokens.title')} columns=${columns(rotate, setRevoking)} empty=${t('tokens.empty')} />
    ${isNew && html`<${NewDialog} title=${t('tokens.new')} path="/v1/tokens" fields=${NEW} initial=${INITIAL} isOnce onClose=${() => setNew(false)}
      onMade=${(token) => { setNew(false); setMade(token); list.reload(); }} />`}
    ${made && html`<${Dialog} title=${t('tokens.secret_of', { what: visible(made.name) })} onClose=${() => setMade(null)}><${Secret} text=${made.token} label=${t('tokens.secret')}>
      <p class="hint">${t('tokens.secret_about')}</p><//><//>`}
    ${revoking && html`<${Confirm} title=${t('tokens.revoke_asks', { what: visible(revoking.name) })} action=${t('tokens.revoke')} run=${revoke} onClose=${() => setRevoking(null)}><p>${t('tokens.revoke_about')}</p><//>`}
  <//>`;
}
