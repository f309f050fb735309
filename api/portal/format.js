// Times, zones, numbers and addresses as people read them.
import { language } from './texts.js';

const formats = new Map();
function formatter(options) {
  const key = JSON.stringify([language(), options]);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(language() === 'id' ? 'id-ID' : 'en-GB', options));
  return formats.get(key);
}

export const deviceZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
export const allZones = () => [...new Set([...(Intl.supportedValuesOf?.('timeZone') ?? []), deviceZone(), 'UTC'])].sort();

export function isZone(zone) {
  try { new Intl.DateTimeFormat('en', { timeZone: zone }); return Boolean(zone); } catch { return false; }
}

// "Asia/Jakarta" -> "Jakarta"
export const cityOf = (zone) => zone.split('/').pop().replaceAll('_', ' ');

// "GMT+7", at that moment.
export function offsetOf(zone, at = new Date()) {
  return formatter({ timeZone: zone, timeZoneName: 'shortOffset' }).formatToParts(at)
    .find(({ type }) => type === 'timeZoneName')?.value ?? '';
}

const ofThisYear = (at, zone) => formatter({ year: 'numeric', timeZone: zone }).format(at)
  === formatter({ year: 'numeric', timeZone: zone }).format(new Date());

// "Fri 5 Dec, 18:00"; with the year if it is another one.
export function dateTime(at, zone = deviceZone(), more = {}) {
  const date = new Date(at);
  return formatter({
    weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: zone,
    ...(ofThisYear(date, zone) ? {} : { year: 'numeric' }), ...more,
  }).format(date);
}

// "Fri 5 Dec, 18:00:03", for logs.
export const moment = (at, zone) => dateTime(at, zone, { second: '2-digit' });

export const clockTime = (at, zone = deviceZone()) =>
  formatter({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: zone }).format(new Date(at));

export const day = (at, zone = deviceZone()) => formatter({ day: 'numeric', month: 'short', timeZone: zone }).format(new Date(at));

// "Fri 5 Dec, 18:00 (Jakarta, GMT+7)": the zone is said when it is not the device's.
export function dateTimeInZone(at, zone) {
  if (!zone || !isZone(zone) || offsetOf(zone, new Date(at)) === offsetOf(deviceZone(), new Date(at))) return dateTime(at);
  return `${dateTime(at, zone)} (${cityOf(zone)}, ${offsetOf(zone, new Date(at))})`;
}

const UNITS = [['day', 86400], ['hour', 3600], ['minute', 60], ['second', 1]];

// "in 3 days", "2 hours ago": whole units, of the largest there is.
export function fromNow(at, now = Date.now()) {
  const seconds = Math.round((new Date(at).getTime() - now) / 1000);
  const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? UNITS[3];
  return new Intl.RelativeTimeFormat(language(), { numeric: 'auto' }).format(Math.trunc(seconds / size), unit);
}

export const number = (value, options) => new Intl.NumberFormat(language(), options).format(value);
export const percent = (part, whole) =>
  number(whole ? part / whole : 0, { style: 'percent', maximumFractionDigits: part && part / whole < 0.1 ? 1 : 0 });

export function bytes(size) {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'];
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(size, 1)) / 3));
  return number(size / 1000 ** step, { style: 'unit', unit: units[step], unitDisplay: step ? 'short' : 'long', maximumFractionDigits: step ? 1 : 0 });
}

// Stored text from strangers, each character in sight: control characters as their pictures, those that turn the direction
// of writing or show nothing as <U+202E>.
export const visible = (text) => String(text ?? '')
  .replace(/[\u0000-\u001f]/g, (found) => String.fromCharCode(0x2400 + found.charCodeAt(0)))
  .replace(/[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (found) => `<U+${found.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}>`);

// The same of a text for reading: its line ends break lines.
export const visibleLines = (text) => text.split(/\r?\n/).map(visible).join('\n').trimEnd();

// For the API: what <input type=datetime-local> has, in this device's zone.
export const fromLocalInput = (local) => (local ? new Date(local).toISOString() : '');

// "sip:alice@example.com" -> "alice@example.com", "tel:+6221555" -> "+6221555"; other schemes stay.
export const bare = (uri) => String(uri ?? '').replace(/^(sip|tel):/, '');

// What a person types or pastes as an address or a number, as a URI: "Alice <sip:a@b>", "+62 21-555", "a@b".
export function toUri(typed) {
  const text = String(typed).trim();
  const inside = text.match(/<\s*([^<>]+?)\s*>/)?.[1] ?? text;
  if (/^(sips?|tel):/i.test(inside)) {
    const [scheme, rest] = [inside.slice(0, inside.indexOf(':')).toLowerCase(), inside.slice(inside.indexOf(':') + 1).trim()];
    return `${scheme}:${scheme === 'tel' ? rest.replace(/[\s().-]/g, '') : rest}`;
  }
  if (/^mailto:/i.test(inside)) return `sip:${inside.slice(7)}`;
  if (inside.includes('@')) return `sip:${inside.replaceAll(' ', '')}`;
  const digits = inside.replace(/[\s().\-/]/g, '').replace(/^00(?=[1-9])/, '+');
  return /^\+?\d{3,}$/.test(digits) ? `tel:${digits}` : inside;
}

// For <input type=datetime-local>: "2026-12-05T18:00" of that moment in that zone.
export function toLocalInput(at, zone = deviceZone()) {
  const parts = Object.fromEntries(new Intl.DateTimeFormat('en-CA', {
    year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: zone,
  }).formatToParts(new Date(at)).map(({ type, value }) => [type, value]));
  return `${parts.year}-${parts.month}-${parts.day}T${parts.hour}:${parts.minute}`;
}
