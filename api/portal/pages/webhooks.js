// Webhooks: whom other systems' endpoints are, and one of them with what can be done about it. A secret is shown once.
import { html, useState } from '../vendor/preact.js';
import { ActionButton, Button, Card, Dialog, Facts, faultAt, Loading, Note, Page, ProblemNote, Source, Tag, t, TextField, toast } from '../kit.js';
import { dateTime, fromLocalInput, fromNow, number, toLocalInput, visible } from '../format.js';
import { draftOf } from '../forms.js';
import { patch, post } from '../http.js';
import { useList, useResource } from '../lists.js';
import { EditForm, ListOf, NewDialog, RemoveButton, useSubmit } from '../objects.js';
import { go, href } from '../router.js';
import { Said } from '../said.js';
import { Secret } from '../secret.js';
import { addTexts } from '../texts.js';
import texts from '../texts/webhooks.js';
import { DeliveryDialog, DeliveryList } from './webhook-delivery.js';

addTexts(texts);

const PATH = '/v1/webhook-endpoints';
const NEW = [
  { name: 'url', text: 'webhooks.url', required: true, maxlength: 1023, spellcheck: false, inputmode: 'url', placeholder: 'https://' },
  { name: 'description', text: 'webhooks.description', as: 'note', maxlength: 255 },
  { name: 'events', text: 'webhooks.events', as: 'lines', rows: 4, required: true },
  { name: 'key_pair', text: 'webhooks.key_pair', as: 'check' },
  { name: 'ca_pem', text: 'webhooks.ca_pem', as: 'pem' },
];
const EDIT = [...NEW, { name: 'enabled', text: 'webhooks.enabled', as: 'check' }, { name: 'paused', text: 'webhooks.paused', as: 'check' }];
const INITIAL = { events: ['move.*'] };
const KINDS = { active: 'good', paused: 'warn', disabled: 'bad' };
const DAY_MS = 24 * 60 * 60 * 1000;

const nameOf = ({ description, url }) => visible(description || url);
const StateTag = ({ state }) => html`<${Tag} kind=${KINDS[state]}>${t(`webhooks.state.${state}`)}<//>`;
const SecretDialog = ({ of, onClose }) => html`<${Dialog} title=${t('webhooks.secret_of', { what: nameOf(of) })} onClose=${onClose}>
  <${Secret} text=${of.secret} label=${t('webhooks.secret')}><p class="hint">${t('webhooks.secret_about')}</p><//><//>`;

const columns = () => [
  { key: 'url', kind: 'wide', label: t('webhooks.url'), cell: (row) => html`<a href=${href(`/webhooks/${row.id}`)}><${Said} text=${row.url} /></a>
    ${row.description && html`<div class="quiet"><${Said} text=${row.description} /></div>`}` },
  { key: 'state', label: t('webhooks.state'), cell: (row) => html`<${StateTag} state=${row.state} />` },
  { key: 'events', label: t('webhooks.events'), cell: ({ events }) => events.map(visible).join(', ') },
  { key: 'failures', kind: 'number', label: t('webhooks.failures'), cell: (row) => number(row.failures_in_a_row) },
];

// Red, while nothing is sent there; with the way back.
function Disabled({ endpoint, named, onDone }) {
  const enable = async () => { await patch(`${PATH}/${endpoint.id}`, { enabled: true }); toast(t('webhooks.is_enabled')); onDone(); };
  return html`<${Note} kind="bad" role="alert"><p><strong>${named ? t('webhooks.off_named', { what: nameOf(endpoint) }) : t('webhooks.off')}</strong>
    ${' '}${t(`webhooks.off.${endpoint.disabled_reason}`)}</p><p>${t('webhooks.off_about')}</p>
    <${ActionButton} kind="plain small" aria-label=${named ? t('webhooks.enable_one', { what: nameOf(endpoint) }) : undefined} run=${enable}>${t('webhooks.enable')}<//><//>`;
}

export function WebhooksPage() {
  const list = useList(PATH, { limit: 200 });
  const [isNew, setNew] = useState(false);
  const [made, setMade] = useState(null);
  return html`<${Page} title=${t('webhooks.title')} about=${t('webhooks.about')} actions=${html`<${Button} kind="primary" data-key="n" onClick=${() => setNew(true)}>${t('webhooks.new')}<//>`}>
    ${list.items.filter(({ state }) => state === 'disabled').map((endpoint) => html`<${Disabled} key=${endpoint.id} endpoint=${endpoint} named onDone=${list.reload} />`)}
    <${ListOf} list=${list} caption=${t('webhooks.title')} columns=${columns()} empty=${t('webhooks.empty')} />
    ${isNew && html`<${NewDialog} title=${t('webhooks.new')} path=${PATH} fields=${NEW} initial=${INITIAL} isOnce onClose=${() => setNew(false)}
      onMade=${(endpoint) => { setNew(false); setMade(endpoint); list.reload(); }} />`}
    ${made && html`<${SecretDialog} of=${made} onClose=${() => go(`/webhooks/${made.id}`)} />`}
  <//>`;
}

