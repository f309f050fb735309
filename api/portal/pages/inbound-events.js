// The latest events of a source, those that were refused as well; one of them as it came, and done once more.
import { html, useState } from '../vendor/preact.js';
import { Button, Card, Dialog, Facts, Loading, ProblemNote, Source, Tag, t, toast } from '../kit.js';
import { bytes, moment, visible, visibleLines } from '../format.js';
import { post } from '../http.js';
import { useList, useResource } from '../lists.js';
import { ListOf, useSubmit } from '../objects.js';
import { Said } from '../said.js';
import { addTexts } from '../texts.js';
import texts from '../texts/inbound-events.js';

addTexts(texts);

const KEPT = 50;
const KINDS = { received: 'info', applied: 'good', ignored: 'plain', duplicate: 'plain', refused: 'bad' };

const OutcomeTag = ({ outcome }) => html`<${Tag} kind=${KINDS[outcome]}>${t(`events.outcome.${outcome}`)}<//>`;
const saidOf = ({ result }) => result?.detail ?? result?.code ?? result?.change ?? '';

const columns = (onOpen) => [
  { key: 'when', label: t('events.when'), kind: 'tight', cell: (row) => html`<${Button} kind="link text" onClick=${() => onOpen(row.id)}>${moment(row.received_at)}<//>` },
  { key: 'outcome', label: t('events.outcome'), cell: (row) => html`<${OutcomeTag} outcome=${row.outcome} />` },
  { key: 'status', label: t('events.status'), kind: 'number', cell: ({ status }) => status ?? '–' },
  { key: 'said', kind: 'wide', label: t('events.result'), cell: (row) => html`<${Said} text=${saidOf(row)} />` },
  { key: 'key', label: t('events.key'), cell: ({ dedupe_key: key }) => html`<${Said} text=${key} />` },
  { key: 'peer', label: t('events.peer'), cell: ({ peer }) => html`<${Said} text=${peer} />` },
];

const factsOf = (event) => [
  [t('events.outcome'), html`<${OutcomeTag} outcome=${event.outcome} />`],
  [t('events.when'), moment(event.received_at)],
  [t('events.peer'), visible(event.peer)],
  [t('events.verified'), t(event.verified ? 'kit.yes' : 'kit.no')],
  [t('events.status'), event.status],
  [t('events.size'), bytes(event.body_bytes)],
];

function EventDialog({ id, onClose, onReplayed }) {
  const path = `/v1/inbound-events/${id}`;
  const { value: event, problem, reload } = useResource(path);
  const replay = useSubmit(async () => {
    try {
      await post(`${path}/replays`);
      toast(t('events.replayed'));
    } finally { reload(); onReplayed(); }
  });
  return html`<${Dialog} kind="wide" title=${t('events.one')} onClose=${onClose}><${ProblemNote} problem=${problem ?? replay.problem} />
    ${!event ? !problem && html`<${Loading} />` : html`<${Facts} of=${factsOf(event)} />
      ${event.result && html`<h3>${t('events.result')}</h3><${Source} text=${visibleLines(JSON.stringify(event.result, null, 2))} label=${t('events.result')} />`}
      <h3>${t('events.body')}</h3><${Source} text=${visibleLines(event.body)} label=${t('events.body')} />
      <div class="actions end"><${Button} busy=${replay.busy} onClick=${replay.submit}>${t('events.replay')}<//></div>`}<//>`;
}

// path: of the source.
export function InboundEvents({ path }) {
  const list = useList(`${path}/events`, { limit: KEPT });
  const [opened, open] = useState(null);
  return html`<${Card} title=${t('events.title')} actions=${html`<${Button} kind="plain small" onClick=${list.reload}>${t('events.reload')}<//>`}>
    <${ListOf} list=${list} caption=${t('events.title')} columns=${columns(open)} empty=${t('events.empty')} />
    ${opened && html`<${EventDialog} id=${opened} onClose=${() => open(null)} onReplayed=${list.reload} />`}<//>`;
}
