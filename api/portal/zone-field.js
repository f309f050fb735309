// A time zone, searched by the name of a city.
import { html, useId } from './vendor/preact.js';
import { TextField, t } from './kit.js';
import { allZones, isZone, offsetOf } from './format.js';
import { addTexts } from './texts.js';
import texts from './texts/trip-times.js';

addTexts(texts);

// "new york" -> "America/New_York": a zone as it is named, or the one whose city is named.
export function zoneNamed(typed) {
  const name = typed.trim().replaceAll(' ', '_').toLowerCase();
  return allZones().find((zone) => zone.toLowerCase() === name)
    ?? allZones().find((zone) => zone.toLowerCase().endsWith(`/${name}`)) ?? typed.trim();
}

export function ZoneField({ value, onValue, error, label = t('zone.label'), hint = t('zone.hint') }) {
  const list = useId();
  const isUnknown = value !== '' && !isZone(zoneNamed(value));
  return html`<${TextField} label=${label} hint=${isZone(value) ? `${hint} (${offsetOf(value)})` : hint} value=${value} onValue=${onValue} list=${list}
      error=${error ?? (isUnknown ? t('zone.unknown') : undefined)} autocomplete="off" autocapitalize="none" spellcheck=${false}
      onChange=${(event) => onValue(zoneNamed(event.currentTarget.value))} />
    <datalist id=${list}>${allZones().map((zone) => html`<option key=${zone} value=${zone} />`)}</datalist>`;
}
