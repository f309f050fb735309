// Forms as tables: a row a member of an object. { name (dots lead into it: "otherwise.action"), text (key of its label; of
// its hint with "_hint" behind, where there is one), as (a row of KINDS), options, when(draft), read, write }. More goes to the
// control: required, type, maxlength, autocomplete ...; example(draft): of JSON.
import { Fragment, html } from './vendor/preact.js';
import { CheckField, faultAt, SelectField, t, TextArea, TextField } from './kit.js';
import { visible } from './format.js';
import { JsonField, jsonText, parseJson } from './json-field.js';
import { hasText } from './texts.js';
import { ZoneField, zoneNamed } from './zone-field.js';

export const linesOf = (text) => text.split('\n').map((line) => line.trim()).filter(Boolean);
const orNull = (text) => (text.trim() === '' ? null : text.trim());

function Choices({ label, hint, error, value, onValue, options }) {
  return html`<fieldset class="plain"><legend>${label}</legend>${hint && html`<p class="hint">${hint}</p>`}
    ${options.map(([key, text]) => html`<${CheckField} key=${key} label=${text} value=${value.includes(key)}
      onValue=${(isOn) => onValue(options.map(([one]) => one).filter((one) => (one === key ? isOn : value.includes(one))))} />`)}
    ${error && html`<p class="error">${error}</p>`}</fieldset>`;
}

// How a member is shown, and how it becomes what the control holds and back. An empty text is null, which takes the default;
// a note stays empty.
const KINDS = {
  text: { control: TextField, read: (value) => value ?? '', write: orNull },
  note: { control: TextField, read: (value) => value ?? '', write: (text) => text },
  number: { control: TextField, read: (value) => (value === null || value === undefined ? '' : String(value)), write: (text) => (text.trim() === '' ? null : Number(text)) },
  lines: { control: TextArea, read: (value) => (value ?? []).join('\n'), write: linesOf },
  pem: { control: TextArea, read: (value) => value ?? '', write: (text) => (text.trim() === '' ? null : text) },
  json: { control: JsonField, read: jsonText, write: parseJson },
  zone: { control: ZoneField, read: (value) => value ?? '', write: (text) => (text.trim() === '' ? null : zoneNamed(text)) },
  check: { control: CheckField, read: Boolean, write: Boolean },
  select: { control: SelectField, read: (value) => (value === null || value === undefined ? '' : String(value)), write: orNull },
  choices: { control: Choices, read: (value) => value ?? [], write: (value) => value },
};
const kindOf = (field) => KINDS[field.as ?? 'text'];
const EXTRA = { number: { type: 'number', inputmode: 'numeric' }, lines: { spellcheck: false }, pem: { spellcheck: false, rows: 4 } };

const memberOf = (object, name) => name.split('.').reduce((inside, part) => inside?.[part], object);

function putMember(object, name, value) {
  const parts = name.split('.');
  const last = parts.pop();
  parts.reduce((inside, part) => (inside[part] ??= {}), object)[last] = value;
  return object;
}

const labelOf = (field) => t(field.text);
const optionText = (field, option) => (hasText(`${field.text}.${option || 'none'}`) ? t(`${field.text}.${option || 'none'}`) : option);
const optionsOf = (field) => (field.options ?? []).map((option) => [option, optionText(field, option)]);

// An object as its form holds it, a member a field; and back: { "otherwise.action": "refuse" } -> { otherwise: { action: "refuse" } }.
export const draftOf = (fields, object = {}) =>
  Object.fromEntries(fields.map((field) => [field.name, (field.read ?? kindOf(field).read)(memberOf(object, field.name))]));
export const bodyOf = (fields, draft) => fields.filter(({ name }) => name in draft)
  .reduce((body, field) => putMember(body, field.name, (field.write ?? kindOf(field).write)(draft[field.name], field.name)), {});

// For ProblemNote, by pointer; for ConflictDialog, by name, and how a value reads there.
export const pointerLabels = (fields) => Object.fromEntries(fields.map((field) => [`/${field.name.replaceAll('.', '/')}`, labelOf(field)]));
export const nameLabels = (fields) => Object.fromEntries(fields.map((field) => [field.name, labelOf(field)]));
export const shownBy = (fields) => (name, value) => {
  const field = fields.find((one) => one.name === name);
  if (field.show) return field.show(value);
  if (typeof value === 'boolean') return t(value ? 'kit.yes' : 'kit.no');
  const text = (Array.isArray(value) ? value : [value]).map((one) => (field.options ? optionText(field, one) : visible(one))).join(', ');
  return text || '–';
};

// What is not shown is not sent, either.
export const shownOf = (fields, draft) => fields.filter((field) => !field.when || field.when(draft));

export function Fields({ fields, draft, set, problem, headings = {} }) {
  return shownOf(fields, draft).map((field) => {
    const { name, text, as = 'text', options, when, read, write, show, example, ...rest } = field;
    return html`<${Fragment} key=${name}>${headings[name] && html`<h3>${headings[name]}</h3>`}<${kindOf(field).control} label=${labelOf(field)} hint=${hasText(`${text}_hint`) ? t(`${text}_hint`) : undefined}
      error=${faultAt(problem, `/${name.replaceAll('.', '/')}`, { deep: true })} value=${draft[name]} onValue=${(value) => set(name, value)}
      ...${options ? { options: optionsOf(field) } : {}} ...${example ? { example: example(draft) } : {}} ...${EXTRA[as]} ...${rest} /><//>`;
  });
}
