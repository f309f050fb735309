// The calendars that the server reads for one: their links, and how it went the last time.
import { html } from '../vendor/preact.js';
import { ActionButton, Card, Note, Tag, t, toast, toastProblem } from '../kit.js';
import { bare, dateTime, fromNow, number, toUri, visible } from '../format.js';
import { get, post } from '../http.js';
import { Objects } from '../objects.js';
import { place } from '../router.js';
import { me } from '../session.js';
import { addTexts } from '../texts.js';
import texts from '../texts/calendars.js';

addTexts(texts);

const PATH = '/v1/me/calendar-subscriptions';
const LOOKS = 240;
const LOOK_MS = 500;
const COUNTS = ['created', 'updated', 'cancelled', 'unchanged', 'skipped', 'failed'];

const URL_FIELD = { name: 'url', type: 'url', maxlength: 1023, spellcheck: false, autocomplete: 'off', read: () => '' };
const fieldsOf = (addresses) => [
  { name: 'name', text: 'calendars.name', as: 'note', maxlength: 60 },
  ...(addresses.length > 1 ? [{ name: 'address', text: 'calendars.address', as: 'select', options: addresses, show: bare }] : []),
  { name: 'target', text: 'calendars.target', spellcheck: false, autocapitalize: 'none', read: bare, write: (typed) => (typed.trim() ? toUri(typed) : null) },
  { name: 'on_conflict', text: 'calendars.on_conflict', as: 'select', options: ['fail', 'replace'] },
  { name: 'interval_seconds', text: 'calendars.interval', as: 'select', options: ['300', '900', '3600', '21600', '86400'], write: Number },
];

const shownName = ({ name, url_origin: origin }) => visible(name || origin);

function State({ of: { state, disabled_reason: reason, last_poll_at: at, last_error: error } }) {
  if (state === 'disabled') return html`<${Tag} kind="bad">${t(`calendars.disabled.${reason}`)}<//>`;
  if (error) return html`<${Tag} kind="warn">${t('calendars.failing')}<//>`;
  return at ? html`<${Tag} kind="good">${t('calendars.good')}<//>` : html`<${Tag}>${t('calendars.waiting')}<//>`;
}

const Times = ({ of: { last_poll_at: last, next_poll_at: next } }) => html`<div>${last ? t('calendars.read_at', { when: fromNow(last) }) : t('calendars.not_yet')}</div>
  ${next && html`<div class="quiet">${t('calendars.next_at', { when: dateTime(next) })}</div>`}`;

// What there is nothing of is not said.
function Result({ of: { last_error: error, last_result: result } }) {
  const told = COUNTS.filter((name) => result[name] > 0);
  return html`${error && html`<p class="error"><bdi>${visible(error)}</bdi></p>`}
    <ul class="bare">${told.map((name) => html`<li key=${name}>${t(`calendars.count.${name}`, { n: number(result[name]) })}</li>`)}</ul>
    ${result.errors.map(({ summary, detail, member }, i) => html`<p key=${i} class="error">${t('calendars.error', {
      what: html`<bdi>${visible(summary) || member}</bdi>`, why: html`<bdi>${visible(detail)}</bdi>` })}</p>`)}`;
}

// Waits a while until it was read, as long as its page is there.
async function whenRead({ id, last_poll_at: before }, reload) {
  const page = place.value.path;
  for (let i = 0; i < LOOKS; i += 1) {
    const { body } = await get(`${PATH}/${id}`);
    if (place.value.path !== page) return;
    if (body.last_poll_at !== before) {
      toast(t(body.last_error ? 'calendars.read_failed' : 'calendars.read'));
      break;
    }
    await new Promise((resolve) => { setTimeout(resolve, LOOK_MS); });
    if (place.value.path !== page) return;
  }
  reload();
}

// What was changed is read at once. One that was removed meanwhile is nobody's news.
async function whenSaved(row, reload) {
  const page = place.value.path;
  if (row.next_poll_at !== row.updated_at) return;
  try {
    await whenRead(row, reload);
  } catch (problem) {
    if (problem.status !== 404 && place.value.path === page) toastProblem(problem);
  }
}

async function readNow({ id }, reload) {
  const { body } = await post(`${PATH}/${id}/refresh`);
  await whenRead(body, reload);
}

const columns = (reload) => [
  { key: 'state', label: t('calendars.state'), cell: (row) => html`<${State} of=${row} />` },
  { key: 'times', label: t('calendars.times'), cell: (row) => html`<${Times} of=${row} />` },
  { key: 'result', kind: 'whole', label: t('calendars.result'), cell: (row) => html`<${Result} of=${row} />` },
  { key: 'do', label: '', cell: (row) => row.enabled && html`<${ActionButton} kind="plain small" aria-label=${t('calendars.read_one', { what: shownName(row) })}
    run=${() => readNow(row, reload)}>${t('calendars.read_now')}<//>` },
];

export function Calendars() {
  const { addresses } = me.value;
  const fields = fieldsOf(addresses);
  return html`<${Objects} frame=${Card} words="calendars" path=${PATH} parameters=${{ limit: 50 }} columns=${columns} nameOf=${shownName} mayWrite=${addresses.length > 0} onMade=${whenSaved} onSaved=${whenSaved}
    initial=${{ on_conflict: 'replace', interval_seconds: 3600, address: addresses[0] }}
    fields=${[{ ...URL_FIELD, text: 'calendars.url', required: true }, ...fields]}
    editFields=${[{ name: 'enabled', text: 'calendars.enabled', as: 'check' }, ...fields, { ...URL_FIELD, text: 'calendars.new_url', write: (typed) => typed.trim() || undefined }]}
    before=${html`<p class="quiet">${t('calendars.explained')}</p>${addresses.length === 0 && html`<${Note}>${t('calendars.no_address')}<//>`}`} />`;
}
