// Who may ask what: every row of the route table (openapi/lint.test.mjs: it is in the document), asked by every
// role.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually, startServer } from './lib/server.mjs';
import { Caller } from './lib/sip.mjs';
import { operations } from '../openapi/document.mjs';

const ROLES = ['admin', 'operator', 'helpdesk', 'service'];
const tokens = { none: null };
const scopes = { none: [] };

let server;

before(async () => {
  server = await startServer({ config: '[auth]\npassword_memory_kib = 19456\n' });
  for (const role of ROLES) {
    const { body } = await server.post('/v1/tokens', { name: `matrix ${role}`, role });
    tokens[role] = body.token;
    scopes[role] = body.scopes;
  }
  await makePeople();
});

after(async () => { await server?.stop(); });

// An id that nothing has, and a body that is refused: what is asked for is never done.
function ask({ method, path }, token, options = {}) {
  const body = ['POST', 'PUT', 'PATCH'].includes(method) ? { zzz: 1 } : undefined;
  // A stream that is let in never ends: it is asked for its head.
  const asked = path.endsWith('/stream') ? 'HEAD' : method;
  return server.request(asked, path.replace('{id}', 'nothing'), body, { token, ...options });
}

// A few are for people who have logged in alone.
function mayWithToken({ scope, tokenScopes }, held) {
  return scope === '' || (tokenScopes?.every((needed) => held.includes(needed)) ?? false);
}

for (const role of [...ROLES, 'none'])
  test(`${role === 'none' ? 'who has no token' : role} may do what the scopes say, and nothing else`, async () => {
    for (const route of operations) {
      const { status, headers } = await ask(route, tokens[role]);
      const what = `${role}: ${route.method} ${route.path} gave ${status}`;
      const isRefused = status === 401 || status === 403;
      const may = mayWithToken(route, scopes[role]);

      assert.equal(isRefused, !may, what);
      if (isRefused) {
        assert.equal(status, role === 'none' ? 401 : 403, what);
        // Whoever manages users is let at sessions, and then is told that a token is nobody.
        if (route.scope !== 'self') assert.match(headers['www-authenticate'], /^Bearer realm="sipmoved"/);
      }
      assert.notEqual(status, 500, what);
    }
  });

test('one scope alone opens its own routes, and a token without any of them none', async () => {
  for (const scope of scopes.admin) {
    const { body } = await server.post('/v1/tokens', { name: `only ${scope}`, scopes: [scope] });
    for (const route of operations.filter((row) => row.scope !== '')) {
      const { status } = await ask(route, body.token);
      assert.equal(status === 403, !mayWithToken(route, [scope]), `${scope}: ${route.method} ${route.path} gave ${status}`);
    }
  }
});

// --- own and foreign objects ---------------------------------------------------------------------

const addressOf = (person) => `sip:${person.user.name}@${person.user.name}.example`;
const idOf = async (path) => (await server.get(path)).body.items[0].id;

async function ownToken(person) {
  person.token ??= (await server.post('/v1/me/tokens', { name: 'mine' }, { cookie: person.cookie })).body;
  return person.token.id;
}

async function ownCalendar(person) {
  person.calendar ??= (await server.post('/v1/me/calendar-subscriptions', { url: 'https://calendar.example.net/a.ics', enabled: false },
    { cookie: person.cookie })).body;
  return person.calendar.id;
}

// What a person has: for each path with an id that is not closed to the role user altogether.
const OBJECTS = {
  '/v1/moves/{id}': (person) => idOf(`/v1/moves?address=${addressOf(person)}`),
  '/v1/me/moves/{id}': (person) => idOf(`/v1/moves?address=${addressOf(person)}`),
  '/v1/addresses/{id}': (person) => idOf(`/v1/addresses?uri=${addressOf(person)}`),
  '/v1/domains/{id}': (person) => idOf(`/v1/domains?name=${person.user.name}.example`),
  '/v1/redirect-logs/{id}': (person) => idOf(`/v1/redirect-logs?address=${addressOf(person)}`),
  '/v1/me/tokens/{id}': ownToken,
  '/v1/me/calendar-subscriptions/{id}': ownCalendar,
  '/v1/me/calendar-subscriptions/{id}/refresh': ownCalendar,
  '/v1/me/tokens/{id}/rotate': ownToken,
  // One more: the one that asks has to last.
  '/v1/sessions/{id}': async (person) => (await server.post('/v1/sessions',
    { name: person.user.name, password: person.password }, { token: null })).body.id,
};
// What is offered to everyone.
const SHARED = ['/v1/destinations/{id}'];
// What a user's scopes would open, and is about everybody.
const CLOSED_TO_USERS = ['/v1/move-imports/{id}'];
// Here nobody has more than what is their own, whatever their role; of sessions, users:admin has all.
const isOwnAlone = (path, role) => path.startsWith('/v1/me/') || (path === '/v1/sessions/{id}' && role !== 'admin');

