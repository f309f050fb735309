// The rules of the draft, in the order in which they are looked at, by domain; and the dialog for one of them.
import { html, useState } from '../vendor/preact.js';
import { Button, Card, CheckField, Choice, Dialog, Empty, faultAt, ProblemNote, SelectField, t, Table, Tag, TextField, toast } from '../kit.js';
import { ActionTag, HEADERS } from '../answers.js';
import { put } from '../http.js';
import { Said } from '../said.js';
import { may } from '../session.js';
import { useStore } from '../store.js';
import { bodyOf, draft, inOrder, keyOf, levelOf, LEVELS, NEW_RULE, setRules } from './policy-draft.js';
import { tagText } from './policy-diff.js';
import { presetNote } from './preset-notes.js';

// The API looks at the whole draft with the rule in it, and changes nothing; its faults are this rule's. What is wrong with all
// of it (there is such a rule already) is said at its tag.
async function check(rules, at) {
  try {
    await put('/v1/extension-policy?dry_run=true', bodyOf({ rules }));
    return null;
  } catch (problem) {
    const ours = `/rules/${at}`;
    problem.errors = (problem.errors ?? []).map((fault) => (fault.pointer?.startsWith(ours) ? { ...fault, pointer: fault.pointer.slice(ours.length) || '/tag' } : fault));
    return problem;
  }
}

function RuleDialog({ rule, isNew, onClose }) {
  const [typed, setTyped] = useState(rule);
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event) => {
    event.preventDefault();
    setBusy(true);
    const fresh = { ...typed, tag: typed.tag.trim(), domain: typed.domain.trim() || '*', method: typed.method.trim().toUpperCase() || '*' };
    const others = draft.value.rules.filter((one) => isNew || keyOf(one) !== keyOf(rule));
    const fault = await check([...others, fresh], others.length);
    setBusy(false);
    setProblem(fault);
    if (fault) return;
    setRules([...others, fresh]);
    onClose();
  };
  const field = (name, more) => ({ label: t(`rule.${name}`), value: typed[name], error: faultAt(problem, `/${name}`),
    onValue: (value) => setTyped((before) => ({ ...before, [name]: value })), spellcheck: false, autocapitalize: 'none', ...more });
  const labels = Object.fromEntries(Object.keys(NEW_RULE).filter((name) => name !== 'enabled').map((name) => [`/${name}`, t(`rule.${name}`)]));
  return html`<${Dialog} title=${isNew ? t('rule.new') : t('rules.edit_of', { tag: rule.tag === '*' ? t('rule.any_tag') : rule.tag })} onClose=${onClose}>
    <form onSubmit=${submit}><${ProblemNote} problem=${problem} labels=${labels} />
      <${TextField} ...${field('tag', { hint: t('rule.tag_hint'), required: true })} />
      <${Choice} ...${field('action')} options=${['accept', 'ignore', 'reject'].map((action) => [action, t(`action.${action}`), t(`rule.${action}_hint`)])} />
      <div class="row"><${SelectField} ...${field('header')} options=${Object.entries(HEADERS)} />
        <${TextField} ...${field('method', { hint: t('rule.method_hint') })} /><${TextField} ...${field('domain', { hint: t('rule.domain_hint') })} /></div>
      <${TextField} ...${field('note')} />
      <${CheckField} ...${field('enabled')} />
      <div class="actions end"><${Button} onClick=${onClose}>${t('kit.cancel')}<//><${Button} kind="primary" type="submit" busy=${busy}>${t('rule.to_draft')}<//></div>
    </form><//>`;
}

function removeRule(rule) {
  const before = draft.value;
  setRules(before.rules.filter((one) => keyOf(one) !== keyOf(rule)));
  toast(t('draft.removed', { tag: rule.tag === '*' ? t('rule.any_tag') : rule.tag }), { undo: { label: t('kit.undo'), run: async () => draft.set(before) } });
}

const columns = (edit, mark) => [
  { key: 'tag', label: t('rule.tag'), kind: 'wide', cell: (rule) => html`<strong>${rule.id && rule.id === mark ? html`<mark>${tagText(rule.tag)}</mark>` : tagText(rule.tag)}</strong>
    ${rule.note && html`<div class="quiet"><${Said} text=${presetNote(rule.note)} /></div>`}` },
  { key: 'action', label: t('rule.action'), cell: (rule) => html`<${ActionTag} action=${rule.action} />${!rule.enabled && html` <${Tag}>${t('rule.off')}<//>`}` },
  { key: 'header', label: t('rule.header'), kind: 'tight', cell: ({ header }) => HEADERS[header] },
  { key: 'method', label: t('rule.method'), kind: 'tight', cell: ({ method }) => (method === '*' ? t('rule.any') : html`<${Said} text=${method} />`) },
  { key: 'level', label: t('rule.level'), cell: (rule) => `${levelOf(rule) + 1}. ${t(`level.${LEVELS[levelOf(rule)]}`)}` },
  ...(may('policy:write') ? [{ key: 'actions', label: '', kind: 'tight', cell: (rule) => html`
    <${Button} kind="plain small" aria-label=${t('rules.edit_of', { tag: rule.tag })} onClick=${() => edit(rule)}>${t('rules.edit')}<//>
    ${' '}<${Button} kind="plain small" aria-label=${t('rules.remove_of', { tag: rule.tag })} onClick=${() => removeRule(rule)}>${t('rules.remove')}<//>` }] : []),
];

export function PolicyRules({ mark }) {
  const { rules } = useStore(draft);
  const [edited, setEdited] = useState(null);
  const [text, setText] = useState('');
  const found = rules.filter(({ tag }) => tag.toLowerCase().includes(text.trim().toLowerCase()));
  // Domains of their own come first, as their rules do.
  const domains = [...new Set(found.map(({ domain }) => domain))].sort((a, b) => (a === '*') - (b === '*') || a.localeCompare(b));
  return html`<${Card} title=${t('rules.title')} actions=${may('policy:write') && html`<${Button} kind="plain" data-key="n" onClick=${() => setEdited({ ...NEW_RULE, isNew: true })}>${t('rules.add')}<//>`}>
    <p class="quiet">${t('rules.order')}</p>
    <div class="narrow"><${TextField} label=${t('rules.find')} type="search" data-key="/" value=${text} onValue=${setText} /></div>
    ${found.length === 0 && html`<${Empty}>${t(rules.length === 0 ? 'rules.none' : 'rules.none_found')}<//>`}
    ${domains.map((domain) => {
      const title = domain === '*' ? t('rules.everywhere') : t('rules.in_domain', { domain });
      return html`<section key=${domain}><h3>${title}</h3><${Table} caption=${title} columns=${columns(setEdited, mark)} rowKey=${keyOf}
        rows=${inOrder(found.filter((rule) => rule.domain === domain))} /></section>`;
    })}
    ${edited && html`<${RuleDialog} rule=${edited} isNew=${edited.isNew} onClose=${() => setEdited(null)} />`}
  <//>`;
}
