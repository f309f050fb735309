// What pages are made of. Everything here works with a keyboard and a screen reader, and has no text of its own
// but what texts/kit.js says. Text from elsewhere goes in as text, never as markup.
import { html, useEffect, useId, useLayoutEffect, useRef, useState } from './vendor/preact.js';
import { place } from './router.js';
import { store, useStore } from './store.js';
import { addTexts, hasText, language, t } from './texts.js';
import faults from './texts/faults.js';
import texts from './texts/kit.js';

addTexts(texts);
addTexts(faults);
export { html, t };

// --- a page ----------------------------------------------------------------

// title: of the page and of the browser's tab. actions: buttons beside it.
export function Page({ title, about, actions, children }) {
  const heading = useRef();
  useLayoutEffect(() => { document.title = `${title} · sipmoved`; }, [title]);
  // Who comes by keyboard or screen reader begins at the top of the new page.
  useLayoutEffect(() => { heading.current.focus({ preventScroll: true }); window.scrollTo(0, 0); }, []);
  return html`<div class="page">
    <div class="page-head"><h1 tabindex="-1" ref=${heading}>${title}</h1>${actions && html`<div class="actions">${actions}</div>`}</div>
    ${about && html`<p class="about">${about}</p>`}
    ${children}
  </div>`;
}

// A part of a page with a heading of its own.
export function Card({ title, actions, kind = '', children, level = 2 }) {
  const id = useId();
  const Heading = `h${level}`;
  return html`<section class=${`card ${kind}`} aria-labelledby=${title ? id : undefined}>
    ${title && html`<div class="card-head"><${Heading} id=${id}>${title}<//>${actions && html`<div class="actions">${actions}</div>`}</div>`}
    ${children}
  </section>`;
}

export const Loading = () => html`<p class="loading" role="status">${t('kit.loading')}</p>`;
export const Empty = ({ children }) => html`<p class="empty">${children}</p>`;
// kind: good, info, warn, bad. A word and a sign beside the colour.
const SIGNS = { good: '✓', info: 'i', warn: '!', bad: '✕', plain: '' };
export const Tag = ({ kind = 'plain', children }) =>
  html`<span class=${`tag ${kind}`}>${SIGNS[kind] && html`<span aria-hidden="true">${SIGNS[kind]}</span>`} ${children}</span>`;
export const Note = ({ kind = 'info', children, role }) =>
  html`<div class=${`note ${kind}`} role=${role}><span class="sign" aria-hidden="true">${SIGNS[kind]}</span><div>${children}</div></div>`;

// --- buttons ---------------------------------------------------------------

// kind: primary, danger, plain, link. While busy it stays focusable and does nothing.
export function Button({ kind = 'plain', busy = false, type = 'button', onClick, children, ...rest }) {
  return html`<button type=${type} class=${`button ${kind}`} aria-disabled=${busy || undefined} aria-busy=${busy || undefined}
    onClick=${(event) => { if (busy) event.preventDefault(); else onClick?.(event); }} ...${rest}>${children}</button>`;
}

// Runs `run` and is busy until it is done; what it throws is handed to onProblem, or shown as a toast.
export function ActionButton({ run, onProblem, children, ...rest }) {
  const [busy, setBusy] = useState(false);
  const act = async () => {
    setBusy(true);
    try { await run(); } catch (problem) { (onProblem ?? toastProblem)(problem); } finally { setBusy(false); }
  };
  return html`<${Button} busy=${busy} onClick=${act} ...${rest}>${children}<//>`;
}

export function CopyButton({ text, label }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    try { await navigator.clipboard.writeText(text); setDone(true); } catch { toast(t('kit.copy_failed')); }
  };
  return html`<${Button} kind="plain small" onClick=${copy}>${done ? t('kit.copied') : label ?? t('kit.copy')}<//>`;
}

// --- fields ----------------------------------------------------------------

// label, hint, error, and what it is for: children(attributes) makes the control.
export function Field({ label, hint, error, children, kind = '' }) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ') || undefined;
  return html`<div class=${`field ${kind} ${error ? 'wrong' : ''}`}>
    <label for=${id}>${label}</label>
    ${children({ id, 'aria-describedby': described, 'aria-invalid': error ? 'true' : undefined })}
    ${hint && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}
    ${error && html`<p class="error" id=${`${id}-error`}>${error}</p>`}
  </div>`;
}

const typed = (onValue) => (event) => onValue(event.currentTarget.value);

// onValue(text) at every key. More attributes go to the input: type, autocomplete, placeholder, list ...
export const TextField = ({ label, hint, error, value, onValue, kind, ...rest }) => html`<${Field} ...${{ label, hint, error, kind }}>
  ${(attributes) => html`<input type="text" value=${value} onInput=${typed(onValue)} ...${attributes} ...${rest} />`}<//>`;

