// What the audit says, in words: "move.create" and who did it; and what differs between two objects.
import { addTexts, hasText, t } from '../texts.js';
import texts from '../texts/change-words.js';

addTexts(texts);

export const actorText = (actor) => (actor.kind === 'system' || !actor.name ? t('actor.system') : actor.name);

// What has no words here stays as the API says it.
export function actionText(action) {
  const [noun, verb] = action.split('.');
  return hasText(`noun.${noun}`) && hasText(`verb.${verb}`)
    ? t('change.words', { noun: t(`noun.${noun}`), verb: t(`verb.${verb}`) }) : action;
}

const isObject = (value) => typeof value === 'object' && value !== null;
const nameOf = (value, i) => value?.id ?? String(Number(i) + 1);

// An object as { "targets.1.uri": "sip:a@b" }; items of a list by their id, or their number.
function flat(value, path = '', found = {}) {
  if (!isObject(value)) found[path] = value;
  else if (Object.keys(value).length === 0) found[path] = Array.isArray(value) ? '[]' : '{}';
  else for (const [key, inner] of Object.entries(value)) {
    const name = Array.isArray(value) ? nameOf(inner, key) : key;
    flat(inner, path ? `${path}.${name}` : name, found);
  }
  return found;
}

// A moment in Unix milliseconds, as the audit's members named ..._ms are, for reading.
const shown = (path, value) => {
  if (value === undefined || value === null || value === '') return '–';
  if (path.endsWith('_at_ms') && Number.isFinite(value)) return new Date(value).toISOString();
  return String(value);
};

// [{ path, before, after }] of what is not the same.
export function differences(before, after) {
  const [old, young] = [isObject(before) ? flat(before) : {}, isObject(after) ? flat(after) : {}];
  return [...new Set([...Object.keys(old), ...Object.keys(young)])].filter((path) => old[path] !== young[path])
    .map((path) => ({ path, before: shown(path, old[path]), after: shown(path, young[path]) }));
}
