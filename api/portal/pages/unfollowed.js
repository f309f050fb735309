// Which phones and trunks do not follow a redirect.
import { html, useMemo } from '../vendor/preact.js';
import { Empty, Loading, Note, Page, ProblemNote, SelectField, t, Table } from '../kit.js';
import { dateTime, number, percent } from '../format.js';
import { useResource } from '../lists.js';
import { withQuery } from '../http.js';
import { href, setQuery } from '../router.js';
import { Said } from '../said.js';
import { addTexts } from '../texts.js';
import logTexts from '../texts/redirect-logs.js';
import texts from '../texts/unfollowed.js';
import { HOURS, spanOf } from './log-span.js';

addTexts(logTexts);
addTexts(texts);

// A share of fewer calls says nothing.
const FEW = 10;

const columns = () => [
  { key: 'source', label: t('unfollowed.source'), cell: (row) => row.source },
  { key: 'agent', label: t('unfollowed.agent'), cell: (row) => html`<${Said} text=${row.user_agent || '–'} />` },
  { key: 'share', label: t('unfollowed.share'), cell: (row) => t(row.redirected < FEW ? 'unfollowed.of_few' : 'unfollowed.of', { ...row, share: percent(row.unfollowed, row.redirected) }) },
  { key: 'again', label: t('unfollowed.again'), kind: 'number', cell: (row) => number(row.called_again) },
  { key: 'ack', label: t('unfollowed.no_ack'), kind: 'number', cell: (row) => number(row.unacknowledged) },
  { key: 'last', label: t('unfollowed.last'), kind: 'tight', cell: (row) => dateTime(row.last_at) },
  { key: 'example', label: t('unfollowed.example'), cell: (row) => row.example_ids[0] && html`<a href=${href(`/redirect-logs/${row.example_ids[0]}`)}>${t('unfollowed.see')}</a>` },
];

export function UnfollowedPage({ query }) {
  const when = query.get('when') ?? 'day';
  const from = useMemo(() => new Date(spanOf({ when }, Date.now()).from).toISOString(), [when]);
  const { value, problem } = useResource(withQuery('/v1/redirect-logs/unfollowed', { from, limit: 100 }));
  return html`<${Page} title=${t('unfollowed.title')} about=${t('unfollowed.about')}>
    <div class="narrow"><${SelectField} label=${t('logs.when')} value=${when} onValue=${(chosen) => setQuery({ when: chosen })}
      options=${Object.keys(HOURS).map((key) => [key, t(`logs.when_${key}`)])} /></div>
    <${ProblemNote} problem=${problem} />
    ${!value ? !problem && html`<${Loading} />` : value.items.length === 0 ? html`<${Empty}>${t('unfollowed.empty')}<//>`
      : html`<${Table} caption=${t('unfollowed.title')} columns=${columns()} rows=${value.items} rowKey=${({ source, user_agent: agent }) => `${source} ${agent}`} />
        <${Note}><p>${t('unfollowed.what_to_do')}</p><//>`}
  <//>`;
}
