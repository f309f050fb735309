// What was sent to webhooks, and what was not taken: of one endpoint or all; one of them over the list.
import { html } from '../vendor/preact.js';
import { Page, t } from '../kit.js';
import { Filters, useQuery } from '../filters.js';
import { visible } from '../format.js';
import { useList } from '../lists.js';
import { go, place } from '../router.js';
import { addTexts } from '../texts.js';
import texts from '../texts/webhook-deliveries.js';
import { DeliveryDialog, DeliveryList } from './webhook-delivery.js';

addTexts(texts);

const PATH = '/webhook-deliveries';
const STATUSES = ['pending', 'delivered', 'dead'];
const NAME_MAX = 60;

const nameOf = ({ description, url }) => description || url;
const short = (text) => (text.length > NAME_MAX ? `${text.slice(0, NAME_MAX)}…` : text);
const to = (path) => go(place.value.query.size ? `${path}?${place.value.query}` : path);

const filters = (endpoints) => [
  { name: 'endpoint_id', label: t('deliveries.endpoint'), options: [['', t('deliveries.any')], ...endpoints.map((endpoint) => [endpoint.id, short(visible(nameOf(endpoint)))])] },
  { name: 'status', label: t('deliveries.status'), options: [['', t('deliveries.any')], ...STATUSES.map((status) => [status, t(`deliveries.status.${status}`)])] },
  { name: 'type', label: t('deliveries.type'), hint: t('deliveries.type_hint'), 'data-key': '/' },
];

export function WebhookDeliveriesPage({ id }) {
  const { endpoint_id, status, type } = useQuery();
  const list = useList('/v1/webhook-deliveries', { endpoint_id, status, type, limit: 50 });
  const { items: endpoints } = useList('/v1/webhook-endpoints', { limit: 200 });
  return html`<${Page} title=${t('deliveries.title')} about=${t('deliveries.about')}>
    <${Filters} fields=${filters(endpoints)} />
    <${DeliveryList} list=${list} caption=${t('deliveries.title')} onOpen=${(one) => to(`${PATH}/${one}`)} endpoints=${new Map(endpoints.map((one) => [one.id, nameOf(one)]))} />
    ${id && html`<${DeliveryDialog} id=${id} onClose=${() => { to(PATH); list.reload(); }} />`}
  <//>`;
}
