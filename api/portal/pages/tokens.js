// Tokens: how programs are let in.
import { html } from '../vendor/preact.js';
import { Page, t } from '../kit.js';
import { Filters, useQuery } from '../filters.js';
import { LIMITS, NAME, TokenList } from './token-list.js';

const SCOPES = ['moves:read', 'moves:write', 'policy:read', 'policy:write', 'logs:read', 'users:admin', 'tokens:admin',
  'webhooks:admin', 'system:read', 'system:admin', 'hooks:post'];
const FIELDS = [
  NAME,
  // The API takes a role or scopes, not both.
  { name: 'role', text: 'tokens.role', as: 'select', options: ['service', 'helpdesk', 'operator', 'admin', ''], write: (role) => role || undefined },
  { name: 'scopes', text: 'tokens.scopes', as: 'choices', options: SCOPES, when: ({ role }) => role === '' },
  ...LIMITS,
];
const INITIAL = { role: 'service', expires_in_days: 90 };

const mayColumn = () => ({ key: 'role', label: t('tokens.may'),
  cell: ({ role, scopes }) => html`${role}${!['admin', 'operator', 'helpdesk', 'service'].includes(role) && html`<div class="quiet">${scopes.join(', ')}</div>`}` });

export function TokensPage() {
  const { revoked = 'false' } = useQuery();
  return html`<${TokenList} frame=${Page} title=${t('tokens.title')} about=${t('tokens.about')} empty=${t('tokens.empty')} path="/v1/tokens"
    parameters=${{ revoked: revoked === 'all' ? '' : revoked, limit: 50 }} more=${[mayColumn()]} fields=${FIELDS} initial=${INITIAL}
    before=${html`<${Filters} fields=${[{ name: 'revoked', label: t('tokens.shown'), options: [['', t('tokens.shown_good')], ['all', t('tokens.shown_all')]] }]} />`} />`;
}
