// The settings that are in force, where each comes from; and what can be changed while the server runs.
import { html, useState } from '../vendor/preact.js';
import { ActionButton, Card, CheckField, Empty, Facts, Loading, Note, Page, ProblemNote, SelectField, t, Table, Tag, TextField, toast, toastProblem } from '../kit.js';
import { useList, useResource } from '../lists.js';
import { post, put } from '../http.js';
import { Said } from '../said.js';
import { may } from '../session.js';
import { addTexts } from '../texts.js';
import texts from '../texts/settings.js';

addTexts(texts);

const LEVELS = ['error', 'warning', 'info', 'debug'];

function valueText(value) {
  if (value === null || value === '' || (Array.isArray(value) && value.length === 0)) return t('settings.unset');
  if (typeof value === 'boolean') return t(value ? 'kit.yes' : 'kit.no');
  return Array.isArray(value) ? value.join(', ') : String(value);
}

const columns = () => [
  { key: 'name', label: t('settings.name'), cell: (row) => html`<code>${row.name}</code>` },
  { key: 'value', label: t('settings.value'), cell: (row) => html`<${Said} text=${valueText(row.value)} />` },
  { key: 'source', label: t('settings.source'), cell: (row) => html`${t(`settings.source.${row.source}`)}${row.place && html` <span class="quiet"><${Said} text=${row.place} /></span>`}` },
  { key: 'change', label: t('settings.change'), cell: (row) => (row.needs_restart ? html`<${Tag} kind="warn">${t('settings.needs_restart')}<//>`
    : t(row.reloadable ? 'settings.reloadable' : 'settings.restart')) },
];

function Reloaded({ result }) {
  if (!result) return null;
  if (result.faults.length > 0) return html`<${Note} kind="bad" role="alert"><p>${t('settings.reload_faults')}</p><ul>${result.faults.map((fault) => html`<li key=${fault}>${fault}</li>`)}</ul><//>`;
  const { applied, needs_restart: later } = result;
  return html`<${Note} kind="good" role="status">
    ${applied.length + later.length === 0 && html`<p>${t('settings.reloaded_none')}</p>`}
    ${applied.length > 0 && html`<p>${t('settings.reloaded', { names: applied.join(', ') })}</p>`}
    ${later.length > 0 && html`<p>${t('settings.reload_restart', { names: later.join(', ') })}</p>`}<//>`;
}

// What is changed at once: shown as it was chosen, and as it was where that fails.
function useSwitch(path) {
  const { value, problem } = useResource(path);
  const [chosen, setChosen] = useState(null);
  const change = async (body) => {
    setChosen(body);
    try {
      setChosen((await put(path, body)).body);
      toast(t('kit.saved'));
    } catch (thrown) {
      setChosen(chosen);
      toastProblem(thrown);
    }
  };
  return { value: chosen ?? value, problem, change };
}

function WhileItRuns({ onReloaded }) {
  const level = useSwitch('/v1/log-level');
  const drain = useSwitch('/v1/drain');
  const [result, setResult] = useState(null);
  const reload = async () => {
    setResult(null);
    setResult((await post('/v1/settings/reload', {})).body);
    onReloaded();
  };
  if (!level.value || !drain.value) return html`<${ProblemNote} problem=${level.problem ?? drain.problem} />`;
  if (!may('system:admin')) return html`<${Card} title=${t('settings.now')}><${Facts} of=${[[t('settings.log_level'), level.value.level],
    [t('settings.drain'), t(drain.value.draining ? 'kit.yes' : 'kit.no')]]} /><//>`;
  return html`<${Card} title=${t('settings.now')}>
    <p>${t('settings.reload_about')}</p><p><${ActionButton} run=${reload}>${t('settings.reload')}<//></p><${Reloaded} result=${result} />
    <div class="narrow"><${SelectField} label=${t('settings.log_level')} hint=${t('settings.log_level_hint')} value=${level.value.level} onValue=${(chosen) => level.change({ level: chosen })}
      options=${LEVELS.map((name) => [name, name])} />
    <${CheckField} label=${t('settings.drain')} hint=${t('settings.drain_hint')} value=${drain.value.draining} onValue=${(draining) => drain.change({ draining })} /></div><//>`;
}

export function SettingsPage() {
  const list = useList('/v1/settings');
  const [text, setText] = useState('');
  const [isChanged, setChanged] = useState(false);
  const rows = list.items.filter((row) => row.name.includes(text.trim().toLowerCase()) && (!isChanged || row.source !== 'default' || row.needs_restart));
  return html`<${Page} title=${t('settings.title')} about=${t('settings.about')}>
    <${WhileItRuns} onReloaded=${list.reload} />
    <div class="narrow"><${TextField} label=${t('settings.find')} type="search" data-key="/" value=${text} onValue=${setText} spellcheck=${false} autocapitalize="none" />
      <${CheckField} label=${t('settings.changed_only')} value=${isChanged} onValue=${setChanged} /></div>
    <${ProblemNote} problem=${list.problem} />
    ${rows.length > 0 ? html`<${Table} caption=${t('settings.title')} columns=${columns()} rows=${rows} rowKey=${(row) => row.name} />`
      : list.loading ? html`<${Loading} />` : !list.problem && html`<${Empty}>${t('settings.none')}<//>`}
  <//>`;
}
