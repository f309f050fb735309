// "I'm away": where, until when. What would be a mistake is said before it is made.
import { html, useEffect, useRef, useState } from '../vendor/preact.js';
import { Button, Card, Choice, faultAt, Note, problemText, ProblemNote, SelectField, TextField, t } from '../kit.js';
import { unusualCountry } from '../calling-code.js';
import { bare, cityOf, dateTime, deviceZone, isZone, offsetOf, toLocalInput, toUri } from '../format.js';
import { useStill } from '../lists.js';
import { me } from '../session.js';
import { store, useStore } from '../store.js';
import { bothZones, inZone, momentOf, presets } from './trip-times.js';
import { begin, check } from './trips.js';
import { ZoneField } from '../zone-field.js';

const HOUR_MS = 3600000;

// What is typed outlives the page, and another language: it goes when the trip is made. Of one person.
const kept = store({});
const useDraft = (fresh) => {
  const { of, draft } = useStore(kept);
  const mine = of === me.value.id ? draft : fresh();
  return [mine, (changed) => kept.set({ of: me.value.id, draft: { ...(kept.value.of === me.value.id ? kept.value.draft : mine), ...changed } }),
    () => kept.set({})];
};

const freshDraft = (addresses) => ({
  address: addresses[0], where: '', from: 'now', starts: toLocalInput(Date.now() + HOUR_MS), until: '', ends: '', zone: deviceZone(),
});

// The chosen end as a local time; null: until it is ended.
function endOf(draft, offered) {
  if (draft.until === 'open') return null;
  return draft.until === 'pick' ? draft.ends : offered.find(([name]) => name === draft.until)?.[1];
}

function bodyOf(draft, ends) {
  return {
    address: draft.address,
    targets: [{ uri: toUri(draft.where) }],
    ...(draft.from === 'pick' ? { starts_at: `${draft.starts}:00` } : {}),
    ends_at: ends === null ? null : `${ends}:00`,
    time_zone: draft.zone,
  };
}

// What can be told without asking.
function mistakes(draft, ends) {
  const found = {};
  const [start, end] = [draft.from === 'pick' ? momentOf(draft.starts, draft.zone) : Date.now(), ends ? momentOf(ends, draft.zone) : Infinity];
  if (draft.where && toUri(draft.where) === draft.address) found.where = t('away.wrong.same');
  if (end <= Date.now()) found.ends = t('away.wrong.past');
  else if (end <= start) found.ends = t('away.wrong.before_start');
  return found;
}

// --- what the server says beforehand -------------------------------------------

// { key, problem } of the last body that was asked about.
function useCheck(body) {
  const [found, setFound] = useState({});
  const key = body && JSON.stringify(body);
  const still = useStill(key, 400);
  const ask = async (text) => {
    const answer = await check(JSON.parse(text)).then(() => ({}), (problem) => ({ problem }));
    const fresh = { key: text, ...answer };
    setFound(fresh);
    return fresh;
  };
  useEffect(() => { if (still && still === key) ask(still); }, [still]);
  return { found: found.key === key ? found : {}, now: () => ask(key) };
}

const DAY_MS = 86400000;

// Of trips with an end there are some to compare with, and this one is twice as long as the longest.
function isLongerThanUsual(draft, ends, past) {
  const lengths = past.filter(({ ends_at }) => ends_at).map(({ starts_at, ends_at }) => Date.parse(ends_at) - Date.parse(starts_at));
  if (!ends || lengths.length < 3) return false;
  const length = momentOf(ends, draft.zone) - (draft.from === 'pick' ? momentOf(draft.starts, draft.zone) : Date.now());
  return length > Math.max(7 * DAY_MS, 2 * Math.max(...lengths));
}

function overlapText({ body: { conflicting = [] } }, zone) {
  const [other] = conflicting;
  if (!other) return t('away.overlaps');
  return other.ends_at ? t('away.overlaps_span', { from: dateTime(other.starts_at, zone), until: inZone(other.ends_at, zone) })
    : t('away.overlaps_open', { from: inZone(other.starts_at, zone) });
}

