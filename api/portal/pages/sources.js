// Who is answered at all: rules for networks, bans, patterns of scanners, and how much one network may send.
import { html, useState } from '../vendor/preact.js';
import { Card, Facts, Loading, Page, ProblemNote, t, Tag, toast } from '../kit.js';
import { dateTime, fromNow, number, visible } from '../format.js';
import { useResource } from '../lists.js';
import { Said } from '../said.js';
import { may } from '../session.js';
import { addTexts } from '../texts.js';
import texts from '../texts/sources.js';
import { EditForm } from './row-dialog.js';
import { SourceList } from './source-list.js';

addTexts(texts);

const members = (row, ...names) => Object.fromEntries(names.map((name) => [name, row[name]]));
const network = () => ({ member: 'network', label: t('sources.network'), hint: t('sources.network_hint'), required: true, spellcheck: false });
const note = () => ({ member: 'note', label: t('sources.note') });
const enabled = () => ({ member: 'enabled', kind: 'check', label: t('sources.enabled') });
const choice = (member, label, prefix, words) => ({ member, kind: 'select', label, options: words.map((word) => [word, t(`${prefix}.${word}`)]) });
const noteColumn = () => ({ key: 'note', label: t('sources.note'), cell: (row) => html`<${Said} text=${row.note} />` });
const Off = ({ row }) => !row.enabled && html` <${Tag}>${t('sources.off')}<//>`;

function SourceRules() {
  const rest = [choice('action', t('sources.action'), 'source_rules.action', ['deny', 'allow']),
    { member: 'listener', label: t('sources.listener'), hint: t('sources.listener_hint'), isEmptyNull: true, spellcheck: false }, note(), enabled()];
  return html`<${SourceList} path="/v1/source-rules" texts="source_rules" nameOf=${(row) => row.network} newFields=${[network(), ...rest]} editFields=${[network(), ...rest]}
    start=${{ network: '', action: 'deny', listener: null, note: '', enabled: true }} again=${(row) => members(row, 'network', 'action', 'listener', 'note', 'enabled')}
    columns=${[
      { key: 'network', label: t('sources.network'), cell: (row) => html`<code>${row.network}</code>` },
      { key: 'action', label: t('sources.action'), cell: (row) => html`<${Tag} kind=${row.action === 'deny' ? 'bad' : 'good'}>${t(`source_rules.action.${row.action}`)}<//><${Off} row=${row} />` },
      { key: 'listener', label: t('sources.listener'), cell: (row) => row.listener ?? t('sources.everywhere') }, noteColumn()]} />`;
}

function Bans() {
  const lasts = choice('lasts', t('bans.lasts'), 'bans', ['3600', '86400', '604800', 'for_ever']);
  const toBody = ({ lasts: chosen, ...rest }) => ({ ...rest, ...(chosen === 'for_ever' ? { expires_at: null } : { expires_in_seconds: Number(chosen) }) });
  return html`<${SourceList} path="/v1/bans" texts="bans" nameOf=${(row) => row.network} deletes="bans.lift"
    newFields=${[network(), lasts, { member: 'reason', label: t('bans.reason') }]} start=${{ network: '', lasts: '3600', reason: '' }} toBody=${toBody}
    again=${(row) => members(row, 'network', 'expires_at', 'reason')}
    columns=${[
      { key: 'network', label: t('sources.network'), cell: (row) => html`<code>${row.network}</code>` },
      { key: 'expires', label: t('bans.expires'), cell: (row) => (row.expires_at ? `${dateTime(row.expires_at)} (${fromNow(row.expires_at)})` : t('bans.for_ever')) },
      { key: 'reason', label: t('bans.reason'), cell: (row) => html`<${Said} text=${row.reason} />` },
      { key: 'by', label: t('bans.by'), cell: (row) => html`<${Said} text=${row.created_by} />` }]} />`;
}

function ScannerPatterns() {
  const fields = [{ member: 'text', label: t('patterns.text'), hint: t('patterns.text_hint'), required: true, spellcheck: false },
    choice('header', t('patterns.header'), 'patterns.header', ['user_agent', 'from']), choice('match', t('patterns.match'), 'patterns.match', ['contains', 'prefix']),
    choice('action', t('sources.action'), 'patterns.action', ['drop', 'ban']),
    { member: 'ban_seconds', kind: 'number', label: t('patterns.ban_seconds'), hint: t('patterns.ban_hint'), isShown: ({ action }) => action === 'ban' }, note(), enabled()];
  const toBody = ({ ban_seconds: seconds, ...rest }) => (rest.action === 'ban' ? { ...rest, ban_seconds: seconds } : rest);
  return html`<${SourceList} path="/v1/scanner-patterns" texts="patterns" nameOf=${(row) => visible(row.text)} newFields=${fields} editFields=${fields} toBody=${toBody}
    start=${{ text: '', header: 'user_agent', match: 'contains', action: 'drop', ban_seconds: 600, note: '', enabled: true }}
    again=${(row) => toBody(members(row, 'text', 'header', 'match', 'action', 'ban_seconds', 'note', 'enabled'))}
    columns=${[
      { key: 'text', label: t('patterns.text'), cell: (row) => html`<code><${Said} text=${row.text} /></code>` },
      { key: 'header', label: t('patterns.header'), cell: (row) => `${t(`patterns.header.${row.header}`)}: ${t(`patterns.match.${row.match}`)}` },
      { key: 'action', label: t('sources.action'), cell: (row) => html`${t(`patterns.action.${row.action}`)}<${Off} row=${row} />` }, noteColumn()]} />`;
}

const NUMBERS = ['rate', 'burst', 'slip', 'ipv4_prefix_bits', 'ipv6_prefix_bits'];
const SWITCHES = ['limit_private', 'drop_unserved_ip_uris'];

function SourceLimit() {
  const [round, setRound] = useState(0);
  const fields = [{ member: 'enabled', kind: 'check', label: t('limit.enabled') },
    ...NUMBERS.map((member) => ({ member, kind: 'number', label: t(`limit.${member}`), hint: member === 'slip' ? t('limit.slip_hint') : undefined })),
    ...SWITCHES.map((member) => ({ member, kind: 'check', label: t(`limit.${member}`) }))];
  return html`<${Card} title=${t('limit.title')}><p class="quiet">${t('limit.about')}</p>
    ${may('system:admin') ? html`<div class="narrow"><${EditForm} key=${round} path="/v1/source-limit" fields=${fields} onDone=${() => { setRound(round + 1); toast(t('kit.saved')); }} /></div>`
      : html`<${LimitFacts} />`}<//>`;
}

function LimitFacts() {
  const { value, problem } = useResource('/v1/source-limit');
  if (!value) return problem ? html`<${ProblemNote} problem=${problem} />` : html`<${Loading} />`;
  const yes = (is) => t(is ? 'kit.yes' : 'kit.no');
  return html`<${Facts} of=${[[t('limit.enabled'), yes(value.enabled)], ...NUMBERS.map((name) => [t(`limit.${name}`), number(value[name])]),
    ...SWITCHES.map((name) => [t(`limit.${name}`), yes(value[name])])]} />`;
}

export const SourcesPage = () => html`<${Page} title=${t('sources.title')} about=${t('sources.about')}>
  <${SourceRules} /><${Bans} /><${ScannerPatterns} /><${SourceLimit} /><//>`;
