// Deliveries of webhooks as lists have them; one of them: what was sent, each attempt, what was answered.
import { html } from '../vendor/preact.js';
import { ActionButton, Button, Dialog, Facts, Loading, ProblemNote, Source, Tag, t, Table, toast } from '../kit.js';
import { fromNow, moment, number, visible, visibleLines } from '../format.js';
import { post } from '../http.js';
import { useEvery, useResource } from '../lists.js';
import { ListOf } from '../objects.js';
import { Said } from '../said.js';
import { addTexts } from '../texts.js';
import texts from '../texts/webhook-deliveries.js';

addTexts(texts);

const KINDS = { pending: 'info', delivered: 'good', dead: 'bad' };
// So often is one looked at that is on its way.
const LOOK_MS = 1000;

const StatusTag = ({ status }) => html`<${Tag} kind=${KINDS[status]}>${t(`deliveries.status.${status}`)}<//>`;
// What the last attempt came to: the status of HTTP, or why there was none.
const Outcome = ({ status, error }) => html`${status ?? ''} ${error && html`<${Said} text=${error} />`}`;

const columns = (onOpen, endpoints) => [
  { key: 'when', label: t('deliveries.when'), kind: 'tight', cell: (row) => html`<${Button} kind="link text" onClick=${() => onOpen(row.id)}>${moment(row.created_at)}<//>` },
  { key: 'type', label: t('deliveries.type'), cell: ({ type }) => html`<code>${visible(type)}</code>` },
  ...(endpoints ? [{ key: 'endpoint', kind: 'wide', label: t('deliveries.endpoint'), cell: (row) => html`<${Said} text=${endpoints.get(row.endpoint_id) ?? row.endpoint_id} />` }] : []),
  { key: 'status', label: t('deliveries.status'), cell: ({ status }) => html`<${StatusTag} status=${status} />` },
  { key: 'attempts', label: t('deliveries.attempts'), kind: 'number', cell: (row) => number(row.attempt_count) },
  { key: 'last', label: t('deliveries.last'), cell: (row) => html`<${Outcome} status=${row.last_status} error=${row.last_error} />` },
];

// endpoints: a Map of their names, where the list is of more than one.
export const DeliveryList = ({ list, caption, onOpen, endpoints }) =>
  html`<${ListOf} list=${list} caption=${caption} columns=${columns(onOpen, endpoints)} empty=${t('deliveries.empty')} />`;

const attemptColumns = () => [
  { key: 'at', label: t('deliveries.at'), kind: 'tight', cell: ({ at }) => moment(at) },
  { key: 'status', label: t('deliveries.answer'), cell: (attempt) => html`<${Outcome} ...${attempt} />` },
  { key: 'ms', label: t('deliveries.ms'), kind: 'number', cell: ({ duration_ms: ms }) => number(ms) },
  { key: 'excerpt', label: t('deliveries.excerpt'), cell: ({ excerpt }) => html`<${Said} text=${excerpt} />` },
];

const Attempts = ({ of }) => (of.length === 0 ? html`<p class="quiet">${t('deliveries.no_attempts')}</p>`
  : html`<${Table} caption=${t('deliveries.attempts')} columns=${attemptColumns()} rows=${of.map((attempt, id) => ({ id, ...attempt }))} />`);

// Looked at again and again until it has come to something.
export function DeliveryDialog({ id, onClose }) {
  const path = `/v1/webhook-deliveries/${id}`;
  const { value: delivery, problem, reload } = useResource(path);
  useEvery(LOOK_MS, () => { if (delivery?.status === 'pending') reload(); });
  const retry = async () => { await post(`${path}/retry`); toast(t('deliveries.retried')); reload(); };
  return html`<${Dialog} kind="wide" title=${t('deliveries.one')} onClose=${onClose}><${ProblemNote} problem=${problem} />
    ${!delivery ? !problem && html`<${Loading} />` : html`
      <div role="status"><${Facts} of=${[
        [t('deliveries.status'), html`<${StatusTag} status=${delivery.status} />`],
        [t('deliveries.type'), html`<code>${visible(delivery.type)}</code>`],
        [t('deliveries.event'), html`<code>${delivery.event_id}</code>`],
        [t('deliveries.next'), delivery.next_attempt_at && fromNow(delivery.next_attempt_at)],
      ]} /></div>
      <h3>${t('deliveries.attempts')}</h3><${Attempts} of=${delivery.attempts} />
      <details><summary>${t('deliveries.sent')}</summary><div class="inside"><${Source} text=${visibleLines(JSON.stringify(delivery.event, null, 2))} label=${t('deliveries.sent')} /></div></details>
      <div class="actions end"><${ActionButton} run=${retry}>${t('deliveries.retry')}<//></div>`}<//>`;
}
