// What is done with a trip, a move of one's own: each of it can be undone.
import { t, toast } from '../kit.js';
import { bare } from '../format.js';
import { patch, post, remove, withQuery } from '../http.js';

const MINE = '/v1/me/moves';
export const pathOf = (move) => `${MINE}/${move.id}`;
export const targetsOf = (move) => move.targets.map(({ uri }) => bare(uri)).join(', ');

export const check = (body) => post(withQuery(MINE, { dry_run: true }), body);
export const make = (body, { replaces } = {}) => post(withQuery(MINE, { on_conflict: replaces ? 'replace' : undefined }), body);

// The same move anew, for the time that is left of it; one that is over stays so.
function again({ address, targets, starts_at, ends_at, time_zone, permanent, diversion_reason, note }) {
  const now = Date.now();
  if (ends_at && Date.parse(ends_at) <= now) return undefined;
  const begins = Date.parse(starts_at) > now ? { starts_at } : {};
  return make({ address, targets, ...begins, ends_at, time_zone, permanent, diversion_reason, note });
}

// As the words of a toast, with what takes it back.
function said(text, run, onChanged) {
  toast(text, { undo: { label: t('kit.undo'), run: async () => { await run(); onChanged(); } } });
  onChanged();
}

export async function end(move, onChanged) {
  const isComing = move.state === 'scheduled';
  await remove(pathOf(move));
  said(t(isComing ? 'trips.cancelled' : 'trips.ended', { address: bare(move.address) }), () => again(move), onChanged);
}

export async function endAll(moves, onChanged) {
  await post('/v1/me/back-to-normal');
  said(t('trips.all_ended'), () => Promise.all(moves.map(again)), onChanged);
}

// `known`: moves as they were, to bring back those that the new one replaces.
export async function begin(body, { replaces, known }, onChanged) {
  const { body: made } = await make(body, { replaces });
  const replaced = known.filter(({ id }) => made.replaced?.includes(id));
  said(t(made.state === 'scheduled' ? 'trips.planned' : 'trips.begun', { address: bare(made.address), target: targetsOf(made) }), async () => {
    await remove(pathOf(made));
    await Promise.all(replaced.map(again));
  }, onChanged);
}

const DAY_MS = 86400000;

// The end, a day later.
export async function extend(move, onChanged) {
  const later = new Date(Date.parse(move.ends_at) + DAY_MS).toISOString();
  const { etag } = await patch(pathOf(move), { ends_at: later }, { etag: `"r${move.revision}"` });
  said(t('trips.extended'), () => patch(pathOf(move), { ends_at: move.ends_at }, { etag }), onChanged);
}
