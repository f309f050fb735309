// Who is signed in: `me` has /v1/me, null for nobody, undefined while that is not known yet.
import { store } from './store.js';
import { get, hooks, post, remove } from './http.js';
import { chosenLanguage, LANGUAGES } from './texts.js';

export const me = store(undefined);

// The session ended while a page was open: the dialog that asks for the password again (app.js) is there while
// this has { resolve }.
export const signInWanted = store(null);

// What each role may, as the API's scopes say: pages show only what would be let through. The API decides.
const SCOPES = {
  admin: ['moves:read', 'moves:write', 'policy:read', 'policy:write', 'logs:read', 'users:admin', 'tokens:admin',
    'webhooks:admin', 'system:read', 'system:admin'],
  operator: ['moves:read', 'policy:read', 'logs:read', 'system:read'],
  helpdesk: ['moves:read', 'moves:write', 'logs:read'],
  user: ['self'],
};

export const may = (scope) => Boolean(me.value) && (SCOPES[me.value.role] ?? []).includes(scope);
// A traveller sees and moves their own addresses and nothing else.
export const isTraveller = () => me.value?.role === 'user';

export async function restore() {
  try {
    const { body } = await get('/v1/me', { staysOut: true });
    // As the account has it, where nobody has chosen.
    if (chosenLanguage.value === null && LANGUAGES[body.language]) chosenLanguage.set(body.language);
    me.set(body);
  } catch (problem) {
    if (problem.status !== 401 && problem.status !== 403) throw problem;
    me.set(null);
  }
}

// credentials: { name, password, totp }; throws the API's Problem.
export async function signIn(credentials) {
  await post('/v1/sessions', credentials, { isOnce: true, staysOut: true });
  await restore();
}

export async function signOut() {
  try {
    await remove('/v1/sessions/current', { staysOut: true });
  } catch (problem) {
    if (problem.status !== 401) throw problem;
  }
  me.set(null);
}

let waiting;
hooks.signInAgain = () => {
  if (!me.value) return Promise.resolve(false);
  waiting ??= new Promise((resolve) => signInWanted.set({ resolve }))
    .finally(() => { waiting = undefined; signInWanted.set(null); });
  return waiting;
};