export const TextArea = ({ label, hint, error, value, onValue, kind, ...rest }) => html`<${Field} ...${{ label, hint, error, kind }}>
  ${(attributes) => html`<textarea value=${value} onInput=${typed(onValue)} ...${attributes} ...${rest}></textarea>`}<//>`;

// options: [[value, text], ...]
export const SelectField = ({ label, hint, error, value, onValue, options, kind, ...rest }) => html`<${Field} ...${{ label, hint, error, kind }}>
  ${(attributes) => html`<select value=${value} onChange=${typed(onValue)} ...${attributes} ...${rest}>
    ${options.map(([key, text]) => html`<option key=${key} value=${key} selected=${key === value}>${text}</option>`)}</select>`}<//>`;

export function CheckField({ label, hint, value, onValue, error, ...rest }) {
  const id = useId();
  return html`<div class=${`field check ${error ? 'wrong' : ''}`}><label for=${id}><input id=${id} type="checkbox" checked=${value}
    aria-describedby=${hint || error ? `${id}-hint` : undefined} onChange=${(event) => onValue(event.currentTarget.checked)} ...${rest} />
    <span>${label}</span></label>${(hint || error) && html`<p class=${error ? 'error' : 'hint'} id=${`${id}-hint`}>${error ?? hint}</p>`}</div>`;
}

// One of a few, all in sight. options: [[value, text, hint], ...]
export function Choice({ label, value, onValue, options, kind = '' }) {
  const name = useId();
  return html`<fieldset class=${`choice ${kind}`}><legend>${label}</legend><div class="options">${options.map(([key, text, hint]) => html`
    <label key=${key} class=${key === value ? 'chosen' : ''}><input type="radio" name=${name} value=${key} checked=${key === value}
      onChange=${() => onValue(key)} /><span>${text}${hint && html`<small>${hint}</small>`}</span></label>`)}</div></fieldset>`;
}

// --- problems --------------------------------------------------------------

// What the API said, in the reader's language where we have the words for its code; else as it said it, in English.
function inWords(kind, code, otherwise) {
  const key = `${kind}.${code}`;
  return language() !== 'en' && hasText(key) ? t(key) : otherwise;
}

export function problemText(problem) {
  if (!problem.code) return problem.message;
  if (hasText(`problem.${problem.code}`)) return t(`problem.${problem.code}`);
  return [problem.title, problem.detail].filter(Boolean).join('. ');
}

const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);
export const faultText = (fault) => sentence(inWords('fault', fault.code, fault.detail));

// The fault of one member; pointer: "/targets/0/uri". Faults further in ("/targets/0/uri" for "/targets") count with deep.
export const faultAt = (problem, pointer, { deep = false } = {}) => {
  const fault = problem?.errors?.find((one) => one.pointer === pointer || one.parameter === pointer
    || (deep && one.pointer?.startsWith(`${pointer}/`)));
  return fault && faultText(fault);
};

// Of "/addresses/0" what "/addresses" is called, and which of them, if nothing nearer has a name.
function nameOf({ pointer = '', parameter, header }, labels) {
  const parent = Object.keys(labels).find((one) => pointer.startsWith(`${one}/`));
  const name = labels[pointer] ?? (parent && `${labels[parent]} (${pointer})`) ?? (pointer || parameter || header);
  return name && html`<strong>${name}</strong>: `;
}

// At the head of a form: what is wrong, all of it; labels: { "/address": "Address" }. Takes the focus.
export function ProblemNote({ problem, labels = {} }) {
  const box = useRef();
  useEffect(() => { if (problem) box.current?.focus(); }, [problem]);
  if (!problem) return null;
  const faults = problem.errors ?? [];
  return html`<div class="note bad" role="alert" tabindex="-1" ref=${box}><span class="sign" aria-hidden="true">${SIGNS.bad}</span><div>
    <p>${problemText(problem)}</p>
    ${faults.length > 0 && html`<ul>${faults.map((fault) => html`<li>${nameOf(fault, labels)}${faultText(fault)}</li>`)}</ul>`}
    ${problem.status >= 500 && problem.body?.instance && html`<p class="quiet">${problem.body.instance.split(':').pop()}</p>`}
  </div></div>`;
}

// --- toasts ----------------------------------------------------------------

const toasts = store([]);
let nextToast = 1;
const dismiss = (id) => toasts.set(toasts.value.filter((one) => one.id !== id));

// What is said on one page is not said on another: "/moves/mov_1" is of "/moves".
const pageAt = ({ path }) => path.split('/')[1];

// Said to everyone, for ten seconds or until the page is left; undo: { label, run }.
export function toast(text, { undo, kind = 'good', lasts = 10000 } = {}) {
  const id = nextToast++;
  toasts.set([...toasts.value, { id, text, undo, kind, page: pageAt(place.value) }]);
  setTimeout(() => dismiss(id), lasts);
  return id;
}
export const toastProblem = (problem) => toast(problemText(problem), { kind: 'bad' });

