// The notes of rules that came from a preset, in the reader's language. The API has them in English, and so they are stored;
// what is known word for word is said in other words, and what somebody wrote stays as it is.
import { addTexts, language, t } from '../texts.js';
import texts from '../texts/preset-notes.js';

addTexts(texts);

const byEnglish = new Map(Object.entries(texts).map(([key, [english]]) => [english, key]));
const inWords = (english) => (byEnglish.has(english) ? t(byEnglish.get(english)) : undefined);

export function presetNote(note) {
  if (language() === 'en') return note;
  // Of a registered tag: "RFC 3262: what it means. What becomes of it."
  const [, reference, meaning, fate] = note.match(/^([^:]+): (.+?)\. ([A-Z][^:]+(?:: [^:]+)?\.)$/) ?? [];
  const [means, becomes] = [inWords(meaning), inWords(fate)];
  return means && becomes ? t('preset_note.registered', { reference, means, becomes }) : inWords(note) ?? note;
}
