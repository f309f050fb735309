// Who changed what and when, from what to what.
import { html, useState } from '../vendor/preact.js';
import { ActionButton, Button, Dialog, Empty, Facts, Loading, Page, ProblemNote, t, Table, Tag, TextField } from '../kit.js';
import { fromLocalInput, moment, toLocalInput } from '../format.js';
import { useList, useResource, useStill } from '../lists.js';
import { setQuery } from '../router.js';
import { Said } from '../said.js';
import { addTexts } from '../texts.js';
import texts from '../texts/audit.js';
import { actionText, actorText, differences } from './change-words.js';

addTexts(texts);

const PATH = '/v1/audit-events';
const FILTERS = ['action', 'actor', 'object_id', 'request_id', 'from', 'until'];
const SHOWN_MAX = 200;

const diffColumns = () => [
  { key: 'member', label: t('audit.member'), cell: ({ path }) => html`<code><${Said} text=${path} /></code>` },
  { key: 'before', label: t('audit.before'), cell: ({ before }) => html`<${Said} text=${before} />` },
  { key: 'after', label: t('audit.after'), cell: ({ after }) => html`<${Said} text=${after} />` },
];

function EventDialog({ id, onClose }) {
  const { value: event, problem } = useResource(`${PATH}/${encodeURIComponent(id)}`);
  const rows = event ? differences(event.before, event.after) : [];
  return html`<${Dialog} kind="wide" title=${event ? actionText(event.action) : t('audit.title')} onClose=${onClose}>
    <${ProblemNote} problem=${problem} />
    ${!event ? !problem && html`<${Loading} />` : html`<${Facts} of=${[[t('audit.when'), moment(event.at)], [t('audit.actor'), html`<${Said} text=${actorText(event.actor)} />`],
      [t('audit.peer'), event.peer], [t('audit.object'), html`<code><${Said} text=${event.object_id} /></code>`], [t('audit.request'), event.request_id]]} />
      ${rows.length === 0 ? html`<p class="empty">${t('audit.no_changes')}</p>`
        : html`<${Table} caption=${t('audit.changes')} columns=${diffColumns()} rows=${rows.slice(0, SHOWN_MAX)} rowKey=${({ path }) => path} />`}
      ${rows.length > SHOWN_MAX && html`<p class="quiet">${t('audit.more_changes', { count: rows.length - SHOWN_MAX })}</p>`}`}
  <//>`;
}

// What people call the object; else its id.
const NAMES = ['address', 'name', 'uri', 'network', 'text', 'tag', 'username', 'value'];
const nameOf = ({ before, after, object_id: id }) => NAMES.map((name) => after?.[name] ?? before?.[name]).find((name) => typeof name === 'string') ?? id;

const columns = (open) => [
  { key: 'when', label: t('audit.when'), kind: 'tight', cell: (row) => moment(row.at) },
  { key: 'action', label: t('audit.action'), cell: (row) => html`${actionText(row.action)}${row.foreign_owner_id && html` <${Tag} kind="warn">${t('audit.foreign')}<//>`}` },
  { key: 'object', label: t('audit.object'), cell: (row) => html`<${Said} text=${nameOf(row)} />` },
  { key: 'actor', label: t('audit.actor'), cell: (row) => html`<${Said} text=${actorText(row.actor)} />${row.peer && html`<div class="quiet">${row.peer}</div>`}` },
  { key: 'changes', label: '', kind: 'tight', cell: (row) => html`<${Button} kind="plain small" aria-label=${t('audit.changes_of', { what: actionText(row.action), when: moment(row.at) })} onClick=${() => open(row.id)}>${t('audit.changes')}<//>` },
];

export function AuditPage({ query }) {
  const values = Object.fromEntries(query);
  const wanted = JSON.parse(useStill(JSON.stringify(Object.fromEntries(FILTERS.map((name) => [name, values[name]])))));
  const list = useList(PATH, wanted);
  const [opened, open] = useState(values.id ?? null);
  const set = (changed) => setQuery({ ...values, ...changed });
  const field = (name, label, more) => ({ label: t(`audit.${label}`), value: values[name] ?? '', onValue: (value) => set({ [name]: value.trim() }), spellcheck: false, autocapitalize: 'none', ...more });
  const time = (name) => field(name, name, { type: 'datetime-local', value: values[name] ? toLocalInput(values[name]) : '', onValue: (local) => set({ [name]: fromLocalInput(local) }) });
  return html`<${Page} title=${t('audit.title')} about=${t('audit.about')}>
    <form role="search" onSubmit=${(event) => event.preventDefault()}>
      <div class="row"><${TextField} ...${field('action', 'action', { hint: t('audit.action_hint'), 'data-key': '/' })} /><${TextField} ...${field('actor', 'actor')} />
        <${TextField} ...${field('object_id', 'object', { hint: t('audit.object_hint') })} /></div>
      <div class="row spaced"><${TextField} ...${time('from')} /><${TextField} ...${time('until')} /><${TextField} ...${field('request_id', 'request')} />
        ${query.size > 0 && html`<${Button} onClick=${() => setQuery({})}>${t('audit.clear')}<//>`}</div></form>
    <${ProblemNote} problem=${list.problem} />
    ${list.items.length > 0 ? html`<${Table} caption=${t('audit.title')} columns=${columns(open)} rows=${list.items} />`
      : list.loading ? html`<${Loading} />` : !list.problem && html`<${Empty}>${t('audit.empty')}<//>`}
    ${list.more && html`<${ActionButton} run=${list.showMore}>${t('kit.more')}<//>`}
    ${opened && html`<${EventDialog} id=${opened} onClose=${() => { open(null); set({ id: '' }); }} />`}
  <//>`;
}
