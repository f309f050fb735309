// A dialog for making or editing one small object, from a table of its fields: [{ member, kind, label, hint, options }].
// kind: 'text' (the default), 'number', 'select', 'check'; isEmptyNull: an empty text is null.
import { html, useState } from '../vendor/preact.js';
import { Button, CheckField, Dialog, faultAt, Loading, ProblemNote, SelectField, t, TextField } from '../kit.js';
import { ConflictDialog, useEditor } from '../editor.js';
import { post } from '../http.js';

const KINDS = { select: SelectField, check: CheckField };

function control(field, draft, set, problem) {
  const { member, kind, label, hint, options, isEmptyNull, isShown = () => true, ...rest } = field;
  if (!isShown(draft)) return null;
  const Control = KINDS[kind] ?? TextField;
  const value = kind === 'check' ? Boolean(draft[member]) : String(draft[member] ?? '');
  const read = (typed) => (kind === 'number' ? (typed === '' ? null : Number(typed)) : isEmptyNull && typed === '' ? null : typed);
  return html`<${Control} key=${member} label=${label} hint=${hint} value=${value} options=${options} error=${faultAt(problem, `/${member}`)}
    onValue=${(typed) => set(member, read(typed))} ...${kind === 'number' ? { type: 'number', min: 0 } : {}} ...${rest} />`;
}

const labelsOf = (fields) => Object.fromEntries(fields.map(({ member, label }) => [`/${member}`, label]));

function Form({ fields, draft, set, problem, busy, onSubmit, onClose, action }) {
  return html`<form onSubmit=${onSubmit}><${ProblemNote} problem=${problem} labels=${labelsOf(fields)} />
    ${fields.map((field) => control(field, draft, set, problem))}
    <div class="actions end">${onClose && html`<${Button} onClick=${onClose}>${t('kit.cancel')}<//>`}<${Button} kind="primary" type="submit" busy=${busy}>${action ?? t('kit.save')}<//></div></form>`;
}

// start: the members it begins with; toBody(draft): what is sent.
export function NewDialog({ title, path, fields, start, toBody = (draft) => draft, onClose, onDone }) {
  const [draft, setDraft] = useState(start);
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event) => {
    event.preventDefault();
    setBusy(true);
    try { onDone((await post(path, toBody(draft))).body); } catch (thrown) { setProblem(thrown); setBusy(false); }
  };
  return html`<${Dialog} title=${title} onClose=${onClose}><${Form} fields=${fields} draft=${draft} problem=${problem} busy=${busy} onSubmit=${submit} onClose=${onClose}
    set=${(member, value) => setDraft((before) => ({ ...before, [member]: value }))} /><//>`;
}

// The form alone, on what is stored: save() tells of a conflict.
export function EditForm({ path, fields, onClose, onDone, action }) {
  const toDraft = (stored) => Object.fromEntries(fields.map(({ member }) => [member, stored[member]]));
  const editor = useEditor(path, { toDraft });
  const [busy, setBusy] = useState(false);
  const submit = async (event) => {
    event.preventDefault();
    setBusy(true);
    const stored = await editor.save();
    setBusy(false);
    if (stored) onDone(stored);
  };
  const labels = Object.fromEntries(fields.map(({ member, label }) => [member, label]));
  if (!editor.draft) return editor.problem ? html`<${ProblemNote} problem=${editor.problem} />` : html`<${Loading} />`;
  return html`<${Form} fields=${fields} draft=${editor.draft} problem=${editor.problem} busy=${busy} set=${editor.set} onSubmit=${submit} onClose=${onClose} action=${action} />
    <${ConflictDialog} editor=${editor} toDraft=${toDraft} labels=${labels} onKept=${onDone} />`;
}

export const EditDialog = ({ title, onClose, ...rest }) => html`<${Dialog} title=${title} onClose=${onClose}><${EditForm} onClose=${onClose} ...${rest} /><//>`;
