// One call of the redirect log, told in plain words: what was asked, what was answered, why, and who had made it so.
import { html } from '../vendor/preact.js';
import { Card, CopyButton, Facts, Loading, Note, Page, ProblemNote, t } from '../kit.js';
import { callerOf, HEADERS, isRedirect, reasonText, StatusTag } from '../answers.js';
import { clockTime, fromNow, moment, visible } from '../format.js';
import { useResource } from '../lists.js';
import { withQuery } from '../http.js';
import { href } from '../router.js';
import { Address, Said } from '../said.js';
import { may } from '../session.js';
import { addTexts } from '../texts.js';
import logTexts from '../texts/redirect-logs.js';
import texts from '../texts/call-story.js';
import { actionText, actorText } from './change-words.js';
import { curlOf } from './redirect-logs.js';

addTexts(logTexts);
addTexts(texts);

const link = (path, text, isShown = true) => (isShown ? html`<a href=${href(path)}>${text}</a>` : text);
const tagsAsked = ({ tags_asked: asked }, wanted) => asked.filter(({ header }) => header === wanted).map(({ tag }) => tag).join(', ');
const hostOf = (source) => source.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');

// Who made a move, a domain or the policy what it was at the call.
function Changed({ part }) {
  if (!part?.last_change) return null;
  const { at, action, actor, id } = part.last_change;
  return html`<p>${t('story.changed', { who: html`<${Said} text=${actorText(actor)} />`, at: `${moment(at)} (${fromNow(at)})`,
    what: link(`/audit?id=${id}`, actionText(action), may('system:read')) })}</p>
    ${part.changed_since && html`<${Note} kind="warn"><p>${t('story.changed_since')}</p><//>`}`;
}

function Why({ record, story }) {
  const { move, previous_move: before, domain, policy } = story;
  const to = (part, text) => link(`/moves/${part.id}`, text, may('moves:read'));
  return html`<${Card} title=${t('story.why')}>
    ${move && html`<p>${t('story.move', { move: to(move, t('story.move_link')) })}</p><${Changed} part=${move} />`}
    ${before && html`<p>${t('story.previous_move', { move: to(before, t('story.previous_link')) })}</p><${Changed} part=${before} />`}
    ${domain && html`<h3>${link(`/domains/${domain.id}`, t('story.domain'), may('system:read'))}</h3><${Changed} part=${domain} />`}
    ${policy && html`<h3>${link('/policy/versions', t('story.policy'), may('policy:read'))}</h3><${Changed} part=${policy} />`}<//>`;
}

function Tags({ record }) {
  const rule = ({ rule_id: id }) => (id ? link(`/policy?rule=${id}`, t('story.rule'), may('policy:read')) : t('story.no_rule'));
  const tag = (text) => html`<code><${Said} text=${text} /></code>`;
  return html`<${Card} title=${t('story.tags')}>
    ${record.tags_asked.length === 0 && html`<p>${t('story.no_tags')}</p>`}
    <ul class="plain-list">${record.tags_asked.map((one) => html`<li key=${one.header + one.tag}>${t('story.tag_asked', { tag: tag(one.tag), header: HEADERS[one.header] })}</li>`)}
      ${record.tags_refused.map((one) => html`<li key=${one.tag}>${t('story.tag_refused', { tag: tag(one.tag), rule: rule(one) })}</li>`)}</ul><//>`;
}

function OnTheWay({ record, story }) {
  const lines = [
    record.ack_seen === true && t('story.ack'),
    record.ack_seen === false && t('story.no_ack'),
    story.requests_repeated > 0 && t('story.requests_repeated', { count: story.requests_repeated }),
    story.answers_repeated > 0 && t('story.answers_repeated', { count: story.answers_repeated }),
    story.followed === true && t('story.followed'),
    story.followed === false && t('story.not_followed'),
  ].filter(Boolean);
  return html`<${Card} title=${t('story.on_the_wire')}><ul class="plain-list">
    ${lines.map((line) => html`<li key=${line}>${line}</li>`)}
    ${story.called_again.map((again) => html`<li key=${again.id}>${t('story.called_again', { at: link(`/redirect-logs/${again.id}`, clockTime(again.received_at)), status: again.status })}</li>`)}</ul><//>`;
}

const recordFacts = (record) => [
  [t('logs.time'), moment(record.received_at)], [t('logs.method'), html`<${Said} text=${record.method} />`],
  ['Request-URI', html`<${Said} text=${record.request_uri} />`], ['From', html`<${Said} text=${record.from} />`],
  ['Call-ID', html`<${Said} text=${record.call_id} />`], [t('logs.agent'), record.user_agent && html`<${Said} text=${record.user_agent} />`],
  [t('logs.source'), record.source], [t('story.transport'), record.transport], [t('story.profile'), record.profile],
  [t('story.move_revision'), record.move_revision], [t('story.revision'), record.revision],
  [t('story.duration'), t('story.microseconds', { count: record.handling_us })],
];

export function CallStoryPage({ id }) {
  const path = `/v1/redirect-logs/${encodeURIComponent(id)}`;
  const { value: record, problem } = useResource(path);
  if (!record) return html`<${Page} title=${t('story.title')}>${problem ? html`<${ProblemNote} problem=${problem} />` : html`<${Loading} />`}<//>`;
  const address = record.address || record.request_uri;
  const now = withQuery('/lookup', { address, source: hostOf(record.source), from: callerOf(record.from), user_agent: record.user_agent,
    method: record.method, require: tagsAsked(record, 'require'), proxy_require: tagsAsked(record, 'proxy-require'), run: 1 });
  return html`<${Page} title=${t('story.title')} actions=${html`<a class="button plain" href=${href('/redirect-logs')}>${t('story.back')}</a><${CopyButton} label=${t('logs.curl')} text=${curlOf(path)} />`}>
    <${Card} kind=${isRedirect(record.status) ? 'good' : 'warn'}>
      <p>${t('story.asked', { at: moment(record.received_at), source: html`<strong>${record.source}</strong>`, method: visible(record.method), address: html`<strong><${Address} uri=${address} /></strong>` })}</p>
      <p class="state">${t('story.answered', { status: html`<${StatusTag} status=${record.status} />`, reason: reasonText(record.reason) })}</p>
      ${record.targets.map((target) => html`<p key=${target}>${t('story.sent_to', { target: html`<strong><${Address} uri=${target} /></strong>` })}</p>`)}
      ${record.targets_withheld.map((one) => html`<p key=${one.uri}>${t('story.withheld', { target: html`<strong><${Address} uri=${one.uri} /></strong>` })}</p>`)}
      <div class="actions">${may('moves:read') && html`<a class="button plain" href=${href(now)}>${t('story.now')}</a>`}
        <a class="button plain" href=${href(withQuery('/redirect-logs', { source: hostOf(record.source) }))}>${t('story.source_calls')}</a></div>
    <//>
    <div class="grid pair"><${Why} record=${record} story=${record.story} /><div><${Tags} record=${record} /><${OnTheWay} record=${record} story=${record.story} /></div></div>
    <${Card} title=${t('story.record')}><${Facts} of=${recordFacts(record)} /><//>
  <//>`;
}
