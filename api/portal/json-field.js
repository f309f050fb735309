// JSON as people write it: a list has an item a line. What is no JSON is a fault of its field, as the API tells its own.
import { Button, html, Source, t, TextArea } from './kit.js';
import { Problem } from './http.js';
import { addTexts } from './texts.js';
import texts from './texts/json-field.js';

addTexts(texts);

export function jsonText(value) {
  if (value === undefined || value === null) return '';
  return Array.isArray(value) && value.length > 0 ? `[\n${value.map((item) => `  ${JSON.stringify(item)}`).join(',\n')}\n]` : JSON.stringify(value, null, 2);
}

// An empty text is no value at all, which is not sent.
export function parseJson(text, name) {
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Problem({ status: 422, code: 'INVALID', title: '', errors: [{ pointer: `/${name}`, code: 'BAD_JSON', detail: t('json.bad', { what: error.message }) }] });
  }
}

// example: a value to begin with.
export function JsonField({ example, value, onValue, label, ...rest }) {
  const text = jsonText(example);
  return html`<${TextArea} label=${label} value=${value} onValue=${onValue} spellcheck=${false} autocapitalize="none" rows="8" ...${rest} />
    ${text && html`<details><summary>${t('json.example', { what: label })}</summary><div class="inside"><${Source} text=${text} label=${t('json.example', { what: label })} />
      ${value.trim() === '' && html`<${Button} kind="plain small" onClick=${() => onValue(text)}>${t('json.begin')}<//>`}</div></details>`}`;
}
