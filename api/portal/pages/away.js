// Where calls to one's addresses go, and until when: the first line says it, one tap ends it, three inputs change it.
import { html, useState } from '../vendor/preact.js';
import { ActionButton, Button, Card, Loading, Note, Page, ProblemNote, t } from '../kit.js';
import { bare, dateTime } from '../format.js';
import { post } from '../http.js';
import { useEvery, useList, useResource } from '../lists.js';
import { href } from '../router.js';
import { me } from '../session.js';
import { addTexts } from '../texts.js';
import texts from '../texts/away.js';
import { AwayForm } from './away-form.js';
import { callerName, outcome } from './call-words.js';
import { ByOther, ComingTrips, EditTrip, PastTrips } from './trip-lists.js';
import { inZone, timeLeft, zoneOf } from './trip-times.js';
import { end, endAll, extend, targetsOf } from './trips.js';

addTexts(texts);

const strong = (text) => html`<strong>${text}</strong>`;

function StateLine({ address, move }) {
  if (!move) return html`<p class="state"><span class="sign" aria-hidden="true">✓</span> ${t('away.normal', { address: strong(bare(address)) })}</p>`;
  const words = { address: strong(bare(address)), target: strong(targetsOf(move)) };
  const line = move.ends_at
    ? t('away.until', { ...words, until: strong(inZone(move.ends_at, zoneOf(move))), left: timeLeft(move.ends_at) })
    : t('away.open', words);
  return html`<p class="state"><span class="sign" aria-hidden="true">➜</span> ${line}</p>`;
}

// What a caller gets now, and when the next trip has begun.
function TestIt({ address, next }) {
  const [answers, setAnswers] = useState(null);
  const run = async () => {
    const ask = async (at) => ({ ...(await post('/v1/me/redirect-lookups', { address, ...(at ? { at } : {}) })).body, at });
    setAnswers(await Promise.all([ask(), ...(next ? [ask(next.starts_at)] : [])]));
  };
  return html`<${ActionButton} run=${run}>${t('away.test')}<//>
    <div class="tested" role="status">${answers?.map((answer) => html`<p key=${answer.at ?? 'now'}>${t(answer.at ? 'away.test_at' : 'away.test_now', {
      time: answer.at ? strong(dateTime(answer.at)) : '',
      outcome: html`<span>${outcome({ status: answer.status, targets: answer.contacts.map(({ uri }) => uri) })}</span>`,
    })}</p>`)}</div>`;
}

function TripCalls({ move }) {
  const calls = useList('/v1/me/redirect-logs', { move_id: move.id, from: move.starts_at, limit: 5 });
  useEvery(15000, calls.reload);
  if (calls.loading && !calls.items.length) return null;
  return html`<h3>${t('away.calls')}</h3>
    ${calls.items.length > 0
      ? html`<ul class="rows">${calls.items.map((call) => html`<li key=${call.id}><span class="quiet">${dateTime(call.received_at)}</span> ${callerName(call.from)} ${outcome(call)}</li>`)}</ul>
        <p><a href=${href('/calls')}>${t('away.all_calls')}</a></p>`
      : html`<p class="quiet">${t('away.no_calls')}</p>`}`;
}

function StateCard({ address, move, next, onChanged, onEdit }) {
  return html`<${Card} kind=${move ? 'info' : 'good'}>
    <div aria-live="polite"><${StateLine} address=${address} move=${move} />${move && html`<${ByOther} move=${move} />`}</div>
    ${move && html`<${ActionButton} kind="primary big" run=${() => end(move, onChanged)}>${t('away.back')}<//>`}
    <div class="actions below">
      ${move && html`<${Button} onClick=${() => onEdit(move)}>${t('trips.edit')}<//>`}
      ${move?.ends_at && html`<${ActionButton} run=${() => extend(move, onChanged)}>${t('trips.extend')}<//>`}
      <${TestIt} key=${move?.id} address=${address} next=${next} /></div>
    ${move && html`<${TripCalls} key=${move.id} move=${move} />`}
  <//>`;
}

// Where one has gone before, the latest first; then what the administrator offers.
function suggestions(moves, offered) {
  const found = new Map();
  for (const { targets } of moves) for (const { uri } of targets) found.set(uri, bare(uri));
  const recent = [...found].slice(0, 4);
  return [...recent, ...offered.filter(({ uri }) => !recent.some(([known]) => known === uri)).map(({ uri, label }) => [uri, label])];
}

function Trips({ addresses }) {
  const current = useList('/v1/me/moves', { state: 'active,scheduled', sort: 'starts_at', limit: 100 });
  const past = useList('/v1/me/moves', { state: 'ended,cancelled', sort: '-starts_at', limit: 5 });
  const offered = useResource('/v1/destinations?limit=50');
  const [edited, setEdited] = useState(null);
  const [isPlanning, setPlanning] = useState(false);
  const reload = () => { current.reload(); past.reload(); };
  useEvery(20000, reload);

  if (current.problem && !current.items.length) return html`<${ProblemNote} problem=${current.problem} />`;
  if (current.loading && !current.body) return html`<${Loading} />`;
  const active = current.items.filter(({ state }) => state === 'active');
  const coming = current.items.filter(({ state }) => state === 'scheduled');
  const mayPlan = isPlanning || active.length < addresses.length;
  return html`
    ${addresses.map((address) => html`<${StateCard} key=${address} address=${address} onChanged=${reload} onEdit=${setEdited}
      move=${active.find((move) => move.address === address)} next=${coming.find((move) => move.address === address)} />`)}
    ${active.length > 1 && html`<p><${ActionButton} run=${() => endAll(active, reload)}>${t('away.all_back')}<//></p>`}
    ${mayPlan
      ? html`<${AwayForm} addresses=${addresses} known=${current.items} past=${past.items} isNext=${active.length > 0}
          suggestions=${suggestions([...active, ...past.items], offered.value?.items ?? [])} onMade=${() => { setPlanning(false); reload(); }} />`
      : html`<p><${Button} data-key="n" onClick=${() => setPlanning(true)}>${t('away.plan')}<//></p>`}
    <${ComingTrips} moves=${coming} onEdit=${setEdited} onChanged=${reload} />
    <${PastTrips} list=${past} />
    ${edited && html`<${EditTrip} key=${edited.id} move=${edited} onClose=${() => setEdited(null)} onSaved=${() => { setEdited(null); reload(); }} />`}`;
}

export function AwayPage() {
  const { addresses } = me.value;
  return html`<${Page} title=${t('nav.away')}>
    ${addresses.length ? html`<${Trips} addresses=${addresses} />`
      : html`<${Note} kind="info"><p>${t('away.no_address')}</p><p>${t('away.no_address_next', { name: strong(me.value.name) })}</p><//>`}
  <//>`;
}
