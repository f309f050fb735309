// The calls to one's own addresses, and what became of them.
import { html, t } from '../kit.js';
import { Button, Choice, Empty, Loading, Page, ProblemNote, SelectField, Table } from '../kit.js';
import { bare, dateTime } from '../format.js';
import { useEvery, useList } from '../lists.js';
import { setQuery } from '../router.js';
import { me } from '../session.js';
import { addTexts } from '../texts.js';
import texts from '../texts/my-calls.js';
import { callerName, outcome } from './call-words.js';

addTexts(texts);

const DAYS = { day: 1, week: 7, month: 30 };
// To the minute, so that the list is not another one at every drawing.
const since = (days) => new Date(Math.floor(Date.now() / 60000) * 60000 - days * 86400000).toISOString();

export function MyCallsPage({ query }) {
  const filters = { within: DAYS[query.get('within')] ? query.get('within') : 'week', address: query.get('address') ?? '', status: query.get('status') ?? '' };
  const set = (changed) => setQuery({ ...filters, ...changed });
  const { addresses } = me.value;
  const calls = useList('/v1/me/redirect-logs', {
    method: 'INVITE', limit: 25, from: since(DAYS[filters.within]), address: filters.address, status: filters.status,
  });
  useEvery(60000, calls.reload);
  const columns = [
    { key: 'when', label: t('my_calls.when'), kind: 'tight', cell: (call) => html`<time datetime=${call.received_at}>${dateTime(call.received_at)}</time>` },
    { key: 'caller', label: t('my_calls.caller'), cell: (call) => callerName(call.from) },
    ...(addresses.length > 1 ? [{ key: 'address', label: t('my_calls.address'), cell: (call) => bare(call.address) }] : []),
    { key: 'outcome', label: t('my_calls.outcome'), cell: outcome },
  ];
  return html`<${Page} title=${t('nav.calls')} about=${t('my_calls.about')}>
    <${Choice} label=${t('my_calls.within')} value=${filters.within} onValue=${(within) => set({ within })}
      options=${Object.keys(DAYS).map((name) => [name, t(`my_calls.within.${name}`)])} />
    <div class="row">
      <${SelectField} label=${t('my_calls.outcome')} value=${filters.status} onValue=${(status) => set({ status })}
        options=${[['', t('my_calls.any')], ['301,302', t('my_calls.redirected')], ['404,480', t('my_calls.not_available')], ['420', t('my_calls.refused')]]} />
      ${addresses.length > 1 && html`<${SelectField} label=${t('my_calls.address')} value=${filters.address} onValue=${(address) => set({ address })}
        options=${[['', t('my_calls.any')], ...addresses.map((uri) => [uri, bare(uri)])]} />`}
    </div><br />
    <${ProblemNote} problem=${calls.problem} />
    ${calls.items.length > 0 && html`<${Table} caption=${t('nav.calls')} columns=${columns} rows=${calls.items} />`}
    ${calls.loading && !calls.items.length && html`<${Loading} />`}
    ${!calls.loading && !calls.problem && !calls.items.length && html`<${Empty}>${t('my_calls.none')}<//>`}
    ${calls.more && html`<${Button} busy=${calls.loading} onClick=${calls.showMore}>${t('kit.more')}<//>`}
  <//>`;
}
