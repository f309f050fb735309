// What pages of plain objects share: a table of them, a dialog that makes one, one that changes it.
import { html, useState } from './vendor/preact.js';
import { Button, Confirm, Dialog, Empty, Loading, Note, ProblemNote, t, Table, toast } from './kit.js';
import { ConflictDialog, useEditor } from './editor.js';
import { bodyOf, draftOf, Fields, nameLabels, pointerLabels, shownBy, shownOf } from './forms.js';
import { post, remove } from './http.js';
import { useList } from './lists.js';
import { addTexts, hasText } from './texts.js';
import texts from './texts/objects.js';

addTexts(texts);

// What is sent when a form is submitted: { busy, problem, submit(event) }; what `run` throws is the problem.
export function useSubmit(run) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(null);
  const submit = async (event) => {
    event?.preventDefault();
    setBusy(true);
    try {
      await run();
      setProblem(null);
    } catch (thrown) {
      setProblem(thrown);
    } finally {
      setBusy(false);
    }
  };
  return { busy, problem, submit };
}

const FormEnd = ({ onClose, action, busy, children }) => html`<div class="actions end">${children}<span class="grow"></span>
  ${onClose && html`<${Button} onClick=${onClose}>${t('kit.cancel')}<//>`}<${Button} kind="primary" type="submit" busy=${busy}>${action}<//></div>`;

// initial: members that the form begins with; fixed: members that it does not ask for; toBody(members): what is sent
// of them. onMade(object)
export function NewDialog({ title, path, fields, initial, fixed = {}, toBody = (members) => members, action = t('objects.make'), isOnce, onMade, onClose, children }) {
  const [draft, setDraft] = useState(() => draftOf(fields, initial));
  const { busy, problem, submit } = useSubmit(async () => {
    const { body } = await post(path, toBody({ ...bodyOf(shownOf(fields, draft), draft), ...fixed }), { isOnce });
    onMade(body);
  });
  return html`<${Dialog} title=${title} onClose=${onClose}><form onSubmit=${submit}>
    <${ProblemNote} problem=${problem} labels=${pointerLabels(fields)} />${children}
    <${Fields} fields=${fields} draft=${draft} set=${(name, value) => setDraft((before) => ({ ...before, [name]: value }))} problem=${problem} />
    <${FormEnd} onClose=${onClose} action=${action} busy=${busy} /></form><//>`;
}

