// Who is answered at all: rules for networks, bans, patterns of scanners, and how much one network may send.
import { html, useState } from '../vendor/preact.js';
import { ActionButton, Button, Card, Facts, Loading, Page, ProblemNote, t, Tag, toast } from '../kit.js';
import { dateTime, fromNow, number, visible } from '../format.js';
import { post, remove } from '../http.js';
import { useList, useResource } from '../lists.js';
import { EditForm, ListOf, NewDialog, Objects } from '../objects.js';
import { Said } from '../said.js';
import { may } from '../session.js';
import { addTexts } from '../texts.js';
import texts from '../texts/sources.js';

addTexts(texts);

const NETWORK = { name: 'network', text: 'sources.network', required: true, spellcheck: false };
const NOTE = { name: 'note', text: 'sources.note', as: 'note' };
const ENABLED = { name: 'enabled', text: 'sources.enabled', as: 'check' };
const noteColumn = () => ({ key: 'note', label: t('sources.note'), cell: (row) => html`<${Said} text=${row.note} />` });
const Off = ({ row }) => !row.enabled && html` <${Tag}>${t('sources.off')}<//>`;

const RULE = [NETWORK, { name: 'action', text: 'source_rules.action', as: 'select', options: ['deny', 'allow'] },
  { name: 'listener', text: 'sources.listener', spellcheck: false }, NOTE, ENABLED];

const SourceRules = () => html`<${Objects} frame=${Card} words="source_rules" path="/v1/source-rules" fields=${RULE} initial=${{ action: 'deny', enabled: true }}
  nameOf=${(row) => row.network} mayWrite=${may('system:admin')} columns=${[
    { key: 'action', label: t('source_rules.action'), cell: (row) => html`<${Tag} kind=${row.action === 'deny' ? 'bad' : 'good'}>${t(`source_rules.action.${row.action}`)}<//><${Off} row=${row} />` },
    { key: 'listener', label: t('sources.listener'), cell: (row) => row.listener ?? t('sources.everywhere') }, noteColumn()]} />`;

const PATTERN = [{ name: 'text', text: 'patterns.text', required: true, spellcheck: false },
  { name: 'header', text: 'patterns.header', as: 'select', options: ['user_agent', 'from'] },
  { name: 'match', text: 'patterns.match', as: 'select', options: ['contains', 'prefix'] },
  { name: 'action', text: 'patterns.action', as: 'select', options: ['drop', 'ban'] },
  { name: 'ban_seconds', text: 'patterns.ban_seconds', as: 'number', min: 1, when: ({ action }) => action === 'ban' }, NOTE, ENABLED];

const ScannerPatterns = () => html`<${Objects} frame=${Card} words="patterns" path="/v1/scanner-patterns" fields=${PATTERN}
  initial=${{ header: 'user_agent', match: 'contains', action: 'drop', ban_seconds: 600, enabled: true }} nameOf=${(row) => visible(row.text)} mayWrite=${may('system:admin')} columns=${[
    { key: 'header', label: t('patterns.header'), cell: (row) => `${t(`patterns.header.${row.header}`)}: ${t(`patterns.match.${row.match}`)}` },
    { key: 'action', label: t('patterns.action'), cell: (row) => html`${t(`patterns.action.${row.action}`)}<${Off} row=${row} />` }, noteColumn()]} />`;

const BAN = [NETWORK, { name: 'lasts', text: 'bans.lasts', as: 'select', options: ['3600', '86400', '604800', ''] },
  { name: 'reason', text: 'bans.reason', as: 'note' }];
const banOf = ({ lasts, ...rest }) => ({ ...rest, ...(lasts ? { expires_in_seconds: Number(lasts) } : { expires_at: null }) });

const banColumns = (lift) => [
  { key: 'network', label: t('sources.network'), cell: (row) => html`<code>${row.network}</code>` },
  { key: 'expires', label: t('bans.expires'), cell: (row) => (row.expires_at ? `${dateTime(row.expires_at)} (${fromNow(row.expires_at)})` : t('bans.lasts.none')) },
  { key: 'reason', label: t('bans.reason'), cell: (row) => html`<${Said} text=${row.reason} />` },
  { key: 'by', label: t('bans.by'), cell: (row) => html`<${Said} text=${row.created_by} />` },
  ...(lift ? [{ key: 'lift', label: '', kind: 'tight', cell: (row) => html`<${ActionButton} kind="plain small" aria-label=${t('bans.lift_of', { what: row.network })} run=${() => lift(row)}>${t('bans.lift')}<//>` }] : []),
];

// A ban is not edited: it is lifted, and can be had back.
function Bans() {
  const list = useList('/v1/bans');
  const [isNew, setNew] = useState(false);
  const mayWrite = may('system:admin');
  const lift = async ({ id, network, expires_at, reason }) => {
    await remove(`/v1/bans/${id}`).finally(list.reload);
    toast(t('bans.lifted', { what: network }), { undo: { label: t('kit.undo'), run: async () => { await post('/v1/bans', { network, expires_at, reason }); list.reload(); } } });
  };
  return html`<${Card} title=${t('bans.title')} actions=${mayWrite && html`<${Button} kind="primary" onClick=${() => setNew(true)}>${t('bans.new')}<//>`}>
    <${ListOf} list=${list} caption=${t('bans.title')} columns=${banColumns(mayWrite && lift)} empty=${t('bans.empty')} />
    ${isNew && html`<${NewDialog} title=${t('bans.new')} path="/v1/bans" fields=${BAN} initial=${{ lasts: 3600 }} toBody=${banOf} onClose=${() => setNew(false)}
      onMade=${() => { setNew(false); list.reload(); toast(t('objects.made')); }} />`}<//>`;
}

const NUMBERS = ['rate', 'burst', 'slip', 'ipv4_prefix_bits', 'ipv6_prefix_bits'];
const SWITCHES = ['limit_private', 'drop_unserved_ip_uris'];
const LIMIT = [['enabled', 'check'], ...NUMBERS.map((name) => [name, 'number']), ...SWITCHES.map((name) => [name, 'check'])]
  .map(([name, as]) => ({ name, text: `limit.${name}`, as, ...(as === 'number' ? { min: 0 } : {}) }));

const SourceLimit = () => html`<${Card} title=${t('limit.title')}><p class="quiet">${t('limit.about')}</p>
  ${may('system:admin') ? html`<div class="narrow"><${EditForm} path="/v1/source-limit" fields=${LIMIT} /></div>` : html`<${LimitFacts} />`}<//>`;

function LimitFacts() {
  const { value, problem } = useResource('/v1/source-limit');
  if (!value) return problem ? html`<${ProblemNote} problem=${problem} />` : html`<${Loading} />`;
  const yes = (is) => t(is ? 'kit.yes' : 'kit.no');
  return html`<${Facts} of=${[[t('limit.enabled'), yes(value.enabled)], ...NUMBERS.map((name) => [t(`limit.${name}`), number(value[name])]),
    ...SWITCHES.map((name) => [t(`limit.${name}`), yes(value[name])])]} />`;
}

export const SourcesPage = () => html`<${Page} title=${t('sources.title')} about=${t('sources.about')}>
  <${SourceRules} /><${Bans} /><${ScannerPatterns} /><${SourceLimit} /><//>`;
