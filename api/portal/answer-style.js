// How a redirect is written: the same members in a domain and in a peer profile.
import { addTexts } from './texts.js';
import texts from './texts/answer-style.js';

addTexts(texts);

export const ANSWER_STYLE = [
  { name: 'answer_style.status', text: 'style.status', as: 'select', options: ['', '300', '302'], write: (text) => (text ? Number(text) : null) },
  { name: 'answer_style.contacts_max', text: 'style.contacts_max', as: 'number', min: 1, max: 8 },
  { name: 'answer_style.one_header', text: 'style.one_header', as: 'check' },
  { name: 'answer_style.contact_expires', text: 'style.contact_expires', as: 'select', options: ['off', 'next_change'] },
  { name: 'answer_style.diversion', text: 'style.diversion', as: 'check' },
  { name: 'answer_style.history_info', text: 'style.history_info', as: 'check' },
  { name: 'answer_style.cause', text: 'style.cause', as: 'check' },
  { name: 'answer_style.contact_template', text: 'style.contact_template', spellcheck: false },
];
