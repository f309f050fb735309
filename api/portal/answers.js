// What calls are answered, in words: statuses, reasons, and what the extension policy said of each tag.
import { html, Source, t, Table, Tag } from './kit.js';
import { visible, visibleLines } from './format.js';
import { Said } from './said.js';
import { addTexts, hasText } from './texts.js';
import texts from './texts/answers.js';

addTexts(texts);

const PHRASES = {
  200: 'OK', 300: 'Multiple Choices', 301: 'Moved Permanently', 302: 'Moved Temporarily', 400: 'Bad Request', 401: 'Unauthorized',
  404: 'Not Found', 405: 'Method Not Allowed', 416: 'Unsupported URI Scheme', 420: 'Bad Extension', 433: 'Anonymity Disallowed',
  480: 'Temporarily Unavailable', 481: 'Call/Transaction Does Not Exist', 482: 'Loop Detected', 503: 'Service Unavailable',
};
const kindOf = (status) => (status < 400 ? 'good' : [404, 420, 480].includes(status) ? 'warn' : 'bad');

export const isRedirect = (status) => status >= 300 && status < 400;
export const StatusTag = ({ status }) => html`<${Tag} kind=${kindOf(status)}>${status} ${PHRASES[status] ?? ''}<//>`;
export const reasonText = (reason) => (hasText(`reason.${reason}`) ? t(`reason.${reason}`) : reason);
export const REASONS = Object.keys(texts).filter((key) => key.startsWith('reason.')).map((key) => key.slice(7));

// What a person types as option tags, as a list.
export const tagsOf = (text) => text.split(/[\s,]+/).filter(Boolean);

// "Alice <sip:alice@example.com>;tag=1" without what only machines want.
export const callerOf = (from) => String(from ?? '').replace(/;tag=[^;>]*/i, '');

const COLUMNS = () => [
  { key: 'tag', label: t('answer.tag'), cell: ({ tag }) => html`<code><${Said} text=${tag} /></code>` },
  { key: 'header', label: t('answer.header'), cell: ({ header }) => HEADERS[header] },
  { key: 'action', label: t('answer.action'), cell: ({ action }) => html`<${ActionTag} action=${action} />` },
  { key: 'level', label: t('answer.level'), cell: ({ level }) => t(`level.${level}`) },
];
export const HEADERS = { require: 'Require', 'proxy-require': 'Proxy-Require', both: 'Require, Proxy-Require' };
export const ActionTag = ({ action }) => html`<${Tag} kind=${{ reject: 'bad', accept: 'good' }[action] ?? 'plain'}>${t(`action.${action}`)}<//>`;

export const TagTrace = ({ tags }) => (tags.length === 0 ? html`<p class="quiet">${t('answer.no_tags')}</p>`
  : html`<${Table} caption=${t('answer.trace')} columns=${COLUMNS()} rows=${tags} rowKey=${({ header, tag }) => `${header} ${tag}`} />`);

// What POST .../simulations and /v1/redirect-lookups have in common.
export const Judged = ({ answer, children }) => html`<div aria-live="polite">
  <p class="state"><${StatusTag} status=${answer.status} /> ${reasonText(answer.reason)}.</p>
  ${answer.unsupported?.length > 0 && html`<p>${t('answer.unsupported', { tags: visible(answer.unsupported.join(', ')) })}</p>`}
  ${children}
  <${TagTrace} tags=${answer.tags} />
  ${answer.response && html`<h3>${t('answer.bytes')}</h3><${Source} text=${visibleLines(answer.response)} label=${t('answer.bytes')} />`}
  ${answer.request && html`<details><summary>${t('answer.request')}</summary><${Source} text=${visibleLines(answer.request)} label=${t('answer.request')} /></details>`}
</div>`;