// The form of one object that is there. write: what saves it, PATCH unless told (whole: of all members). headings: { name of
// the field that one stands before: its text }. onSaved(stored).
export function EditForm({ path, fields, write, whole = false, readOnly = false, headings, onSaved, onClose, actions }) {
  const toDraft = (stored) => draftOf(fields, stored);
  const editor = useEditor(path, { toDraft, write, toBody: (changes, draft) => bodyOf(fields, whole ? draft : changes) });
  const { busy, submit } = useSubmit(async () => {
    const stored = await editor.save();
    if (stored) saved(stored);
  });
  const saved = (stored) => { toast(t('kit.saved')); onSaved?.(stored); };
  if (!editor.draft) return editor.loading ? html`<${Loading} />` : html`<${ProblemNote} problem=${editor.problem} />`;
  return html`<form onSubmit=${submit}>
    <${ProblemNote} problem=${editor.problem} labels=${pointerLabels(fields)} />
    <fieldset class="plain" disabled=${readOnly}><${Fields} fields=${fields} draft=${editor.draft} set=${editor.set} problem=${editor.problem} headings=${headings} /></fieldset>
    ${!readOnly && html`<${FormEnd} onClose=${onClose} action=${t('kit.save')} busy=${busy}>${actions?.(editor)}<//>`}
    <${ConflictDialog} editor=${editor} toDraft=${toDraft} labels=${nameLabels(fields)} show=${shownBy(fields)} onKept=${saved} /></form>`;
}

// Removes at once where it can be made again, and says so with an undo; else asks first (`asks`: the question).
export function RemoveButton({ path, editor, fields, remake, asks, done, onDone }) {
  const [isAsking, setAsking] = useState(false);
  const act = async () => {
    const again = bodyOf(shownOf(fields, editor.begun), editor.begun);
    await remove(path, { etag: editor.etag });
    toast(done, remake && { undo: { label: t('kit.undo'), run: async () => { await post(remake, again); onDone(); } } });
    onDone();
  };
  const { busy, problem, submit } = useSubmit(act);
  return html`<${Button} kind="danger" busy=${busy} onClick=${() => (asks ? setAsking(true) : submit())}>${t('objects.remove')}<//>
    ${problem && html`<${Note} kind="bad" role="alert">${problem.message}<//>`}
    ${isAsking && html`<${Confirm} title=${asks} action=${t('objects.remove')} run=${act} onClose=${() => setAsking(false)}><p>${t('objects.no_undo')}</p><//>`}`;
}

export function ListOf({ list, caption, columns, empty, ...rest }) {
  return html`<${ProblemNote} problem=${list.problem} />
    ${list.items.length > 0 && html`<${Table} caption=${caption} columns=${columns} rows=${list.items} ...${rest} />`}
    ${list.loading ? html`<${Loading} />` : !list.problem && list.items.length === 0 && html`<${Empty}>${empty}<//>`}
    ${list.more && !list.loading && html`<div class="actions"><${Button} onClick=${list.showMore}>${t('kit.more')}<//></div>`}`;
}

// A whole page, or a card of one, of plain objects. frame: Page or Card; words: the start of its keys: ".title", ".about",
// ".new", ".edit", ".empty", ".removed", and ".remove_asks" where removing cannot be undone. first(row, open): its first column,
// a button that opens the form unless told. mayWrite: whether this role changes them. columns: or what gives them for reload().
// onMade, onSaved: (object, reload).
export function Objects({ frame, words, path, parameters, columns, fields, editFields = fields, initial, fixed, nameOf, mayWrite, before, onMade, onSaved }) {
  const list = useList(path, parameters);
  const [dialog, setDialog] = useState(null);
  const close = () => setDialog(null);
  const done = () => { close(); list.reload(); };
  const open = { key: 'name', kind: 'wide', label: t(`${words}.name`), cell: (row) => html`<${Button} kind="link text" onClick=${() => setDialog(row)}>${nameOf(row)}<//>` };
  const one = dialog?.id && `${path}/${dialog.id}`;
  const asks = `${words}.remove_asks`;
  return html`<${frame} title=${t(`${words}.title`)} about=${hasText(`${words}.about`) && t(`${words}.about`)}
      actions=${mayWrite && html`<${Button} kind="primary" data-key="n" onClick=${() => setDialog('new')}>${t(`${words}.new`)}<//>`}>
    ${before}
    <${ListOf} list=${list} caption=${t(`${words}.title`)} columns=${[open, ...(typeof columns === 'function' ? columns(list.reload) : columns)]} empty=${t(`${words}.empty`)} />
    ${dialog === 'new' && html`<${NewDialog} title=${t(`${words}.new`)} path=${path} fields=${fields} initial=${initial} fixed=${fixed} onClose=${close}
      onMade=${(made) => { done(); toast(t('objects.made')); onMade?.(made, list.reload); }} />`}
    ${one && html`<${Dialog} title=${t(`${words}.edit`, { what: nameOf(dialog) })} onClose=${close}>
      <${EditForm} path=${one} fields=${editFields} readOnly=${!mayWrite} onClose=${close} onSaved=${(stored) => { done(); onSaved?.(stored, list.reload); }}
        actions=${(editor) => html`<${RemoveButton} path=${one} editor=${{ ...editor, begun: draftOf(fields, editor.stored) }} fields=${fields}
          remake=${hasText(asks) ? undefined : path} asks=${hasText(asks) ? t(asks, { what: nameOf(dialog) }) : undefined} done=${t(`${words}.removed`)} onDone=${done} />`} /><//>`}
  <//>`;
}
