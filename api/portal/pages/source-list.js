// A list of small objects of one kind in a card, with its dialogs: what is deleted can be had back.
import { html, useState } from '../vendor/preact.js';
import { ActionButton, Button, Card, Empty, Loading, ProblemNote, t, Table, toast, toastProblem } from '../kit.js';
import { useList } from '../lists.js';
import { post, remove } from '../http.js';
import { may } from '../session.js';
import { EditDialog, NewDialog } from './row-dialog.js';

// nameOf(row); newFields and editFields: see row-dialog.js (without editFields nothing is edited); again(row): the body
// that makes it anew. deletes: the key of what deleting is called.
export function SourceList({ path, texts: prefix, columns, nameOf, newFields, editFields, start, toBody, again, deletes = 'sources.delete' }) {
  const list = useList(path);
  const [dialog, setDialog] = useState(null);
  const mayWrite = may('system:admin');
  const close = () => setDialog(null);
  const done = () => { close(); list.reload(); toast(t('kit.saved')); };
  const drop = async (row) => {
    await remove(`${path}/${row.id}`, row.revision ? { etag: `"r${row.revision}"` } : {}).catch((problem) => { toastProblem(problem); list.reload(); throw problem; });
    list.reload();
    toast(t('sources.deleted', { what: nameOf(row) }), { undo: { label: t('kit.undo'), run: async () => { await post(path, again(row)); list.reload(); } } });
  };
  const actions = { key: 'actions', label: '', kind: 'tight', cell: (row) => html`
    ${editFields && html`<${Button} kind="plain small" aria-label=${t('sources.edit_of', { what: nameOf(row) })} onClick=${() => setDialog({ row })}>${t('sources.edit')}<//> `}
    <${ActionButton} kind="plain small" aria-label=${t(`${deletes}_of`, { what: nameOf(row) })} onProblem=${() => {}} run=${() => drop(row)}>${t(deletes)}<//>` };
  return html`<${Card} title=${t(`${prefix}.title`)} actions=${mayWrite && html`<${Button} kind="plain small" onClick=${() => setDialog({ isNew: true })}>${t(`${prefix}.new`)}<//>`}>
    <${ProblemNote} problem=${list.problem} />
    ${list.items.length > 0 ? html`<${Table} caption=${t(`${prefix}.title`)} columns=${mayWrite ? [...columns, actions] : columns} rows=${list.items} />`
      : list.loading ? html`<${Loading} />` : !list.problem && html`<${Empty}>${t(`${prefix}.empty`)}<//>`}
    ${list.more && html`<${ActionButton} run=${list.showMore}>${t('kit.more')}<//>`}
    ${dialog?.isNew && html`<${NewDialog} title=${t(`${prefix}.new`)} path=${path} fields=${newFields} start=${start} toBody=${toBody} onClose=${close} onDone=${done} />`}
    ${dialog?.row && html`<${EditDialog} title=${t('sources.edit_of', { what: nameOf(dialog.row) })} path=${`${path}/${dialog.row.id}`} fields=${editFields} onClose=${close} onDone=${done} />`}
  <//>`;
}