function RetryDialog({ path, onClose, onDone }) {
  const [since, setSince] = useState(() => toLocalInput(Date.now() - DAY_MS));
  const { busy, problem, submit } = useSubmit(async () => {
    const { body } = await post(`${path}/retries`, { since: fromLocalInput(since) });
    toast(t('webhooks.retried', { count: body.count }));
    onDone();
  });
  return html`<${Dialog} title=${t('webhooks.retry_all')} onClose=${onClose}><form onSubmit=${submit}><${ProblemNote} problem=${problem} labels=${{ '/since': t('webhooks.since') }} />
    <p>${t('webhooks.retry_about')}</p>
    <${TextField} label=${t('webhooks.since')} type="datetime-local" required value=${since} onValue=${setSince} error=${faultAt(problem, '/since')} />
    <div class="actions end"><${Button} onClick=${onClose}>${t('kit.cancel')}<//><${Button} kind="primary" type="submit" busy=${busy}>${t('webhooks.retry')}<//></div></form><//>`;
}

const factsOf = (endpoint) => [
  [t('webhooks.state'), html`<${StateTag} state=${endpoint.state} />`],
  [t('webhooks.url'), html`<${Said} text=${endpoint.url} />`],
  [t('webhooks.description'), endpoint.description && html`<${Said} text=${endpoint.description} />`],
  [t('webhooks.events'), endpoint.events.map(visible).join(', ')],
  [t('webhooks.failures'), endpoint.failures_in_a_row > 0 && t('webhooks.failing', { times: endpoint.failures_in_a_row, since: fromNow(endpoint.failing_since) })],
  [t('webhooks.old_secret'), endpoint.old_secret_until && t('webhooks.old_secret_until', { time: dateTime(endpoint.old_secret_until) })],
  [t('webhooks.public_key'), endpoint.public_key && html`<${Source} text=${endpoint.public_key} label=${t('webhooks.public_key')} />`],
].filter(([, value]) => value);

// What can be done; each button opens a dialog of that name, or does it at once.
function Actions({ path, endpoint, open, onDone }) {
  const pause = async () => { await patch(path, { paused: !endpoint.paused }); toast(t(endpoint.paused ? 'webhooks.is_resumed' : 'webhooks.is_paused')); onDone(); };
  return html`<${ActionButton} kind="primary" run=${async () => open({ delivery: (await post(`${path}/test`)).body.delivery_id })}>${t('webhooks.test')}<//>
    <${Button} onClick=${() => open({ name: 'edit' })}>${t('webhooks.edit')}<//>
    ${endpoint.state !== 'disabled' && html`<${ActionButton} run=${pause}>${t(endpoint.paused ? 'webhooks.resume' : 'webhooks.pause')}<//>`}
    <${ActionButton} run=${async () => { open({ made: (await post(`${path}/rotate`, {}, { isOnce: true })).body }); onDone(); }}>${t('webhooks.rotate')}<//>
    <${Button} onClick=${() => open({ name: 'retry' })}>${t('webhooks.retry_all')}<//>`;
}

const EditDialog = ({ path, endpoint, onClose, onSaved }) => html`<${Dialog} title=${t('webhooks.edit_one', { what: nameOf(endpoint) })} onClose=${onClose}>
  <${EditForm} path=${path} fields=${EDIT} onClose=${onClose} onSaved=${onSaved} actions=${(editor) => html`<${RemoveButton} path=${path}
    editor=${{ ...editor, begun: draftOf(EDIT, editor.stored) }} fields=${EDIT} asks=${t('webhooks.remove_asks', { what: nameOf(endpoint) })}
    done=${t('webhooks.removed')} onDone=${() => go('/webhooks')} />`} /><//>`;

export function WebhookPage({ id }) {
  const path = `${PATH}/${id}`;
  const { value: endpoint, problem, reload } = useResource(path);
  const deliveries = useList('/v1/webhook-deliveries', { endpoint_id: id, limit: 10 });
  const [opened, open] = useState({});
  const close = () => open({});
  const all = () => { reload(); deliveries.reload(); };
  if (!endpoint) return html`<${Page} title=${t('webhooks.title')}>${problem ? html`<${ProblemNote} problem=${problem} />` : html`<${Loading} />`}<//>`;
  return html`<${Page} title=${nameOf(endpoint)}><p><a href=${href('/webhooks')}>${t('webhooks.all')}</a></p>
    ${endpoint.state === 'disabled' && html`<${Disabled} endpoint=${endpoint} onDone=${all} />`}
    <${Card} title=${t('webhooks.endpoint')}><${Facts} of=${factsOf(endpoint)} />
      <div class="actions"><${Actions} path=${path} endpoint=${endpoint} open=${open} onDone=${all} /></div><//>
    <${Card} title=${t('webhooks.latest')} actions=${html`<a href=${href(`/webhook-deliveries?endpoint_id=${id}`)}>${t('webhooks.all_deliveries')}</a>`}>
      <${DeliveryList} list=${deliveries} caption=${t('webhooks.latest')} onOpen=${(delivery) => open({ delivery })} /><//>
    ${opened.name === 'edit' && html`<${EditDialog} path=${path} endpoint=${endpoint} onClose=${close} onSaved=${() => { close(); all(); }} />`}
    ${opened.name === 'retry' && html`<${RetryDialog} path=${path} onClose=${close} onDone=${() => { close(); all(); }} />`}
    ${opened.made && html`<${SecretDialog} of=${opened.made} onClose=${close} />`}
    ${opened.delivery && html`<${DeliveryDialog} id=${opened.delivery} onClose=${() => { close(); all(); }} />`}
  <//>`;
}
