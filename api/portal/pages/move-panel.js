// One move, beside the list: what a caller gets now, changing it, who changed what.
import { html, useEffect, useState } from '../vendor/preact.js';
import { ActionButton, Button, Dialog, Empty, Loading, Note, ProblemNote, Tag, t } from '../kit.js';
import { ConflictDialog, useEditor } from '../editor.js';
import { bare, moment, visible } from '../format.js';
import { post } from '../http.js';
import { useList } from '../lists.js';
import { useSubmit } from '../objects.js';
import { Address } from '../said.js';
import { may } from '../session.js';
import { hasText } from '../texts.js';
import { bodyOfMove, draftOfMove, MoveFields, moveLabels, MoveProblem, showOfMove } from './move-form.js';

const short = (value) => visible(typeof value === 'object' && value !== null ? JSON.stringify(value) : value ?? '–');
const UNSAID = ['revision', 'updated_at', 'starts_local', 'ends_local', 'state'];

function Event({ of: { action, at, actor, before, after } }) {
  const changed = before && after ? Object.keys(after).filter((name) => !UNSAID.includes(name) && JSON.stringify(before[name]) !== JSON.stringify(after[name])) : [];
  const labels = moveLabels();
  const key = `moves.history.${action.split('.').pop()}`;
  return html`<li><strong>${hasText(key) ? t(key) : action}</strong> <span class="quiet">${moment(at)} · <bdi>${visible(actor.name ?? actor.kind)}</bdi></span>
    ${changed.length > 0 && html`<ul>${changed.map((name) => html`<li key=${name}>${labels[name] ?? name}: <bdi>${short(before[name])}</bdi> → <bdi>${short(after[name])}</bdi></li>`)}</ul>`}</li>`;
}

function History({ id }) {
  const list = useList('/v1/audit-events', { object_id: id, limit: 20 });
  return html`<h3>${t('moves.history')}</h3><${ProblemNote} problem=${list.problem} />
    ${list.items.length ? html`<ol class="history">${list.items.map((event) => html`<${Event} key=${event.id} of=${event} />`)}</ol>` : !list.loading && html`<${Empty}>${t('moves.history_none')}<//>`}
    ${list.more && html`<${Button} onClick=${list.showMore}>${t('kit.more')}<//>`}`;
}

function CallerNow({ address, revision }) {
  const [answer, setAnswer] = useState({});
  useEffect(() => {
    let here = true;
    post('/v1/redirect-lookups', { address }).then(({ body }) => here && setAnswer({ body }), (problem) => here && setAnswer({ problem }));
    return () => { here = false; };
  }, [address, revision]);
  if (answer.problem) return html`<${ProblemNote} problem=${answer.problem} />`;
  if (!answer.body) return html`<${Loading} />`;
  const { status, reason_phrase: phrase, contacts } = answer.body;
  return html`<${Note} kind=${contacts.length ? 'good' : 'info'}><p>${t('moves.caller_now')} <strong>${status} ${phrase}</strong></p>
    ${contacts.length > 0 && html`<ul>${contacts.map(({ uri }) => html`<li key=${uri}><${Address} uri=${uri} /></li>`)}</ul>`}<//>`;
}

function EndButton({ move, endMoves, onChanged, onClose }) {
  const word = move.state === 'active' ? 'moves.end' : 'moves.cancel';
  return html`<${ActionButton} kind="danger" run=${() => endMoves([move], onChanged).then(onClose)}>${t(word)}<//>`;
}

export function MovePanel({ id, onClose, onChanged, endMoves }) {
  const path = `/v1/moves/${id}`;
  const editor = useEditor(path, { toDraft: draftOfMove, toBody: (changes, draft) => bodyOfMove(draft, Object.keys(changes)) });
  const [isSaved, setSaved] = useState(false);
  const saved = () => { setSaved(true); onChanged(); };
  const saveWith = (parameters) => async () => { if (await editor.save(parameters)) saved(); };
  const save = useSubmit(saveWith({}));
  const replace = useSubmit(saveWith({ on_conflict: 'replace' }));
  const set = (name, value) => { setSaved(false); editor.set(name, value); };
  const move = editor.stored;
  const isOver = move && !['active', 'scheduled'].includes(move.state);
  return html`<${Dialog} kind="panel" title=${move ? visible(bare(move.address)) : t('moves.title')} onClose=${onClose}>
    ${!move && (editor.loading ? html`<${Loading} />` : html`<${ProblemNote} problem=${editor.problem} />`)}
    ${move && html`<p><strong>${t(`moves.state.${move.state}`)}</strong> <span class="quiet">${t('moves.made_by', { who: visible(move.created_by), when: moment(move.created_at) })}</span></p>
      <${CallerNow} address=${move.address} revision=${move.revision} />
      <form onSubmit=${save.submit}>
        <${MoveProblem} problem=${editor.problem} busy=${replace.busy} onReplace=${replace.submit} />
        <fieldset class="plain" disabled=${!may('moves:write') || move.state === 'cancelled'}><${MoveFields} draft=${editor.draft} set=${set} problem=${editor.problem} /></fieldset>
        ${may('moves:write') && move.state !== 'cancelled' && html`<div class="actions end">
          ${!isOver && html`<${EndButton} move=${move} endMoves=${endMoves} onChanged=${onChanged} onClose=${onClose} />`}
          <span class="grow" role="status">${isSaved && html`<${Tag} kind="good">${t('kit.saved')}<//>`}</span><${Button} kind="primary" type="submit" busy=${save.busy}>${t('kit.save')}<//></div>`}
      </form>
      ${may('system:read') && html`<${History} key=${move.revision} id=${id} />`}
      <${ConflictDialog} editor=${editor} toDraft=${draftOfMove} labels=${moveLabels()} show=${showOfMove} onKept=${saved} />`}
  <//>`;
}
