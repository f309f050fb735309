// Requests to the API as pages make them. What fails is thrown as a Problem (RFC 9457).
//
// Two things that a page need not think of: when the session is over, signInAgain (session.js) asks for the
// password over the page, and the request goes on; when the server is away, the request waits until it is back.
// A change that may or may not have been made is sent again only where that does nothing twice: a POST has an
// Idempotency-Key, the other methods are so by themselves.
import { store } from './store.js';

export class Problem extends Error {
  // body: of application/problem+json; headers: of the answer.
  constructor(body, headers) {
    super(body.detail ?? body.title);
    Object.assign(this, {
      status: body.status, code: body.code, title: body.title, detail: body.detail ?? '', errors: body.errors ?? [], body, headers,
    });
  }
}

// False while the server does not answer.
export const isReachable = store(true);

const WAIT_MS = 2000;

// session.js sets it: resolves when somebody is signed in, false if they gave up.
export const hooks = { signInAgain: async () => false };

function identifier() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

const sleep = (milliseconds) => new Promise((fulfil) => { setTimeout(fulfil, milliseconds); });

const whenAborted = (signal) => new Promise((_, reject) => {
  signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
});

let coming;
// Until the server answers again; all that wait ask with one voice.
async function comeBack(signal) {
  isReachable.set(false);
  coming ??= (async () => {
    for (;;) {
      await sleep(WAIT_MS);
      try {
        if ((await fetch('/livez', { cache: 'no-store' })).ok) break;
      } catch { /* still away */ }
    }
    coming = undefined;
    isReachable.set(true);
  })();
  await Promise.race([coming, whenAborted(signal)]);
}

async function send(method, path, options, key) {
  const headers = { accept: 'application/json, application/problem+json;q=0.9', ...options.headers };
  if (options.etag) headers['if-match'] = options.etag;
  if (key) headers['idempotency-key'] = key;
  let { body } = options;
  if (body !== undefined) {
    headers['content-type'] = options.type ?? (method === 'PATCH' ? 'application/merge-patch+json' : 'application/json');
    if (!options.type) body = JSON.stringify(body);
  }
  const answer = await fetch(path, { method, headers, body, signal: options.signal, cache: 'no-store', credentials: 'same-origin' });
  const text = await answer.text();
  const isJson = /[/+]json/.test(answer.headers.get('content-type') ?? '');
  return { status: answer.status, headers: answer.headers, text, body: isJson && text ? JSON.parse(text) : undefined };
}

function problemOf({ status, headers, body, text }) {
  return new Problem(body?.title ? body : { status, code: 'UNEXPECTED', title: `HTTP ${status}`, detail: text.slice(0, 200) }, headers);
}

// options: body (JSON; with type, text as it is), type, etag (If-Match), headers, signal; isOnce: never sent twice (secrets),
// staysOut: a 401 is an answer like others. Resolves with { status, headers, text, body, etag }.
export async function request(method, path, options = {}) {
  const key = method === 'POST' && !options.isOnce ? identifier() : undefined;
  for (;;) {
    let answer;
    try {
      answer = await send(method, path, options, key);
    } catch (error) {
      if (options.signal?.aborted || !(error instanceof TypeError)) throw error;
      if (options.isOnce) throw new Problem({ status: 0, code: 'UNREACHABLE', title: '', detail: '' });
      await comeBack(options.signal);
      continue;
    }
    if (answer.status === 401 && !options.staysOut) {
      if (await hooks.signInAgain()) continue;
    }
    // A proxy in front of us found nobody.
    if ([502, 504].includes(answer.status) && !answer.headers.has('x-request-id') && !options.isOnce) {
      await comeBack(options.signal);
      continue;
    }
    if (answer.status >= 400) throw problemOf(answer);
    return { ...answer, etag: answer.headers.get('etag') ?? undefined };
  }
}

export const get = (path, options) => request('GET', path, options);
export const post = (path, body = {}, options) => request('POST', path, { ...options, body });
export const put = (path, body, options) => request('PUT', path, { ...options, body });
export const patch = (path, body, options) => request('PATCH', path, { ...options, body });
export const remove = (path, options) => request('DELETE', path, options);

// "/v1/moves" with what is set of { state, q, ... } behind it.
export function withQuery(path, parameters) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined && value !== null && value !== '') query.set(name, value);
  return query.size ? `${path}?${query}` : path;
}
