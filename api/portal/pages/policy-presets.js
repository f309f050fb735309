// The presets, each with its reason; and why there is a choice at all.
import { html } from '../vendor/preact.js';
import { Button, Card, ProblemNote, t, Tag, toast } from '../kit.js';
import { useResource } from '../lists.js';
import { may } from '../session.js';
import { draft, setRules } from './policy-draft.js';

// Rules that a preset has in common with the draft keep their ids, and so their traces in the log.
function usePreset(preset) {
  const before = draft.value;
  setRules(preset.rules, preset.name);
  toast(t('presets.used', { preset: t(`preset.${preset.name}`) }), { undo: { label: t('kit.undo'), run: async () => draft.set(before) } });
}

export function PolicyPresets({ inForce }) {
  const { value, problem } = useResource('/v1/extension-policy/presets');
  return html`<${Card} title=${t('presets.title')}>
    <p class="quiet">${t('presets.about')}</p><${ProblemNote} problem=${problem} />
    <div class="grid">${value?.items.map((preset) => html`<section key=${preset.name}>
      <h3>${t(`preset.${preset.name}`)} ${inForce === preset.name && html`<${Tag} kind="good">${t('presets.in_force')}<//>`}</h3>
      <p>${t(`preset.${preset.name}.why`)}</p>
      ${may('policy:write') && html`<${Button} kind="plain small" onClick=${() => usePreset(preset)}>${t('presets.use', { preset: t(`preset.${preset.name}`) })}<//>`}
    </section>`)}</div>
    <details><summary>${t('tension.title')}</summary><p>${t('tension.first')}</p><p>${t('tension.second')}</p><p>${t('tension.third')}</p></details>
  <//>`;
}
