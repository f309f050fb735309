// The filters of a list. They live in the query of the place, so that an address leads to what one sees.
import { html, useEffect, useState } from './vendor/preact.js';
import { SelectField, TextField } from './kit.js';
import { useStill } from './lists.js';
import { place, setQuery } from './router.js';
import { useStore } from './store.js';

// Of the place: { state: "active", ... }.
export const useQuery = () => Object.fromEntries(useStore(place).query);

function TypedFilter({ name, value, onValue, ...rest }) {
  const [typed, setTyped] = useState(value);
  const still = useStill(typed);
  useEffect(() => { if (still !== value) onValue(still.trim()); }, [still]);
  return html`<${TextField} value=${typed} onValue=${setTyped} type="search" spellcheck=${false} autocomplete="off" ...${rest} />`;
}

// fields: [{ name, label, options ([[value, text], ...]), type ("date") ... }]; the first that is typed is led to by "/".
export function Filters({ fields }) {
  const query = useQuery();
  const set = (name) => (value) => setQuery({ ...Object.fromEntries(place.value.query), [name]: value });
  return html`<div class="row filters" role="search">${fields.map(({ name, options, ...rest }) => {
    const value = query[name] ?? '';
    if (options) return html`<${SelectField} key=${name} options=${options} value=${value} onValue=${set(name)} ...${rest} />`;
    if (rest.type) return html`<${TextField} key=${name} value=${value} onValue=${set(name)} ...${rest} />`;
    return html`<${TypedFilter} key=${name} name=${name} value=${value} onValue=${set(name)} ...${rest} />`;
  })}</div>`;
}
