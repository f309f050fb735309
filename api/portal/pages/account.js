// One's own account: who one is, the calendars that move one's calls, how one signs in, where one is signed in, how the portal looks.
import { html, useState } from '../vendor/preact.js';
import { ActionButton, Button, Card, Choice, Empty, faultAt, Loading, Page, ProblemNote, SelectField, Tag, TextField, t, toast } from '../kit.js';
import { ConflictDialog, useEditor } from '../editor.js';
import { dateTime } from '../format.js';
import { put, remove } from '../http.js';
import { useList } from '../lists.js';
import { me } from '../session.js';
import { ShortcutSwitch } from '../shortcuts.js';
import { useStore } from '../store.js';
import { theme, THEMES } from '../theme.js';
import { addTexts, chosenLanguage, LANGUAGES } from '../texts.js';
import texts from '../texts/account.js';
import { ZoneField, zoneNamed } from '../zone-field.js';
import { Calendars } from './calendars.js';
import { DeviceCodes } from './device-codes.js';
import { OwnChanges } from './own-changes.js';
import { NewPassword } from './password.js';
import { LIMITS, NAME, TokenList } from './token-list.js';

addTexts(texts);

const toDraft = ({ display_name, language, time_zone }) => ({ display_name, language: language ?? '', time_zone: time_zone ?? '' });
const toBody = (changes) => Object.fromEntries(Object.entries(changes).map(([member, value]) =>
  [member, value === '' ? null : member === 'time_zone' ? zoneNamed(value) : value]));

function Person() {
  const editor = useEditor('/v1/me', { toDraft, toBody });
  const { draft, problem, set } = editor;
  const labels = { display_name: t('account.display_name'), language: t('app.language'), time_zone: t('zone.label') };
  const saved = (stored) => {
    me.set(stored);
    if (LANGUAGES[stored.language]) chosenLanguage.set(stored.language);
    toast(t('kit.saved'));
  };
  const save = async (event) => {
    event.preventDefault();
    const stored = await editor.save();
    if (stored) saved(stored);
  };
  if (!draft) return problem ? html`<${ProblemNote} problem=${problem} />` : html`<${Loading} />`;
  return html`<${Card} title=${t('account.person')}><form class="narrow" onSubmit=${save}>
    <${ProblemNote} problem=${problem} labels=${Object.fromEntries(Object.entries(labels).map(([member, label]) => [`/${member}`, label]))} />
    <p>${t('account.signed_in_as', { name: html`<strong>${me.value.name}</strong>` })}</p>
    <${TextField} label=${labels.display_name} value=${draft.display_name} onValue=${(value) => set('display_name', value)} error=${faultAt(problem, '/display_name')} autocomplete="name" maxlength="120" />
    <${SelectField} label=${labels.language} value=${draft.language} onValue=${(value) => set('language', value)} error=${faultAt(problem, '/language')}
      options=${[['', t('account.language_any')], ...Object.entries(LANGUAGES)]} />
    <${ZoneField} value=${draft.time_zone} onValue=${(value) => set('time_zone', value)} error=${faultAt(problem, '/time_zone')} />
    <div class="actions"><${Button} kind="primary" type="submit">${t('kit.save')}<//></div></form>
    <${ConflictDialog} editor=${editor} toDraft=${toDraft} labels=${labels} onKept=${saved} /><//>`;
}

function Password() {
  const [[current, fresh], set] = useState(['', '']);
  const [problem, setProblem] = useState(null);
  const change = async () => {
    await put('/v1/me/password', { current_password: current, new_password: fresh }, { isOnce: true });
    set(['', '']);
    setProblem(null);
    toast(t('account.password_changed'));
  };
  return html`<${Card} title=${t('account.password')}><form class="narrow" onSubmit=${(event) => { event.preventDefault(); change().catch(setProblem); }}>
    <${ProblemNote} problem=${problem} labels=${{ '/current_password': t('account.current'), '/new_password': t('password.new') }} />
    <${TextField} label=${t('account.current')} type="password" autocomplete="current-password" value=${current} onValue=${(value) => set([value, fresh])}
      error=${faultAt(problem, '/current_password')} required />
    <${NewPassword} value=${fresh} onValue=${(value) => set([current, value])} error=${faultAt(problem, '/new_password')} />
    <div class="actions"><${Button} type="submit">${t('account.change_password')}<//></div></form><//>`;
}

function Sessions() {
  const sessions = useList('/v1/sessions', { limit: 50 });
  const end = async ({ id }) => { await remove(`/v1/sessions/${id}`); toast(t('account.session_ended')); sessions.reload(); };
  return html`<${Card} title=${t('account.sessions')}><${ProblemNote} problem=${sessions.problem} />
    ${sessions.loading && !sessions.items.length && html`<${Loading} />`}
    ${!sessions.loading && !sessions.items.length && html`<${Empty}>${t('account.no_sessions')}<//>`}
    <ul class="rows">${sessions.items.map((session) => html`<li key=${session.id}>
      <p><strong>${t('account.session_from', { peer: session.peer })}</strong> ${session.current && html`<${Tag} kind="good">${t('account.this_one')}<//>`}</p>
      <p class="quiet">${t('account.session_times', { begun: dateTime(session.created_at), used: dateTime(session.last_used_at) })}</p>
      ${!session.current && html`<${ActionButton} kind="plain small" run=${() => end(session)}>${t('account.end_session')}<//>`}</li>`)}</ul><//>`;
}

// For programs of one's own: they do what one may do with what is one's own.
const OwnTokens = () => html`<${TokenList} frame=${Card} title=${t('account.tokens')} before=${html`<p class="quiet">${t('account.tokens_about', { docs: html`<a href="/docs">${t('nav.docs')}</a>` })}</p>`} empty=${t('account.no_tokens')}
  path="/v1/me/tokens" parameters=${{ revoked: false, limit: 50 }} fields=${[NAME, ...LIMITS]} initial=${{ expires_in_days: 90 }} />`;

function Looks() {
  return html`<${Card} title=${t('account.looks')}>
    <${Choice} label=${t('app.theme')} value=${useStore(theme)} onValue=${(value) => theme.set(value)} options=${THEMES.map((name) => [name, t(`app.theme.${name}`)])} />
    <${ShortcutSwitch} /><//>`;
}

export const AccountPage = () => html`<${Page} title=${t('nav.account')}>
  <${Person} /><${Calendars} /><${Password} /><${DeviceCodes} /><${Sessions} /><${OwnChanges} /><${OwnTokens} /><${Looks} /><//>`;