function Cautions({ found: { problem }, zone, isLong, country }) {
  return html`<div role="status">
    ${problem?.code === 'MOVE_OVERLAPS' && html`<${Note} kind="warn"><p>${overlapText(problem, zone)}</p><p>${t('away.overlaps_replace')}</p><//>`}
    ${problem?.code === 'MOVE_LOOPS' && html`<${Note} kind="bad"><p>${t('away.loops', { way: problem.body.cycle?.map(bare).join(' ➜ ') ?? '' })}</p><//>`}
    ${isLong && html`<${Note} kind="warn"><p>${t('away.longer')}</p><//>`}
    ${country && html`<${Note} kind="warn"><p>${t('away.unusual_country', { code: `+${country}` })}</p><//>`}</div>`;
}

const isShownApart = (problem) => ['MOVE_OVERLAPS', 'MOVE_LOOPS'].includes(problem?.code);

// --- the fields ------------------------------------------------------------------

function Where({ draft, set, suggestions, error, onLeft }) {
  const uri = toUri(draft.where);
  const isRead = draft.where.trim() !== '' && uri !== draft.where.trim() && /^(sips?|tel):/.test(uri);
  return html`<${TextField} label=${t('away.where')} hint=${/^tel:\d/.test(uri) ? t('away.where_national') : isRead ? t('away.where_read', { uri }) : t('away.where_hint')} error=${error} value=${draft.where}
      onValue=${(where) => set({ where })} onBlur=${onLeft} inputmode="email" autocomplete="off" autocapitalize="none" spellcheck=${false} required />
    ${suggestions.length > 0 && html`<div class="actions chips" role="group" aria-label=${t('away.suggestions')}>${suggestions.map(([one, label]) => html`
      <${Button} key=${one} kind="plain small" aria-pressed=${uri === one} onClick=${() => { set({ where: bare(one) }); onLeft(); }}>${label}<//>`)}</div>`}`;
}

function When({ draft, set, offered, ends, wrong, problem }) {
  const isGood = isZone(draft.zone);
  const at = ends ? momentOf(ends, draft.zone) : NaN;
  const timeAt = (local) => dateTime(`${local}Z`, 'UTC');
  return html`<${Choice} kind="pairs" label=${t('away.until_label')} value=${draft.until} onValue=${(until) => set({ until, ends: draft.ends || offered.at(-1)?.[1] || '' })} options=${[
      ...offered.map(([name, local]) => [name, t(`away.until_${name}`), timeAt(local)]),
      ['pick', t('away.until_pick')], ['open', t('away.until_open')]]} />
    ${draft.until === 'pick' && html`<${TextField} label=${t('away.ends')} type="datetime-local" value=${draft.ends} onValue=${(value) => set({ ends: value })} required />`}
    <div aria-live="polite">${isGood && !Number.isNaN(at) && html`<p class="hint">${bothZones(at, draft.zone)}</p>`}
      ${(wrong.ends ?? faultAt(problem, '/ends_at')) && html`<p class="error">${wrong.ends ?? faultAt(problem, '/ends_at')}</p>`}</div>
    <details open=${draft.from === 'pick' || draft.zone !== deviceZone()}><summary>${t('away.more', {
      from: draft.from === 'now' ? t('away.from_now') : timeAt(draft.starts), zone: isGood ? `${cityOf(draft.zone)}, ${offsetOf(draft.zone)}` : '–' })}</summary>
      <div class="inside"><${Choice} label=${t('away.from_label')} value=${draft.from} onValue=${(from) => set({ from })}
        options=${[['now', t('away.from_now')], ['pick', t('away.from_pick')]]} />
      ${draft.from === 'pick' && html`<${TextField} label=${t('away.from')} type="datetime-local" value=${draft.starts} onValue=${(starts) => set({ starts })}
        hint=${isGood ? bothZones(momentOf(draft.starts, draft.zone), draft.zone) : undefined} error=${faultAt(problem, '/starts_at')} required />`}
      <${ZoneField} value=${draft.zone} onValue=${(zone) => set({ zone })} error=${faultAt(problem, '/time_zone')} /></div></details>`;
}

export function AwayForm({ addresses, known, past, suggestions, isNext, onMade }) {
  const [draft, set, forget] = useDraft(() => freshDraft(addresses));
  const [isLeft, setLeft] = useState(false);
  const [problem, setProblem] = useState(null);
  const [lacks, setLacks] = useState({});
  const [busy, setBusy] = useState(false);
  const form = useRef();
  const offered = isZone(draft.zone) ? presets(draft.zone) : [];
  const ends = endOf(draft, offered);
  const isWhole = draft.where.trim() !== '' && ends !== undefined && ends !== '' && (draft.from === 'now' || draft.starts) && isZone(draft.zone);
  const wrong = mistakes(draft, ends);
  const isWrong = Object.keys(wrong).length > 0;
  const body = isWhole && bodyOf(draft, ends);
  const { found, now } = useCheck(isLeft && body && !isWrong ? body : undefined);
  const replaces = found.problem?.code === 'MOVE_OVERLAPS';
  const change = (changed) => { setProblem(null); setLacks({}); set(changed); };

  const submit = async () => {
    // What was not said before is said now, and the next press means it.
    const seen = found.key ? found : await now();
    if (!found.key && isShownApart(seen.problem)) return;
    if (seen.problem?.code === 'MOVE_LOOPS') return;
    await begin(body, { replaces: seen.problem?.code === 'MOVE_OVERLAPS', known }, onMade);
    forget();
    setLeft(false);
    document.querySelector('main h1')?.focus();
  };
  const onSubmit = async (event) => {
    event.preventDefault();
    setLeft(true);
    setProblem(null);
    if (!draft.until) setLacks({ until: t('away.wrong.until') });
    if (!isWhole || isWrong) { form.current.querySelector(draft.until ? '.error' : 'input[type=radio]')?.focus(); return; }
    setBusy(true);
    try { await submit(); } catch (thrown) { setProblem(thrown); } finally { setBusy(false); }
  };
  const said = problem ?? (isShownApart(found.problem) ? null : found.problem);
  return html`<${Card} title=${t(isNext ? 'away.plan' : 'away.title')}><form ref=${form} onSubmit=${onSubmit}>
    <${ProblemNote} problem=${problem} labels=${{ '/targets/0/uri': t('away.where'), '/starts_at': t('away.from'), '/ends_at': t('away.ends'), '/time_zone': t('zone.label'), '/address': t('away.address') }} />
    ${addresses.length > 1 && html`<${SelectField} label=${t('away.address')} value=${draft.address} onValue=${(address) => change({ address })}
      options=${addresses.map((uri) => [uri, bare(uri)])} />`}
    <${Where} draft=${draft} set=${change} suggestions=${suggestions} onLeft=${() => setLeft(true)} error=${wrong.where ?? faultAt(said, '/targets', { deep: true })} />
    <${When} draft=${draft} set=${change} offered=${offered} ends=${ends} wrong=${lacks.until ? { ends: lacks.until } : wrong} problem=${said} />
    <${Cautions} found=${found} zone=${draft.zone} isLong=${isLongerThanUsual(draft, ends, past)}
      country=${unusualCountry(toUri(draft.where), [...addresses, ...suggestions.map(([uri]) => uri)])} />
    <${Button} kind="primary big" type="submit" busy=${busy}>${t(replaces ? 'away.replace' : draft.from === 'now' ? 'away.submit' : 'away.submit_later')}<//>
    ${said && !problem && !said.errors.length && html`<p class="error">${problemText(said)}</p>`}
  </form><//>`;
}
