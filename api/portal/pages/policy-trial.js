// What a request would get by the draft, or by the policy in force; and what the draft would have done to the calls of a day.
import { html, useState } from '../vendor/preact.js';
import { ActionButton, Button, Card, Choice, faultAt, ProblemNote, t, Table, TextArea, TextField } from '../kit.js';
import { Judged, tagsOf } from '../answers.js';
import { dateTime, number, toUri } from '../format.js';
import { post } from '../http.js';
import { href } from '../router.js';
import { Said } from '../said.js';
import { may } from '../session.js';
import { bodyOf, draft } from './policy-draft.js';

const START = { against: 'draft', isPasted: false, address: '', method: 'INVITE', require: '', proxy_require: '', request: '' };

function requestOf(typed) {
  const policy = typed.against === 'draft' ? bodyOf(draft.value) : {};
  if (typed.isPasted) return { ...policy, request: typed.request };
  return { ...policy, address: toUri(typed.address), method: typed.method.trim().toUpperCase() || 'INVITE',
    require: tagsOf(typed.require), proxy_require: tagsOf(typed.proxy_require) };
}

export function PolicyTrial() {
  const [typed, setTyped] = useState(START);
  const [answer, setAnswer] = useState(null);
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const set = (name, value) => setTyped((before) => ({ ...before, [name]: value }));
  const submit = async (event) => {
    event.preventDefault();
    setBusy(true);
    try {
      setAnswer((await post('/v1/extension-policy/simulations', requestOf(typed))).body);
      setProblem(null);
    } catch (thrown) { setProblem(thrown); setAnswer(null); } finally { setBusy(false); }
  };
  const field = (name, label, more) => ({ label, value: typed[name], onValue: (value) => set(name, value), error: faultAt(problem, `/${name}`, { deep: true }),
    spellcheck: false, autocapitalize: 'none', ...more });
  return html`<${Card} title=${t('trial.title')}>
    <form onSubmit=${submit}><${ProblemNote} problem=${problem} labels=${{ '/address': t('lookup.address'), '/request': t('lookup.request'), '/require': 'Require', '/proxy_require': 'Proxy-Require' }} />
      <${Choice} ...${field('against', t('trial.against'))} options=${[['draft', t('trial.draft')], ['in_force', t('trial.in_force')]]} />
      ${typed.isPasted ? html`<${TextArea} ...${field('request', t('lookup.request'), { hint: t('lookup.request_hint'), required: true })} />` : html`
        <div class="row"><${TextField} ...${field('address', t('lookup.address'), { required: true })} /><${TextField} ...${field('method', t('rule.method'))} /></div>
        <div class="row"><${TextField} ...${field('require', 'Require', { hint: t('lookup.tags_hint') })} /><${TextField} ...${field('proxy_require', 'Proxy-Require', { hint: t('lookup.tags_hint') })} /></div>`}
      <div class="actions spaced"><${Button} kind="primary" type="submit" busy=${busy}>${t('trial.submit')}<//>
        <${Button} kind="link" onClick=${() => set('isPasted', !typed.isPasted)}>${t(typed.isPasted ? 'trial.parts_instead' : 'trial.request_instead')}<//></div></form>
    ${answer && html`<${Judged} answer=${answer} />`}
  <//>`;
}

function Groups({ title, rows, others, member }) {
  if (rows.length === 0) return null;
  return html`<h3>${title}</h3><${Table} caption=${title} rows=${rows} rowKey=${(row) => row[member]} columns=${[
    { key: 'who', label: title, cell: (row) => html`<${Said} text=${row[member] || '–'} />` },
    { key: 'refused', label: t('replay.would_be_refused'), kind: 'number', cell: (row) => number(row.would_be_refused) },
    { key: 'pass', label: t('replay.would_pass'), kind: 'number', cell: (row) => number(row.would_pass) },
    { key: 'example', label: t('replay.example'), cell: (row) => row.example && html`<a href=${href(`/redirect-logs/${row.example}`)}>${t('replay.call')}</a>` }]} />
    ${others > 0 && html`<p class="quiet">${t('replay.others', { count: others })}</p>`}`;
}

export function PolicyReplay({ level = 2 }) {
  const [result, setResult] = useState(null);
  const [problem, setProblem] = useState(null);
  if (!may('logs:read')) return null;
  const run = async () => {
    setProblem(null);
    setResult((await post('/v1/extension-policy/replays', { proposed: bodyOf(draft.value) })).body);
  };
  const calls = result?.calls;
  return html`<${Card} title=${t('replay.title')} level=${level}>
    <p class="quiet">${t('replay.about')}</p><${ProblemNote} problem=${problem} />
    <p><${ActionButton} kind="plain" run=${run} onProblem=${setProblem}>${t('replay.run')}<//></p>
    <div aria-live="polite">${calls && html`
      <p class="state">${calls.would_be_refused > 0 ? t('replay.refused', { count: calls.would_be_refused, all: calls.looked_at }) : t('replay.refused_none', { all: calls.looked_at })}</p>
      ${calls.would_pass > 0 && html`<p>${t('replay.pass', { count: calls.would_pass })}</p>`}
      ${!result.complete && html`<p class="quiet">${t('replay.incomplete', { at: dateTime(result.looked_back_to) })}</p>`}
      <${Groups} title=${t('replay.agents')} rows=${result.user_agents} others=${result.other_user_agents} member="user_agent" />
      <${Groups} title=${t('replay.tags')} rows=${result.tags} others=${result.other_tags} member="tag" />
      <${Groups} title=${t('replay.networks')} rows=${result.networks} others=${result.other_networks} member="network" />`}</div>
  <//>`;
}
