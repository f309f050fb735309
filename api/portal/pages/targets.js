// Where calls may be sent: rules, what holds without a rule, and the question whether a target is allowed.
import { html, useState } from '../vendor/preact.js';
import { Button, Card, Loading, Page, ProblemNote, SelectField, Tag, t, TextField } from '../kit.js';
import { toUri, visible } from '../format.js';
import { useResource } from '../lists.js';
import { post } from '../http.js';
import { EditForm, Objects, useSubmit } from '../objects.js';
import { may } from '../session.js';
import { addTexts } from '../texts.js';
import texts from '../texts/targets.js';

addTexts(texts);

const ROLES = ['user', 'helpdesk', 'operator', 'admin', 'service'];
const FIELDS = [
  { name: 'action', text: 'targets.action', as: 'select', options: ['deny', 'allow'] },
  { name: 'kind', text: 'targets.kind', as: 'select', options: ['number_prefix', 'domain', 'country'] },
  { name: 'value', text: 'targets.value', required: true, spellcheck: false },
  { name: 'role', text: 'targets.role', as: 'select', options: ['*', ...ROLES] },
  { name: 'enabled', text: 'targets.enabled', as: 'check' },
  { name: 'note', text: 'targets.note', as: 'note', maxlength: 500 },
];
const INITIAL = { action: 'deny', kind: 'number_prefix', role: '*', enabled: true };
const POLICY = [
  { name: 'default_domain_action', text: 'targets.default_domain', as: 'select', options: ['allow', 'deny'] },
  { name: 'default_number_action', text: 'targets.default_number', as: 'select', options: ['allow', 'deny'] },
  { name: 'longest_move_days', text: 'targets.longest', as: 'number', min: 1 },
  { name: 'moves_per_user_max', text: 'targets.per_user', as: 'number', min: 1 },
];

const ActionTag = ({ action }) => html`<${Tag} kind=${action === 'allow' ? 'good' : 'bad'}>${t(`targets.action.${action}`)}<//>`;
const columns = () => [
  { key: 'action', label: t('targets.action'), cell: (rule) => html`<${ActionTag} action=${rule.action} />` },
  { key: 'kind', label: t('targets.kind'), cell: ({ kind }) => t(`targets.kind.${kind}`) },
  { key: 'role', label: t('targets.role'), cell: ({ role }) => t(`targets.role.${role}`) },
  { key: 'enabled', label: t('targets.enabled'), cell: ({ enabled }) => t(enabled ? 'kit.yes' : 'kit.no') },
  { key: 'note', label: t('targets.note'), cell: ({ note }) => html`<bdi>${visible(note)}</bdi>` },
];

function RuleNamed({ id }) {
  const { value, loading } = useResource(`/v1/target-rules/${id}`);
  if (loading) return html`<${Loading} />`;
  return value ? html`${t('targets.by_rule')} <code>${visible(value.value)}</code> ${value.note && html`<span class="quiet"><bdi>${visible(value.note)}</bdi></span>`}` : null;
}

function Question() {
  const [target, setTarget] = useState('');
  const [role, setRole] = useState('user');
  const [answer, setAnswer] = useState(null);
  const { busy, problem, submit } = useSubmit(async () => {
    setAnswer(null);
    setAnswer((await post('/v1/target-rules/simulations', { target: toUri(target), role })).body);
  });
  return html`<${Card} title=${t('targets.question')}><form onSubmit=${submit}>
    <${ProblemNote} problem=${problem} labels=${{ '/target': t('targets.target') }} />
    <div class="row"><${TextField} label=${t('targets.target')} value=${target} onValue=${setTarget} required spellcheck=${false} placeholder="+62 812 …" />
      <${SelectField} label=${t('targets.asked_for')} value=${role} onValue=${setRole} options=${ROLES.map((one) => [one, t(`targets.role.${one}`)])} />
      <${Button} kind="primary" type="submit" busy=${busy}>${t('targets.ask')}<//></div></form>
    <div role="status">${answer && html`<p class="state"><${Tag} kind=${answer.allowed ? 'good' : 'bad'}>${t(answer.allowed ? 'targets.allowed' : 'targets.refused')}<//> <bdi>${visible(answer.target)}</bdi></p>
      <ul>${answer.checks.map((check) => html`<li key=${check.subject}>${t(`targets.subject.${check.subject}`)} <bdi>${visible(check.value)}</bdi>:
        ${' '}${t(check.allowed ? 'targets.allowed' : 'targets.refused')}. ${check.rule_id ? html`<${RuleNamed} id=${check.rule_id} />` : t('targets.by_default')}</li>`)}</ul>`}</div><//>`;
}

export function TargetsPage() {
  const mayWrite = may('system:admin');
  return html`<${Objects} frame=${Page} words="targets" path="/v1/target-rules" parameters=${{ limit: 200 }} columns=${columns()} fields=${FIELDS} initial=${INITIAL}
      nameOf=${(row) => visible(row.value)} mayWrite=${mayWrite} />
    <${Question} />
    <${Card} title=${t('targets.policy')}><${EditForm} path="/v1/target-policy" fields=${POLICY} readOnly=${!mayWrite} /><//>`;
}
