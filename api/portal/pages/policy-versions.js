// Every extension policy there was: who made it and why, what it changed, and back to it.
import { html, useState } from '../vendor/preact.js';
import { ActionButton, Button, Dialog, Loading, Page, ProblemNote, t, Table, Tag, toast } from '../kit.js';
import { moment } from '../format.js';
import { useList, useResource } from '../lists.js';
import { get, post } from '../http.js';
import { href } from '../router.js';
import { Said } from '../said.js';
import { may } from '../session.js';
import { addTexts } from '../texts.js';
import texts from '../texts/policy.js';
import { actorText } from './change-words.js';
import { PolicyDiff } from './policy-diff.js';

addTexts(texts);

const PATH = '/v1/extension-policy/versions';

async function restore(number, policyNow) {
  await post(`${PATH}/${number}/restore`, {}, { etag: policyNow });
}

// The difference to what is in force is what going back would do: it is looked at before.
function DiffDialog({ version, against, onClose, onRestored }) {
  const { value, problem } = useResource(`${PATH}/${version.number}/diff${against ? `?against=${against}` : ''}`);
  const [policy] = useState(() => get('/v1/extension-policy'));
  const [failure, setFailure] = useState(null);
  const goBack = async () => {
    const { etag } = await policy;
    await restore(version.number, etag);
    toast(t('versions.restored_toast', { number: version.number }));
    onRestored();
  };
  return html`<${Dialog} kind="wide" title=${t(against ? 'versions.compare_of' : 'versions.changes_of', { number: version.number })} onClose=${onClose}>
    <${ProblemNote} problem=${failure ?? problem} />
    ${value ? html`<${PolicyDiff} of=${value} caption=${t('versions.changes')} />` : !problem && html`<${Loading} />`}
    <div class="actions end"><${Button} onClick=${onClose}>${t('kit.close')}<//>
      ${against && may('policy:write') && html`<${ActionButton} kind="primary" run=${goBack} onProblem=${setFailure}>${t('versions.restore')}<//>`}</div><//>`;
}

const columns = (open, newest) => [
  { key: 'number', label: t('versions.number'), kind: 'tight', cell: (row) => html`${row.number} ${row.number === newest && html`<${Tag} kind="good">${t('versions.in_force')}<//>`}` },
  { key: 'when', label: t('versions.when'), kind: 'tight', cell: (row) => moment(row.created_at) },
  { key: 'who', label: t('versions.who'), cell: (row) => html`<${Said} text=${actorText(row.actor)} />` },
  { key: 'what', label: t('versions.what'), cell: (row) => t('versions.counts', { added: row.added_count, changed: row.changed_count, removed: row.removed_count }) },
  { key: 'note', label: t('versions.note'), cell: (row) => (row.restored_from ? t('versions.restored', { number: row.restored_from }) : html`<${Said} text=${row.note} />`) },
  { key: 'actions', label: '', cell: (row) => html`<div class="actions"><${Button} kind="plain small" onClick=${() => open({ version: row })}>${t('versions.changes')}<//>
    ${row.number !== newest && html`<${Button} kind="plain small" onClick=${() => open({ version: row, against: 'current' })}>${t('versions.compare')}<//>`}</div>` },
];

export function PolicyVersionsPage() {
  const list = useList(PATH);
  const [opened, open] = useState(null);
  return html`<${Page} title=${t('versions.title')} about=${t('versions.about')} actions=${html`<a class="button plain" href=${href('/policy')}>${t('versions.policy')}</a>`}>
    <${ProblemNote} problem=${list.problem} />
    ${list.items.length > 0 ? html`<${Table} caption=${t('versions.title')} columns=${columns(open, list.items[0].number)} rows=${list.items} rowKey=${(row) => row.number} />`
      : list.loading && html`<${Loading} />`}
    ${list.more && html`<${ActionButton} run=${list.showMore}>${t('kit.more')}<//>`}
    ${opened && html`<${DiffDialog} ...${opened} onClose=${() => open(null)} onRestored=${() => { open(null); list.reload(); }} />`}
  <//>`;
}
