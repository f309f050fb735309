// What differs between two policies: { added, removed, changed: [{ before, after }] } as a table.
import { html, t, Table, Tag } from '../kit.js';
import { ActionTag, HEADERS } from '../answers.js';
import { Said } from '../said.js';
import { keyOf, sizeOf } from './policy-draft.js';
import { presetNote } from './preset-notes.js';

const any = (value) => (value === '*' ? t('rule.any') : html`<${Said} text=${value} />`);
export const tagText = (tag) => (tag === '*' ? t('rule.any_tag') : html`<code><${Said} text=${tag} /></code>`);

const NameOf = ({ rule }) => html`${tagText(rule.tag)} <span class="quiet">${HEADERS[rule.header]}, ${t('rule.method')}: ${any(rule.method)}, ${t('rule.domain')}: ${any(rule.domain)}</span>`;

function State({ rule, other }) {
  if (!rule) return '–';
  const isNoteNews = other && rule.note !== other.note;
  return html`<${ActionTag} action=${rule.action} />${!rule.enabled && html` <${Tag}>${t('rule.off')}<//>`}
    ${isNoteNews && html`<div class="quiet"><${Said} text=${presetNote(rule.note)} /></div>`}`;
}

const KINDS = { added: 'good', removed: 'bad', changed: 'warn' };

export function PolicyDiff({ of, caption }) {
  if (sizeOf(of) === 0) return html`<p class="empty">${t('diff.none')}</p>`;
  const rows = [...of.added.map((after) => ({ kind: 'added', after })), ...of.removed.map((before) => ({ kind: 'removed', before })),
    ...of.changed.map((pair) => ({ kind: 'changed', ...pair }))];
  return html`<${Table} caption=${caption} rows=${rows} rowKey=${({ before, after }) => keyOf(after ?? before)} columns=${[
    { key: 'what', label: t('diff.what'), cell: ({ kind }) => html`<${Tag} kind=${KINDS[kind]}>${t(`diff.${kind}`)}<//>` },
    { key: 'rule', label: t('diff.rule'), cell: ({ before, after }) => html`<${NameOf} rule=${after ?? before} />` },
    { key: 'before', label: t('diff.before'), cell: ({ before, after }) => html`<${State} rule=${before} other=${after} />` },
    { key: 'after', label: t('diff.after'), cell: ({ before, after }) => html`<${State} rule=${after} other=${before} />` },
  ]} />`;
}
