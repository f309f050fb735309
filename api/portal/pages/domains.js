// The domains that are served, and one of them: how its calls are answered, and who has to show credentials.
import { html, useState } from '../vendor/preact.js';
import { Button, Card, Confirm, Page, t, toast } from '../kit.js';
import { ANSWER_STYLE } from '../answer-style.js';
import { visible } from '../format.js';
import { put, remove } from '../http.js';
import { useList, useResource } from '../lists.js';
import { EditForm, ListOf, NewDialog, Objects } from '../objects.js';
import { go, href } from '../router.js';
import { may } from '../session.js';
import { addTexts } from '../texts.js';
import texts from '../texts/domains.js';

addTexts(texts);

const NOTE = { name: 'note', text: 'domains.note', as: 'note', maxlength: 500 };
const NEW = [{ name: 'name', text: 'domains.name', required: true, spellcheck: false, autocapitalize: 'none' }, NOTE];

const ANSWERS = [
  NOTE,
  { name: 'ignore_user_case', text: 'domains.ignore_user_case', as: 'check' },
  { name: 'uniform_refusal', text: 'domains.uniform_refusal', as: 'check' },
  { name: 'reject_anonymous', text: 'domains.reject_anonymous', as: 'check' },
  { name: 'otherwise.action', text: 'domains.otherwise', as: 'select', options: ['refuse', 'redirect'] },
  { name: 'otherwise.target_template', text: 'domains.otherwise_template', spellcheck: false, when: (draft) => draft['otherwise.action'] === 'redirect' },
  { name: 'register.action', text: 'domains.register', as: 'select', options: ['refuse', 'redirect'] },
  { name: 'register.target', text: 'domains.register_target', spellcheck: false, when: (draft) => draft['register.action'] === 'redirect' },
  { name: 'retry_after.mode', text: 'domains.retry_after', as: 'select', options: ['off', 'fixed', 'next_start'] },
  { name: 'retry_after.seconds', text: 'domains.retry_after_seconds', as: 'number', min: 1, when: (draft) => draft['retry_after.mode'] === 'fixed' },
  { name: 'unavailable_phrase', text: 'domains.unavailable_phrase', maxlength: 60 },
];
const AUTHENTICATION = [
  { name: 'required', text: 'domains.auth_required', as: 'check' },
  { name: 'algorithms', text: 'domains.auth_algorithms', as: 'choices', options: ['SHA-512-256', 'SHA-256', 'MD5'] },
  { name: 'nonce_seconds', text: 'domains.auth_nonce', as: 'number', min: 10, max: 86400 },
  { name: 'require_qop', text: 'domains.auth_qop', as: 'check' },
  { name: 'bind_nonce_to_source', text: 'domains.auth_bind', as: 'check' },
];
const PASSWORD = { name: 'password', text: 'sip_users.password', type: 'password', autocomplete: 'new-password' };
const SIP_USER = [
  { name: 'username', text: 'sip_users.name', required: true, spellcheck: false, autocapitalize: 'none' },
  { ...PASSWORD, required: true }, { ...NOTE, text: 'sip_users.note' },
];
const SIP_USER_EDIT = [PASSWORD, { ...NOTE, text: 'sip_users.note' }];

const columns = () => [
  { key: 'name', label: t('domains.name'), cell: (domain) => html`<a href=${href(`/domains/${domain.id}`)}>${visible(domain.name)}</a>` },
  { key: 'otherwise', label: t('domains.otherwise'), cell: ({ otherwise }) => (otherwise.action === 'redirect' ? html`<bdi>${visible(otherwise.target_template)}</bdi>` : t('domains.otherwise.refuse')) },
  { key: 'note', label: t('domains.note'), cell: ({ note }) => html`<bdi>${visible(note)}</bdi>` },
];

export function DomainsPage() {
  const list = useList('/v1/domains', { limit: 200 });
  const [isNew, setNew] = useState(false);
  return html`<${Page} title=${t('domains.title')} about=${t('domains.about')}
      actions=${may('system:admin') && html`<${Button} kind="primary" data-key="n" onClick=${() => setNew(true)}>${t('domains.new')}<//>`}>
    <${ListOf} list=${list} caption=${t('domains.title')} columns=${columns()} empty=${t('domains.empty')} />
    ${isNew && html`<${NewDialog} title=${t('domains.new')} path="/v1/domains" fields=${NEW} onClose=${() => setNew(false)} onMade=${({ id }) => go(`/domains/${id}`)} />`}
  <//>`;
}

function RemoveDomain({ domain }) {
  const [isAsking, setAsking] = useState(false);
  const run = async () => {
    await remove(`/v1/domains/${domain.id}`);
    toast(t('domains.removed'));
    go('/domains');
  };
  return html`<${Button} kind="danger" onClick=${() => setAsking(true)}>${t('domains.remove')}<//>
    ${isAsking && html`<${Confirm} title=${t('domains.remove_asks', { what: domain.name })} action=${t('domains.remove')} run=${run} onClose=${() => setAsking(false)}><p>${t('domains.remove_about')}</p><//>`}`;
}

const SipUsers = ({ domain, mayWrite }) => html`<${Objects} frame=${Card} words="sip_users" path="/v1/sip-users" parameters=${{ domain, limit: 200 }} fields=${SIP_USER} editFields=${SIP_USER_EDIT}
  fixed=${{ domain }} nameOf=${(row) => visible(row.username)} mayWrite=${mayWrite}
  columns=${[{ key: 'note', label: t('sip_users.note'), cell: ({ note }) => html`<bdi>${visible(note)}</bdi>` }]} />`;

export function DomainPage({ id }) {
  const { value: domain, problem } = useResource(`/v1/domains/${id}`);
  const mayWrite = may('system:admin');
  if (problem) return html`<${Page} title=${t('domains.title')}><p>${t('domains.gone')}</p><p><a href=${href('/domains')}>${t('domains.title')}</a></p><//>`;
  const path = `/v1/domains/${id}`;
  return html`<${Page} title=${domain ? visible(domain.name) : t('domains.title')} actions=${mayWrite && domain && html`<${RemoveDomain} domain=${domain} />`}>
    <p><a href=${href('/domains')}>${t('domains.all')}</a></p>
    <${Card} title=${t('domains.answers')}><${EditForm} path=${path} fields=${[...ANSWERS, ...ANSWER_STYLE]} readOnly=${!mayWrite} headings=${{ 'answer_style.status': t('domains.style') }} /><//>
    <${Card} title=${t('domains.authentication')}><p class="quiet">${t('domains.authentication_about')}</p>
      <${EditForm} path=${`${path}/authentication`} fields=${AUTHENTICATION} write=${put} whole readOnly=${!mayWrite} /><//>
    ${domain && html`<${SipUsers} domain=${domain.name} mayWrite=${mayWrite} />`}
  <//>`;
}
