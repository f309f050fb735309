// What the portal says, in each language. A table has a row a key: [English, Indonesian]. Keys are flat,
// "moves.title"; {name} in a text is a value, and of a key with ".one" and ".other" the one that {count} needs is taken.
import { kept } from './store.js';

export const LANGUAGES = { en: 'English', id: 'Bahasa Indonesia' };
const COLUMNS = ['en', 'id'];

const isKnown = (code) => COLUMNS.includes(code);
const ofBrowser = () => (navigator.languages ?? []).map((code) => code.slice(0, 2).toLowerCase()).find(isKnown);

// null: as the browser says.
export const chosenLanguage = kept('language', null, (code) => code === null || isKnown(code));
export const language = () => chosenLanguage.value ?? ofBrowser() ?? 'en';

const tables = new Map();

export function addTexts(table) {
  for (const [key, row] of Object.entries(table)) tables.set(key, row);
}

export const hasText = (key) => tables.has(key);

function find(key, values) {
  const plural = values && 'count' in values && new Intl.PluralRules(language()).select(values.count);
  const row = (plural ? tables.get(`${key}.${plural}`) ?? tables.get(`${key}.other`) : undefined) ?? tables.get(key);
  if (!row) throw new Error(`there is no text ${key}`);
  return row[COLUMNS.indexOf(language())];
}

const isPlain = (value) => ['string', 'number'].includes(typeof value);
const shown = (value) => (typeof value === 'number' ? new Intl.NumberFormat(language()).format(value) : value);

// A string; or, if a value is an element, a list of strings and elements for a template.
export function t(key, values) {
  const text = find(key, values);
  if (!values) return text;
  const parts = text.split(/\{(\w+)\}/).map((part, i) => (i % 2 ? shown(values[part]) : part));
  return parts.every(isPlain) ? parts.join('') : parts;
}
