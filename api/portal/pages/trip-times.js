// When a trip begins and ends, as people choose and read it. A local time is "2026-12-05T18:00" in a zone, as
// <input type=datetime-local> and the API have it.
import { t } from '../kit.js';
import { cityOf, clockTime, dateTime, deviceZone, isZone, offsetOf, toLocalInput } from '../format.js';
import { addTexts } from '../texts.js';
import texts from '../texts/trip-times.js';

addTexts(texts);

const DAY_MS = 86400000;
const asUtc = (local) => Date.parse(`${local}Z`);

// The moment at which clocks in that zone show it; of an hour that is skipped, the one after. NaN: it is no time.
export function momentOf(local, zone) {
  const wanted = asUtc(local);
  if (Number.isNaN(wanted) || !isZone(zone)) return NaN;
  let at = wanted;
  // An offset holds for the moment it was asked of: the second round corrects the first.
  for (let round = 0; round < 2; round++) at += wanted - asUtc(toLocalInput(at, zone));
  return at;
}

// That many days on, at 18:00.
function evening(days, zone, now) {
  const day = new Date(asUtc(toLocalInput(now, zone)) + days * DAY_MS);
  return `${day.toISOString().slice(0, 10)}T18:00`;
}

const weekdayOf = (zone, now) => new Date(asUtc(toLocalInput(now, zone))).getUTCDay();

// [name, local time] of the ends that can be had with one tap: evenings; those that are over are not offered.
export function presets(zone, now = Date.now()) {
  const toFriday = (5 - weekdayOf(zone, now) + 7) % 7;
  return [['today', 0], ['tomorrow', 1], ...(toFriday > 1 ? [['week', toFriday]] : []), ['next_week', toFriday + 7]]
    .map(([name, days]) => [name, evening(days, zone, now)])
    .filter(([, local]) => momentOf(local, zone) > now);
}

// "Fri 5 Dec, 18:00 (Jakarta, GMT+7)"
export const inZone = (at, zone) => `${dateTime(at, zone)} (${cityOf(zone)}, ${offsetOf(zone, new Date(at))})`;

// "18:00 in Jakarta is 12:00 in Berlin"; nothing if clocks in both show the same.
export function bothZones(at, zone) {
  const here = deviceZone();
  if (Number.isNaN(at) || !isZone(zone) || offsetOf(zone, new Date(at)) === offsetOf(here, new Date(at))) return undefined;
  const isSameDay = toLocalInput(at, zone).slice(0, 10) === toLocalInput(at, here).slice(0, 10);
  const there = { time: clockTime(at, zone), city: cityOf(zone) };
  return t('times.both', { ...there, time_here: isSameDay ? clockTime(at, here) : dateTime(at, here), city_here: cityOf(here) });
}

const UNITS = [['day', 86400], ['hour', 3600], ['minute', 60]];

// "3 days left"
export function timeLeft(at, now = Date.now()) {
  const seconds = Math.max(60, Math.floor((new Date(at).getTime() - now) / 1000));
  const [unit, size] = UNITS.find(([, length]) => seconds >= length);
  return t(`times.left.${unit}`, { count: Math.floor(seconds / size) });
}

export const zoneOf = (move) => (move.time_zone && isZone(move.time_zone) ? move.time_zone : deviceZone());
