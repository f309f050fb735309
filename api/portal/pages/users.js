// The people who sign in: found and made; one of them, with what they may, their link, their sessions.
import { html, useState } from '../vendor/preact.js';
import { ActionButton, Button, Card, Confirm, Dialog, Facts, Page, ProblemNote, Tag, t, toast } from '../kit.js';
import { Filters, useQuery } from '../filters.js';
import { bare, dateTime, fromNow, toUri, visible } from '../format.js';
import { linesOf } from '../forms.js';
import { patch, post, remove } from '../http.js';
import { useList, useResource } from '../lists.js';
import { EditForm, ListOf, NewDialog } from '../objects.js';
import { go, href } from '../router.js';
import { Address } from '../said.js';
import { QrCode, Secret } from '../secret.js';
import { addTexts } from '../texts.js';
import texts from '../texts/users.js';

addTexts(texts);

const ROLES = ['user', 'helpdesk', 'operator', 'admin'];
const FIELDS = [
  { name: 'name', text: 'users.name', required: true, maxlength: 63, spellcheck: false, autocapitalize: 'none', autocomplete: 'off' },
  { name: 'role', text: 'users.role', as: 'select', options: ROLES },
  { name: 'display_name', text: 'users.display_name', as: 'note', maxlength: 120, autocomplete: 'off' },
  { name: 'email', text: 'users.email', maxlength: 254, autocomplete: 'off' },
  { name: 'addresses', text: 'users.addresses', as: 'lines', rows: 3, read: (all) => (all ?? []).map(bare).join('\n'), write: (text) => linesOf(text).map(toUri) },
  { name: 'language', text: 'users.language', as: 'select', options: ['', 'en', 'id'] },
  { name: 'time_zone', text: 'users.time_zone', as: 'zone' },
];
// A language that is none of ours stays what it is.
const fieldsOf = (user) => FIELDS.map((field) => (field.name === 'language' && user.language && !field.options.includes(user.language)
  ? { ...field, options: [...field.options, user.language] } : field));

const StandingTag = ({ user }) => html`<${Tag} kind=${!user.enabled ? 'bad' : user.has_password ? 'good' : 'warn'}>${t(!user.enabled ? 'users.off' : user.has_password ? 'users.on' : 'users.waiting')}<//>`;
const called = (user) => visible(user.display_name || user.name);

const columns = () => [
  { key: 'name', label: t('users.name'), cell: (user) => html`<a href=${href(`/users/${user.id}`)}>${visible(user.name)}</a>${user.display_name && html`<div class="quiet clip"><bdi>${visible(user.display_name)}</bdi></div>`}` },
  { key: 'role', label: t('users.role'), cell: ({ role }) => t(`users.role.${role}`) },
  { key: 'standing', label: t('users.standing'), cell: (user) => html`<${StandingTag} user=${user} />` },
  { key: 'addresses', kind: 'wide', label: t('users.addresses'), cell: ({ addresses }) => html`<ul class="bare">${addresses.map((one) => html`<li key=${one}><${Address} uri=${one} /></li>`)}</ul>` },
  { key: 'login', label: t('users.last_login'), cell: ({ last_login_at: at }) => (at ? fromNow(at) : t('users.never')) },
];

const filters = () => [
  { name: 'q', label: t('users.search'), 'data-key': '/' },
  { name: 'role', label: t('users.role'), options: ['', ...ROLES].map((role) => [role, t(`users.role.${role || 'all'}`)]) },
  { name: 'enabled', label: t('users.standing'), options: ['', 'true', 'false'].map((is) => [is, t({ '': 'users.all', true: 'users.enabled_only', false: 'users.off' }[is])]) },
];

export function UsersPage() {
  const query = useQuery();
  const list = useList('/v1/users', { ...query, limit: 50 });
  const [isNew, setNew] = useState(false);
  return html`<${Page} title=${t('users.title')} actions=${html`<${Button} kind="primary" data-key="n" onClick=${() => setNew(true)}>${t('users.new')}<//>`}>
    <${Filters} fields=${filters()} />
    <${ListOf} list=${list} caption=${t('users.title')} columns=${columns()} empty=${t(Object.keys(query).length ? 'users.none_found' : 'users.empty')} />
    ${isNew && html`<${NewDialog} title=${t('users.new')} path="/v1/users" fields=${FIELDS} initial=${{ role: 'user' }} onClose=${() => setNew(false)}
      onMade=${({ id }) => { toast(t('users.made')); go(`/users/${id}`); }} />`}
  <//>`;
}

