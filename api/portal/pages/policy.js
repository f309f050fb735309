// The extension policy: which option tags are refused. All of it is edited in a draft, tried, compared, and then saved.
import { html, useEffect, useState } from '../vendor/preact.js';
import { Button, Card, Loading, Page, ProblemNote, t, toast } from '../kit.js';
import { useResource } from '../lists.js';
import { href } from '../router.js';
import { useStore } from '../store.js';
import { addTexts } from '../texts.js';
import lookupTexts from '../texts/lookup.js';
import texts from '../texts/policy.js';
import { begin, diff, draft, sizeOf } from './policy-draft.js';
import { PolicyPresets } from './policy-presets.js';
import { PolicyRules } from './policy-rules.js';
import { SaveDialog } from './policy-save.js';
import { PolicyReplay, PolicyTrial } from './policy-trial.js';

addTexts(lookupTexts);
addTexts(texts);

function DraftBar({ count, onReview, onDiscard }) {
  if (count === 0) return null;
  return html`<div class="draft-bar"><${Card} kind="warn"><div class="row"><p class="grow" role="status"><strong>${t('draft.changes', { count })}</strong></p>
    <div class="actions"><${Button} onClick=${onDiscard}>${t('draft.discard')}<//><${Button} kind="primary" onClick=${onReview}>${t('draft.review')}<//></div></div><//></div>`;
}

export function PolicyPage({ query }) {
  const stored = useResource('/v1/extension-policy');
  const current = useStore(draft);
  const [isSaving, setSaving] = useState(false);
  const count = current ? sizeOf(diff(current.based, current.rules)) : 0;
  // A draft with changes stays; without any it follows what is stored.
  useEffect(() => { if (stored.value && count === 0) begin(stored); }, [stored.value]);
  useEffect(() => {
    if (count === 0) return undefined;
    const warn = (event) => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [count > 0]);

  const discard = () => {
    const before = draft.value;
    begin({ value: { rules: before.based }, etag: before.etag });
    toast(t('draft.discarded'), { undo: { label: t('kit.undo'), run: async () => draft.set(before) } });
  };
  const policy = stored.value;
  return html`<${Page} title=${t('policy.title')} about=${t('policy.about')} actions=${html`<a class="button plain" href=${href('/policy/versions')}>${t('policy.versions')}</a>`}>
    <${ProblemNote} problem=${stored.problem} />
    ${!policy || !current ? !stored.problem && html`<${Loading} />` : html`
      <p class="state">${['standard', 'redirect-server', 'transparent', 'refuse-all'].includes(policy.preset)
        ? t('policy.in_force', { preset: t(`preset.${policy.preset}`) }) : t('policy.in_force_own', { count: policy.rules.length })}</p>
      <${DraftBar} count=${count} onReview=${() => setSaving(true)} onDiscard=${discard} />
      <div class="grid pair"><${PolicyTrial} /><div><${PolicyReplay} /><${PolicyPresets} inForce=${policy.preset} /></div></div><${PolicyRules} mark=${query.get('rule')} />`}
    ${isSaving && html`<${SaveDialog} onClose=${() => setSaving(false)} onSaved=${() => { setSaving(false); stored.reload(); }} />`}
  <//>`;
}