const people = {};
let stranger;

async function person(name, role) {
  const made = await server.logIn(name, { role, addresses: [`sip:${name}@${name}.example`] });
  await server.move(addressOf(made), `sip:${name}@there.example.net`);
  return made;
}

async function makePeople() {
  const caller = await Caller.open(server.sipPort);
  for (const role of ['admin', 'operator', 'helpdesk', 'user']) people[role] = await person(`the-${role}`, role);
  stranger = await person('stranger', 'user');
  scopes.user = ['moves:read', 'moves:write', 'logs:read'];
  for (const one of [...Object.values(people), stranger]) await caller.call(addressOf(one));
  caller.close();
  await eventually(() => server.get('/v1/redirect-logs'), ({ body }) => body.items.length === 5);
}

async function askFor(route, owner, asker) {
  const id = await OBJECTS[route.path](owner);
  const takesDryRun = route.method !== 'GET' && !route.path.startsWith('/v1/sessions/');
  const { status } = await server.request(route.method, `${route.path.replace('{id}', id)}${takesDryRun ? '?dry_run=true' : ''}`,
    ['PATCH', 'POST'].includes(route.method) ? {} : undefined, { cookie: asker.cookie });
  return { status, what: `${route.method} ${route.path} gave ${status}` };
}

for (const role of ['admin', 'operator', 'helpdesk', 'user'])
  test(`who has logged in with the role ${role} reaches what is theirs, and what is another's as far as it goes`, async () => {
    const asker = people[role];
    for (const route of operations.filter(({ path }) => OBJECTS[path])) {
      const may = route.scopes.every((scope) => ['self', 'own'].includes(scope) || scopes[role].includes(scope));
      const own = await askFor(route, asker, asker);
      const foreign = await askFor(route, stranger, asker);

      if (may) assert.ok([200, 204, 409].includes(own.status), `own: ${own.what}`);
      else assert.equal(own.status, 403, `own: ${own.what}`);
      if (!may) assert.equal(foreign.status, 403, `foreign: ${foreign.what}`);
      else if (role === 'user' || isOwnAlone(route.path, role)) assert.equal(foreign.status, 404, `foreign: ${foreign.what}`);
      else assert.ok([200, 204, 409].includes(foreign.status), `foreign: ${foreign.what}`);
    }
  });

for (const role of ['admin', 'user'])
  test(`a token of their own of who has the role ${role} opens what a user may, and not their account`, async () => {
    const { body: { token } } = await server.post('/v1/me/tokens', { name: 'matrix' }, { cookie: people[role].cookie });
    const mayUser = async (route) => {
      const body = ['POST', 'PUT', 'PATCH'].includes(route.method) ? { zzz: 1 } : undefined;
      const asked = route.path.endsWith('/stream') ? 'HEAD' : route.method;
      const path = route.path.replace('{id}', 'nothing');
      return (await server.request(asked, path, body, { cookie: people.user.cookie })).status !== 403;
    };

    for (const route of operations) {
      const { status } = await ask(route, token);
      const may = route.scope === '' || (route.scope !== 'self' && await mayUser(route));

      assert.equal(status !== 403, may, `${route.method} ${route.path} gave ${status}`);
      assert.ok(![401, 500].includes(status) || route.scope === '', `${route.method} ${route.path} gave ${status}`);
    }
    for (const route of operations.filter(({ path, scopes: needed }) => OBJECTS[path] &&
      needed.every((scope) => scope === 'own' || scopes.user.includes(scope)))) {
      const id = await OBJECTS[route.path](stranger);
      const { status } = await server.request(route.method, route.path.replace('{id}', id),
        ['PATCH', 'POST'].includes(route.method) ? {} : undefined, { token });
      assert.equal(status, 404, `foreign: ${route.method} ${route.path} gave ${status}`);
    }
  });

test('of every object that the scopes of a user open it is known how to make an own and a foreign one', async () => {
  const open = operations.filter(({ path, scopes: needed }) => path.includes('{id}') && needed.length > 0 &&
    needed.every((scope) => ['self', 'own'].includes(scope) || scopes.user.includes(scope)));

  assert.ok(open.length >= 10);
  for (const route of open) {
    if (OBJECTS[route.path]) continue;
    if (SHARED.includes(route.path)) {
      assert.equal((await ask(route, null, { cookie: people.user.cookie })).status, 404);
      continue;
    }
    assert.ok(CLOSED_TO_USERS.includes(route.path), route.path);
    assert.equal((await server.request(route.method, route.path.replace('{id}', 'x'), undefined, { cookie: people.user.cookie })).status, 403);
  }
});