function LinkDialog({ link, user, onClose }) {
  // Of a server that was not told its own name it is a path.
  const url = new URL(link.url, location.href).href;
  return html`<${Dialog} title=${t('users.link_for', { who: called(user) })} onClose=${onClose}>
    <${Secret} text=${url} label=${t('users.link')}><p>${t('users.link_about', { when: dateTime(link.expires_at) })}</p><${QrCode} text=${url} label=${t('users.link_qr')} /><//><//>`;
}

function Access({ user, onChanged }) {
  const [link, setLink] = useState(null);
  const [asked, ask] = useState(null);
  const path = `/v1/users/${user.id}`;
  const setEnabled = async (enabled) => { await patch(path, { enabled }); onChanged(); };
  const toggle = async () => {
    await setEnabled(!user.enabled);
    toast(t(user.enabled ? 'users.is_off' : 'users.is_on'), { undo: { label: t('kit.undo'), run: () => setEnabled(user.enabled) } });
  };
  const close = () => ask(null);
  return html`<${Card} title=${t('users.access')}>
    <${Facts} of=${[[t('users.standing'), html`<${StandingTag} user=${user} />`], [t('users.last_login'), user.last_login_at ? dateTime(user.last_login_at) : t('users.never')],
      [t('users.totp'), t(user.has_totp ? 'kit.yes' : 'kit.no')]]} />
    <div class="actions">
      <${ActionButton} kind="primary" run=${async () => setLink((await post(`${path}/activation-links`, {}, { isOnce: true })).body)}>${t('users.make_link')}<//>
      <${ActionButton} run=${toggle}>${t(user.enabled ? 'users.turn_off' : 'users.turn_on')}<//>
      ${user.has_totp && html`<${Button} onClick=${() => ask('totp')}>${t('users.remove_totp')}<//>`}
      <${Button} kind="danger" onClick=${() => ask('delete')}>${t('users.delete')}<//></div>
    ${link && html`<${LinkDialog} link=${link} user=${user} onClose=${() => { setLink(null); onChanged(); }} />`}
    ${asked === 'totp' && html`<${Confirm} title=${t('users.remove_totp')} action=${t('users.remove_totp')} onClose=${close}
      run=${async () => { await remove(`${path}/totp`); onChanged(); }}><p>${t('users.remove_totp_about')}</p><//>`}
    ${asked === 'delete' && html`<${Confirm} title=${t('users.delete_asks', { who: called(user) })} action=${t('users.delete')} onClose=${close}
      run=${async () => { await remove(path); toast(t('users.deleted')); go('/users'); }}><p>${t('users.delete_about')}</p><//>`}
  <//>`;
}

function Sessions({ user }) {
  const list = useList('/v1/sessions', { user: user.id, limit: 50 });
  const end = (session) => async () => { await remove(`/v1/sessions/${session.id}`); toast(t('users.session_ended')); list.reload(); };
  const rows = [
    { key: 'peer', label: t('users.session_from'), cell: ({ peer, current }) => html`${visible(peer)} ${current && html`<${Tag} kind="info">${t('users.session_this')}<//>`}` },
    { key: 'begun', label: t('users.session_begun'), cell: ({ created_at }) => dateTime(created_at) },
    { key: 'used', label: t('users.session_used'), cell: ({ last_used_at }) => fromNow(last_used_at) },
    { key: 'end', label: '', cell: (session) => html`<${ActionButton} kind="plain small" run=${end(session)}>${t('users.session_end')}<//>` },
  ];
  return html`<${Card} title=${t('users.sessions')}><${ListOf} list=${list} caption=${t('users.sessions')} columns=${rows} empty=${t('users.no_sessions')} /><//>`;
}

export function UserPage({ id }) {
  const { value: user, problem, reload } = useResource(`/v1/users/${id}`);
  if (!user) return html`<${Page} title=${t('users.title')}><${ProblemNote} problem=${problem} /><p><a href=${href('/users')}>${t('users.all_users')}</a></p><//>`;
  // What was changed beside the form is read anew by it.
  return html`<${Page} title=${called(user)}><p><a href=${href('/users')}>${t('users.all_users')}</a></p>
    <${Access} user=${user} onChanged=${reload} />
    <${Card} title=${t('users.about_them')}><${EditForm} path=${`/v1/users/${id}`} fields=${fieldsOf(user)} onSaved=${reload} /><//>
    <${Sessions} key=${user.revision} user=${user} /><//>`;
}
