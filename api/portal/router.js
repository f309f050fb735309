// Pages by the address behind "#": "#/moves/mov_1?tab=history". A page is a row of PAGES in app.js.
import { store } from './store.js';

function parse() {
  const [path, query = ''] = location.hash.replace(/^#/, '').split('?');
  return { path: path.startsWith('/') ? path : '/', query: new URLSearchParams(query) };
}

export const place = store(parse());
window.addEventListener('hashchange', () => place.set(parse()));

export const href = (path) => `#${path}`;

export function go(path, { replaces = false } = {}) {
  if (replaces) history.replaceState(null, '', href(path));
  else history.pushState(null, '', href(path));
  place.set(parse());
}

// The parameters of the place changed, and nothing else: filters, so that the address can be sent to somebody.
export function setQuery(parameters) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined && value !== null && value !== '') query.set(name, value);
  go(query.size ? `${place.value.path}?${query}` : place.value.path, { replaces: true });
}

// "/moves/:id" and "/moves/mov_1" -> { id: "mov_1" }; undefined if they do not fit.
function fit(pattern, path) {
  const [wanted, given] = [pattern.split('/'), path.split('/')];
  if (wanted.length !== given.length) return undefined;
  const found = {};
  for (const [i, part] of wanted.entries()) {
    if (part.startsWith(':')) found[part.slice(1)] = decodeURIComponent(given[i]);
    else if (part !== given[i]) return undefined;
  }
  return found;
}

// The first page that fits, with the names in its path.
export function find(pages, path) {
  for (const page of pages) {
    const names = fit(page.path, path);
    if (names) return { page, names };
  }
  return undefined;
}
