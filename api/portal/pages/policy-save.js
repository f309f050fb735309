// Before a draft is saved: what it changes, and what it would have done; and what somebody else stored meanwhile.
import { html, useState } from '../vendor/preact.js';
import { ActionButton, Button, Dialog, Note, ProblemNote, t, TextField, toast } from '../kit.js';
import { get, put } from '../http.js';
import { begin, bodyOf, diff, draft, rebase } from './policy-draft.js';
import { PolicyDiff } from './policy-diff.js';
import { PolicyReplay } from './policy-trial.js';

const PATH = '/v1/extension-policy';

function Conflict({ fresh, onDone }) {
  return html`<${Note} kind="warn" role="alert"><p><strong>${t('draft.conflict')}</strong></p><p>${t('draft.conflict_about')}</p><//>
    <${PolicyDiff} of=${diff(draft.value.based, fresh.value.rules)} caption=${t('draft.theirs')} />
    <div class="actions end"><${Button} onClick=${() => { begin(fresh); onDone(false); }}>${t('conflict.take_theirs')}<//>
      <${Button} kind="primary" onClick=${() => { rebase(fresh); toast(t('draft.rebased'), { kind: 'info' }); onDone(true); }}>${t('draft.rebase')}<//></div>`;
}

// onSaved(): it is in force.
export function SaveDialog({ onClose, onSaved }) {
  const [note, setNote] = useState('');
  const [problem, setProblem] = useState(null);
  const [fresh, setFresh] = useState(null);
  const save = async () => {
    try {
      const { body, etag } = await put(PATH, { ...bodyOf(draft.value), ...(note.trim() ? { note: note.trim() } : {}) }, { etag: draft.value.etag });
      begin({ value: body, etag });
      toast(t('draft.saved'));
      onSaved();
    } catch (thrown) {
      if (thrown.status !== 412) throw thrown;
      const { body, etag } = await get(PATH);
      setFresh({ value: body, etag });
    }
  };
  return html`<${Dialog} title=${t('draft.save_title')} kind="wide" onClose=${onClose}>
    <${ProblemNote} problem=${problem} />
    ${fresh ? html`<${Conflict} fresh=${fresh} onDone=${(goesOn) => (goesOn ? setFresh(null) : onSaved())} />` : html`
      <${PolicyDiff} of=${diff(draft.value.based, draft.value.rules)} caption=${t('draft.save_title')} />
      <${PolicyReplay} level=${3} />
      <${TextField} label=${t('draft.note')} value=${note} onValue=${setNote} maxlength="200" />
      <div class="actions end"><${Button} onClick=${onClose}>${t('kit.cancel')}<//>
        <${ActionButton} kind="primary" run=${save} onProblem=${setProblem}>${t('draft.save')}<//></div>`}
  <//>`;
}
