// The addresses that are known: calls to them are answered 480 while they have no move, and not 404.
import { html } from '../vendor/preact.js';
import { Page, t } from '../kit.js';
import { Filters, useQuery } from '../filters.js';
import { bare, dateTime, toUri, visible } from '../format.js';
import { Objects } from '../objects.js';
import { href } from '../router.js';
import { may } from '../session.js';
import { addTexts } from '../texts.js';
import texts from '../texts/addresses.js';

addTexts(texts);

const NOTE = { name: 'note', text: 'addresses.note', as: 'note', maxlength: 500 };
const FIELDS = [{ name: 'uri', text: 'addresses.uri', write: toUri, required: true, spellcheck: false, autocapitalize: 'none' }, NOTE];

const columns = () => [
  { key: 'domain', label: t('addresses.domain'), cell: ({ domain }) => (domain === null ? html`<span class="quiet">${t('addresses.number')}</span>` : html`<bdi>${visible(domain)}</bdi>`) },
  { key: 'note', label: t('addresses.note'), cell: ({ note }) => html`<bdi>${visible(note)}</bdi>` },
  { key: 'created', label: t('addresses.created'), cell: ({ created_at }) => dateTime(created_at) },
  { key: 'moves', label: t('nav.moves'), cell: ({ uri }) => html`<a href=${href(`/moves?state=all&q=${encodeURIComponent(bare(uri))}`)} >${t('addresses.moves')} <span class="hidden">${visible(bare(uri))}</span></a>` },
];

export function AddressesPage() {
  const { uri, domain } = useQuery();
  return html`<${Objects} frame=${Page} words="addresses" path="/v1/addresses" parameters=${{ uri: uri && toUri(uri), domain, limit: 50 }} columns=${columns()} fields=${FIELDS} editFields=${[NOTE]}
    nameOf=${(row) => visible(bare(row.uri))} mayWrite=${may('moves:write')}
    before=${html`<${Filters} fields=${[{ name: 'uri', label: t('addresses.find'), 'data-key': '/' }, { name: 'domain', label: t('addresses.domain') }]} />`} />`;
}