export function Toasts() {
  const page = pageAt(useStore(place));
  useEffect(() => toasts.set(toasts.value.filter((one) => one.page === page)), [page]);
  return html`<div class="toasts" role="status" aria-live="polite">${useStore(toasts).map(({ id, text, undo, kind }) => html`
    <div key=${id} class=${`toast ${kind}`}><span class="sign" aria-hidden="true">${SIGNS[kind]}</span><span>${text}</span>
      ${undo && html`<${ActionButton} kind="plain small" run=${async () => { dismiss(id); await undo.run(); }}>${undo.label}<//>`}
      <${Button} kind="link" aria-label=${t('kit.dismiss')} onClick=${() => dismiss(id)}>✕<//></div>`)}</div>`;
}

// --- dialogs ---------------------------------------------------------------

// Over the page while it is there. onClose: Escape, or the close button.
export function Dialog({ title, onClose, children, kind = '' }) {
  const dialog = useRef();
  const id = useId();
  useLayoutEffect(() => {
    const before = document.activeElement;
    dialog.current.showModal();
    return () => before?.isConnected && before.focus();
  }, []);
  return html`<dialog ref=${dialog} class=${kind} aria-labelledby=${id} onCancel=${(event) => { event.preventDefault(); onClose?.(); }}>
    <div class="card-head"><h2 id=${id}>${title}</h2>${onClose && html`<${Button} kind="link" aria-label=${t('kit.close')} onClick=${onClose}>✕<//>`}</div>
    ${children}
  </dialog>`;
}

// A question before something that cannot be undone.
export function Confirm({ title, children, action, onClose, run, kind = 'danger' }) {
  const [problem, setProblem] = useState(null);
  return html`<${Dialog} title=${title} onClose=${onClose}>
    <${ProblemNote} problem=${problem} />${children}
    <div class="actions end"><${Button} onClick=${onClose}>${t('kit.cancel')}<//>
      <${ActionButton} kind=${kind} onProblem=${setProblem} run=${async () => { await run(); onClose(); }}>${action}<//></div><//>`;
}

// --- tables ----------------------------------------------------------------

// columns: [{ key, label, cell(row), sort (the API's word), kind }]; sort: "-starts_at"; onSort(sort).
// On a narrow screen each row is a block with its labels. select: { chosen: Set of ids, onChange(Set) }.
export function Table({ caption, columns, rows, sort = '', onSort, select, rowKey = (row) => row.id }) {
  const order = (column) => (sort === column.sort ? 'ascending' : sort === `-${column.sort}` ? 'descending' : 'none');
  const toggle = (id) => {
    const chosen = new Set(select.chosen);
    if (!chosen.delete(id)) chosen.add(id);
    select.onChange(chosen);
  };
  const all = select && rows.length > 0 && rows.every((row) => select.chosen.has(rowKey(row)));
  return html`<div class="table-box" tabindex="0" role="region" aria-label=${caption}><table class="table">
    <caption class="hidden">${caption}</caption>
    <thead><tr>
      ${select && html`<th scope="col"><input type="checkbox" aria-label=${t('kit.choose_all')} checked=${all}
        onChange=${() => select.onChange(new Set(all ? [] : rows.map(rowKey)))} /></th>`}
      ${columns.map((column) => html`<th key=${column.key} scope="col" class=${column.kind} aria-sort=${column.sort && onSort ? order(column) : undefined}>
        ${column.sort && onSort
          ? html`<button type="button" class="sort" onClick=${() => onSort(sort === column.sort ? `-${column.sort}` : column.sort)}>${column.label}
              <span aria-hidden="true">${{ ascending: '▲', descending: '▼', none: '↕' }[order(column)]}</span></button>`
          : column.label || html`<span class="hidden">${t('kit.actions')}</span>`}</th>`)}
    </tr></thead>
    <tbody>${rows.map((row) => html`<tr key=${rowKey(row)}>
      ${select && html`<td class="choose"><input type="checkbox" aria-label=${t('kit.choose', { what: row.address ?? row.name ?? rowKey(row) })}
        checked=${select.chosen.has(rowKey(row))} onChange=${() => toggle(rowKey(row))} /></td>`}
      ${columns.map((column) => html`<td key=${column.key} class=${column.kind} data-label=${column.label}>${column.cell(row)}</td>`)}
    </tr>`)}</tbody></table></div>`;
}

// A name and what it is, in pairs: [[label, value], ...]; what is empty is left out.
export const Facts = ({ of }) => html`<dl class="facts">${of.filter(([, value]) => value !== undefined && value !== null && value !== '')
  .map(([label, value]) => html`<div key=${label}><dt>${label}</dt><dd>${value}</dd></div>`)}</dl>`;

// Text as it stands, of a fixed width: SIP messages, JSON, commands.
export const Source = ({ text, label }) => html`<div class="source"><pre tabindex="0" role="region" aria-label=${label}>${text}</pre><${CopyButton} text=${text} /></div>`;
