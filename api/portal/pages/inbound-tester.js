// What a payload would come to: rule by rule, and the move or all that is wrong. Nothing is changed by it.
import { html, useState } from '../vendor/preact.js';
import { Button, Card, Facts, faultAt, faultText, Note, ProblemNote, Tag, t, Table } from '../kit.js';
import { dateTimeInZone, number, visible } from '../format.js';
import { JsonField, parseJson } from '../json-field.js';
import { post } from '../http.js';
import { useSubmit } from '../objects.js';
import { Address, Said } from '../said.js';
import { addTexts } from '../texts.js';
import texts from '../texts/inbound-tester.js';

addTexts(texts);

const STEPS = { taken: 'good', defaulted: 'good', not_met: 'plain', absent: 'plain', superseded: 'plain', faulty: 'bad' };
const OUTCOMES = { applied: 'good', ignored: 'info', refused: 'bad' };

const columns = () => [
  { key: 'rule', label: t('tester.rule'), kind: 'number', cell: ({ rule }) => number(rule + 1) },
  { key: 'to', kind: 'tight', label: t('tester.to'), cell: ({ to }) => html`<code>${to}</code>` },
  { key: 'outcome', label: t('tester.outcome'), cell: ({ outcome }) => html`<${Tag} kind=${STEPS[outcome]}>${t(`tester.step.${outcome}`)}<//>` },
  { key: 'value', kind: 'wide', label: t('tester.value'), cell: ({ value }) => html`<${Said} text=${value} />` },
];

const factsOf = (move) => [
  [t('tester.address'), html`<${Address} uri=${move.address} />`],
  [t('tester.target'), move.targets.map(({ uri }) => html`<div key=${uri}><${Address} uri=${uri} /></div>`)],
  [t('tester.starts'), dateTimeInZone(move.starts_at, move.time_zone)],
  [t('tester.ends'), move.ends_at ? dateTimeInZone(move.ends_at, move.time_zone) : t('tester.no_end')],
  [t('tester.note'), visible(move.note)],
  [t('tester.external_id'), visible(move.external_id)],
];

const Errors = ({ of }) => html`<${Note} kind="bad"><p>${t('tester.errors', { count: of.length })}</p><ul>${of.map((error, i) => html`<li key=${i}>
  ${error.pointer && html`<strong>${visible(error.pointer.slice(1))}</strong>: `}${visible(faultText(error))}</li>`)}</ul><//>`;

const Result = ({ of }) => html`<div class="below"><p class="state"><${Tag} kind=${OUTCOMES[of.outcome]}>${t(`tester.outcome.${of.outcome}`)}<//>
    ${' '}${of.outcome === 'applied' ? t(`tester.change.${of.change}`) : ''}</p>
  ${of.errors.length > 0 && html`<${Errors} of=${of.errors} />`}
  ${of.move && html`<${Facts} of=${factsOf(of.move)} />`}
  <h3>${t('tester.steps')}</h3><${Table} caption=${t('tester.steps')} columns=${columns()} rows=${of.steps} rowKey=${({ rule }) => rule} /></div>`;

// path: of the source. example: a payload to begin with.
export function Tester({ path, example }) {
  const [payload, setPayload] = useState('');
  const [result, setResult] = useState(null);
  const { busy, problem, submit } = useSubmit(async () => {
    setResult(null);
    setResult((await post(`${path}/simulations`, { payload: parseJson(payload, 'payload') })).body);
  });
  return html`<${Card} title=${t('tester.title')}><form onSubmit=${submit}><${ProblemNote} problem=${problem} labels=${{ '/payload': t('tester.payload') }} />
    <${JsonField} label=${t('tester.payload')} hint=${t('tester.payload_hint')} value=${payload} onValue=${setPayload} example=${example} required error=${faultAt(problem, '/payload')} />
    <div class="actions"><${Button} kind="primary" type="submit" busy=${busy}>${t('tester.try')}<//></div></form>
    <div role="status">${result && html`<${Result} of=${result} />`}</div><//>`;
}
