// One object while it is edited: what is stored, what is typed, what went wrong; and the dialog for when somebody
// else changed it meanwhile (412): both are shown, and nothing typed is lost.
import { html, useEffect, useState } from './vendor/preact.js';
import { get, patch, Problem, withQuery } from './http.js';
import { ActionButton, Dialog, Loading, t } from './kit.js';

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

// What of the draft differs from what it began with: a merge patch (RFC 7396).
export function changesOf(begun, draft) {
  return Object.fromEntries(Object.entries(draft).filter(([member, value]) => !same(value, begun[member])));
}

// toDraft(stored): the members that are edited. toBody(changes, draft): what PATCH takes, by default the changes.
// write: patch, or put. save(parameters of the query): resolves with what is stored, or undefined if there is a problem or a
// conflict.
export function useEditor(path, { toDraft, toBody = (changes) => changes, write = patch }) {
  const [state, setState] = useState({ loading: true });
  const put = (fresh) => setState((before) => ({ ...before, ...fresh }));
  const begin = ({ body, etag }, draft) => put({
    stored: body, etag, begun: toDraft(body), draft: draft ?? toDraft(body), loading: false, problem: undefined, conflict: undefined,
  });

  useEffect(() => {
    let here = true;
    setState({ loading: true });
    get(path).then((answer) => here && begin(answer), (problem) => here && put({ problem, loading: false }));
    return () => { here = false; };
  }, [path]);
  const isDirty = Boolean(state.draft) && !same(state.begun, state.draft);
  useEffect(() => {
    if (!isDirty) return undefined;
    const warn = (event) => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [isDirty]);

  // Somebody else saved the very same: there is nothing to ask.
  const meet = (fresh) => {
    if (!fresh.gone && same(toDraft(fresh.body), state.draft)) {
      begin(fresh);
      return fresh.body;
    }
    put({ conflict: fresh, problem: undefined });
    return undefined;
  };
  const send = async (etag, begun, parameters = {}) => {
    if (same(begun, state.draft)) return state.stored;
    try {
      const body = toBody(changesOf(begun, state.draft), state.draft);
      const answer = await write(withQuery(path, parameters), body, { etag });
      begin(answer);
      return answer.body;
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      if (problem.status === 412) return meet(await get(path).catch(() => ({ gone: true })));
      put({ problem });
      return undefined;
    }
  };
  return {
    ...state,
    isDirty,
    set: (member, value) => setState((before) => ({ ...before, draft: { ...before.draft, [member]: value } })),
    save: (parameters) => send(state.etag, state.begun, parameters),
    takeTheirs: () => begin(state.conflict),
    keepMine: () => send(state.conflict.etag, toDraft(state.conflict.body)),
    leaveConflict: () => put({ conflict: undefined }),
  };
}

const shown = (value) => (value === null || value === undefined || value === '' ? '–' : typeof value === 'object' ? JSON.stringify(value) : String(value));

// labels: { member: "Its name" }; show(member, value): how it reads. Shown while the editor has a conflict.
export function ConflictDialog({ editor, toDraft, labels = {}, show = (_, value) => shown(value), onKept }) {
  const { conflict, draft } = editor;
  if (!conflict) return null;
  if (conflict.gone) return html`<${Dialog} title=${t('conflict.title')} onClose=${editor.leaveConflict}><p>${t('conflict.gone')}</p><//>`;
  if (!draft) return html`<${Loading} />`;
  const theirs = toDraft(conflict.body);
  const rows = Object.keys(draft).filter((member) => !same(theirs[member], draft[member]));
  return html`<${Dialog} title=${t('conflict.title')} onClose=${editor.leaveConflict}>
    <p>${t('conflict.about')}</p>
    <table class="table conflict"><thead><tr><th scope="col">${t('conflict.member')}</th><th scope="col">${t('conflict.theirs')}</th><th scope="col">${t('conflict.mine')}</th></tr></thead>
      <tbody>${rows.map((member) => html`<tr key=${member}><th scope="row">${labels[member] ?? member}</th>
        <td data-label=${t('conflict.theirs')}>${show(member, theirs[member])}</td><td data-label=${t('conflict.mine')}>${show(member, draft[member])}</td></tr>`)}</tbody></table>
    <div class="actions end"><${ActionButton} run=${async () => editor.takeTheirs()}>${t('conflict.take_theirs')}<//>
      <${ActionButton} kind="primary" run=${async () => { const stored = await editor.keepMine(); if (stored) onKept?.(stored); }}>${t('conflict.keep_mine')}<//></div><//>`;
}
