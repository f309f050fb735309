// Stored text from strangers, as text: every character in sight, and lines broken where a reader would break them.
import { html } from './vendor/preact.js';
import { bare, visible } from './format.js';

const WORD_MAX = 32;

// An address may be broken behind its "@", a longer word at its other joints, too, and what is longer still anywhere.
const JOINTS = [/(?<=@)/, /(?<=[@._:;=&])/];

export function Said({ text }) {
  if (!text) return null;
  const shown = visible(text);
  const parts = shown.split(JOINTS[shown.length > WORD_MAX ? 1 : 0]);
  const isEndless = parts.some((part) => part.split(/\s/).some((word) => word.length > WORD_MAX));
  return html`<bdi class=${isEndless ? 'said endless' : 'said'}>${parts.map((part, i) => html`${i > 0 && html`<wbr />`}${part}`)}</bdi>`;
}

// A URI in short.
export const Address = ({ uri }) => html`<${Said} text=${bare(uri)} />`;
