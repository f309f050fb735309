// Backups: what there are, one more, and how one is put back.
import { html, useState } from '../vendor/preact.js';
import { ActionButton, Button, Card, Confirm, Dialog, Empty, faultAt, Loading, Note, Page, ProblemNote, Source, t, Table, TextField, toast } from '../kit.js';
import { bytes, moment } from '../format.js';
import { useList } from '../lists.js';
import { post, remove } from '../http.js';
import { Said } from '../said.js';
import { may } from '../session.js';
import { addTexts } from '../texts.js';
import texts from '../texts/backups.js';

addTexts(texts);

const PATH = '/v1/backups';
const RESTORE = 'systemctl stop sipmoved\nsipmoved restore bak_....db --data-dir /var/lib/sipmoved\nsystemctl start sipmoved';

function NewBackup({ onClose, onMade }) {
  const [note, setNote] = useState('');
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event) => {
    event.preventDefault();
    setBusy(true);
    try {
      await post(PATH, note.trim() ? { note: note.trim() } : {});
      toast(t('backups.made'));
      onMade();
    } catch (thrown) { setProblem(thrown); setBusy(false); }
  };
  return html`<${Dialog} title=${t('backups.new')} onClose=${onClose}><form onSubmit=${submit}><${ProblemNote} problem=${problem} labels=${{ '/note': t('backups.note') }} />
    <${TextField} label=${t('backups.note')} hint=${t('backups.note_hint')} value=${note} onValue=${setNote} error=${faultAt(problem, '/note')} />
    <div class="actions end"><${Button} onClick=${onClose}>${t('kit.cancel')}<//><${Button} kind="primary" type="submit" busy=${busy}>${t('backups.new')}<//></div></form><//>`;
}

const columns = (onDelete) => [
  { key: 'when', label: t('backups.when'), kind: 'tight', cell: (row) => moment(row.created_at) },
  { key: 'by', label: t('backups.by'), cell: (row) => (row.scheduled ? t('backups.scheduled') : html`<${Said} text=${row.created_by} />`) },
  { key: 'note', label: t('backups.note'), cell: (row) => html`<${Said} text=${row.note} />` },
  { key: 'size', label: t('backups.size'), kind: 'number', cell: (row) => bytes(row.size_bytes) },
  ...(may('system:admin') ? [{ key: 'actions', label: '', kind: 'tight', cell: (row) => html`
    <a class="button plain small" href=${`${PATH}/${row.id}/content`} download=${`${row.id}.db`} aria-label=${t('backups.download_of', { when: moment(row.created_at) })}>${t('backups.download')}</a>
    ${' '}<a class="button plain small" href=${`${PATH}/${row.id}`} download=${`${row.id}.json`}>${t('backups.manifest')}</a>
    ${' '}<${Button} kind="danger small" aria-label=${t('backups.delete_of', { when: moment(row.created_at) })} onClick=${() => onDelete(row)}>${t('backups.delete')}<//>` }] : []),
];

export function BackupsPage() {
  const list = useList(PATH);
  const [isNew, setNew] = useState(false);
  const [doomed, setDoomed] = useState(null);
  const drop = async () => {
    await remove(`${PATH}/${doomed.id}`);
    toast(t('backups.deleted'));
    list.reload();
  };
  return html`<${Page} title=${t('backups.title')} about=${t('backups.about')} actions=${may('system:admin') && html`<${Button} kind="primary" data-key="n" onClick=${() => setNew(true)}>${t('backups.new')}<//>`}>
    <${ProblemNote} problem=${list.problem} />
    ${list.items.length > 0 ? html`<${Table} caption=${t('backups.title')} columns=${columns(setDoomed)} rows=${list.items} />`
      : list.loading ? html`<${Loading} />` : !list.problem && html`<${Empty}>${t('backups.empty')}<//>`}
    ${list.more && html`<${ActionButton} run=${list.showMore}>${t('kit.more')}<//>`}
    <${Note} kind="warn"><p>${t('backups.secrets')}</p><//>
    <${Card} title=${t('backups.restore')}><p>${t('backups.restore_about')}</p><${Source} text=${RESTORE} label=${t('backups.restore_commands')} /><//>
    ${isNew && html`<${NewBackup} onClose=${() => setNew(false)} onMade=${() => { setNew(false); list.reload(); }} />`}
    ${doomed && html`<${Confirm} title=${t('backups.delete_title')} action=${t('backups.delete')} onClose=${() => setDoomed(null)} run=${drop}>
      <p>${t('backups.delete_about', { when: moment(doomed.created_at) })}</p><//>`}
  <//>`;
}
