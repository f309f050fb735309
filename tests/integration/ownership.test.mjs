// What is a user's, and that everything else is not there for them.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { eventually, startServer } from './lib/server.mjs';
import { Caller } from './lib/sip.mjs';

const routes = [...(await readFile(new URL('../../api/endpoints.c', import.meta.url), 'utf8')).matchAll(
  /\{ HTTP_([A-Z]+), +"([^"]+)", +(SCOPE_([A-Z_]+)|0),/g)].map(
  ([, method, path, , scope]) => ({ method, path, scope: scope?.toLowerCase().replace('_', ':') ?? 'none' }));

let server;
let alice;
let bob;
let bobsMove;

before(async () => {
  server = await startServer({ config: '[auth]\npassword_memory_kib = 19456\n' });
  alice = await server.logIn('alice', { addresses: ['sip:alice@example.com'] });
  bob = await server.logIn('bob', { addresses: ['sip:bob@example.com', 'sip:robert@example.com'] });
  bobsMove = await server.move('sip:bob@example.com', 'sip:bob@secret-hotel.example.net', { note: 'told to nobody' });
});

after(async () => { await server?.stop(); });

const as = (person) => ({ cookie: person.cookie });

function moveTo(uri, members = {}) {
  return { targets: [{ uri }], ...members };
}

async function idOfAddress(uri) {
  return (await server.get(`/v1/addresses?uri=${encodeURIComponent(uri)}`)).body.items[0].id;
}

test('every route that a user has no right to is refused', async () => {
  const rights = ['none', 'self', 'own', 'moves:read', 'moves:write', 'logs:read'];
  const closed = routes.filter((route) => !rights.includes(route.scope));

  assert.ok(closed.length > 40);
  for (const { method, path } of closed) {
    const body = ['POST', 'PUT', 'PATCH'].includes(method) ? {} : undefined;
    const answer = await server.request(method, path.replace('{id}', 'x'), body, as(alice));
    assert.equal(answer.status, 403, `${method} ${path}`);
  }
});

test('a route is closed to users until it keeps to what is theirs', async () => {
  const held = ['moves', 'moves/{id}', 'addresses', 'addresses/{id}', 'domains', 'domains/{id}', 'redirect-logs',
    'redirect-logs/{id}',
    // Offered to everyone.
    'destinations', 'destinations/{id}'].map((path) => `/v1/${path}`);
  const open = routes.filter(({ scope }) => ['moves:read', 'moves:write', 'logs:read'].includes(scope));

  for (const { method, path } of open) {
    const body = ['POST', 'PUT', 'PATCH'].includes(method) ? {} : undefined;
    const { status } = await server.request(method, path.replace('{id}', 'x'), body, as(alice));
    assert.equal(status === 403, !held.includes(path), `${method} ${path}`);
  }
});

test('without a session or a token every route but those that are open is refused', async () => {
  for (const { method, path, scope } of routes.filter((route) => route.scope !== 'none')) {
    const body = ['POST', 'PUT', 'PATCH'].includes(method) ? {} : undefined;
    const answer = await server.request(method, path.replace('{id}', 'x'), body, { token: null });
    assert.equal(answer.status, 401, `${method} ${path} ${scope}`);
  }
});

test('lists hold what is the user\'s and nothing else', async () => {
  await server.patch(`/v1/moves/${bobsMove.id}`, { external_id: 'bobs-trip' });
  const paths = ['/v1/moves', '/v1/me/moves', '/v1/moves?address=sip:bob@example.com', '/v1/moves?external_id=bobs-trip',
    '/v1/moves?q=told', '/v1/moves?target=sip:bob@secret-hotel.example.net', '/v1/addresses?uri=sip:bob@example.com'];

  for (const path of paths) assert.deepEqual((await server.get(path, as(alice))).body.items, [], path);
  assert.deepEqual((await server.get('/v1/moves', as(bob))).body.items.map((move) => move.id), [bobsMove.id]);
  assert.deepEqual((await server.get('/v1/addresses', as(alice))).body.items.map((one) => one.uri), ['sip:alice@example.com']);
  const pages = [];
  let next = '/v1/addresses?limit=1';
  while (next) {
    const { items, next_cursor: cursor } = (await server.get(next, as(bob))).body;
    pages.push(...items.map((one) => one.uri));
    next = cursor && `/v1/addresses?limit=1&cursor=${cursor}`;
  }
  assert.deepEqual(pages, ['sip:bob@example.com', 'sip:robert@example.com']);
});

test('what is another\'s is answered as what does not exist', async () => {
  const address = await idOfAddress('sip:bob@example.com');
  const steady = (answer) => ({ status: answer.status, ...answer.body, instance: '' });
  for (const [method, path, id, body] of [
    ['GET', '/v1/moves/', bobsMove.id], ['PATCH', '/v1/moves/', bobsMove.id, { note: 'x' }], ['DELETE', '/v1/moves/', bobsMove.id],
    ['GET', '/v1/me/moves/', bobsMove.id], ['PATCH', '/v1/me/moves/', bobsMove.id, { note: 'x' }],
    ['DELETE', '/v1/me/moves/', bobsMove.id],
    ['GET', '/v1/addresses/', address], ['PATCH', '/v1/addresses/', address, { note: 'x' }], ['DELETE', '/v1/addresses/', address],
  ]) {
    const there = await server.request(method, path + id, body, as(alice));
    const nowhere = await server.request(method, `${path}${id.slice(0, 4)}00000000000000000000000000`, body, as(alice));
    assert.equal(there.status, 404, `${method} ${path}`);
    assert.deepEqual(steady(there), steady(nowhere));
    const stale = await server.request(method, path + id, body, { ...as(alice), headers: { 'if-match': '"r1"' } });
    assert.equal(stale.status, 404);
  }
  assert.equal((await server.get(`/v1/moves/${bobsMove.id}`)).body.note, 'told to nobody');
});

test('a move is made for one\'s own addresses alone, and the answer tells of no other', async () => {
  const make = (address) => server.post('/v1/moves', moveTo('sip:a@there.example.net', { address }), as(alice));
  const known = await make('sip:bob@example.com');
  const unknown = await make('sip:nobody@example.com');
  const foreign = await make('sip:nobody@nowhere.example');

  for (const answer of [known, unknown, foreign]) {
    assert.equal(answer.status, 422);
    assert.deepEqual(answer.body.errors, unknown.body.errors);
    assert.equal(answer.body.errors[0].code, 'NOT_OWNED');
  }
  for (const uri of ['sip:bob@example.com', 'sip:new@example.com'])
    assert.equal((await server.post('/v1/addresses', { uri }, as(alice))).body.errors[0].code, 'NOT_OWNED');
  const own = await make('sip:alice@example.com');
  assert.equal(own.status, 201);
  const given = await server.patch(`/v1/moves/${own.body.id}`, { address: 'sip:bob@example.com' }, as(alice));
  assert.equal(given.body.errors[0].code, 'NOT_OWNED');
  await server.delete(`/v1/moves/${own.body.id}`, as(alice));
});

test('a conflict tells nothing of another\'s moves', async () => {
  await server.patch(`/v1/moves/${bobsMove.id}`, { external_id: 'trip-7' });
  const taken = await server.post('/v1/me/moves', moveTo('sip:a@there.example.net', { external_id: 'trip-7' }), as(alice));
  await server.patch(`/v1/moves/${bobsMove.id}`, { targets: [{ uri: 'sip:alice@example.com' }] });
  const loop = await server.post('/v1/me/moves', moveTo('sip:bob@example.com'), as(alice));
  await server.patch(`/v1/moves/${bobsMove.id}`, { targets: [{ uri: 'sip:bob@secret-hotel.example.net' }] });

  assert.equal(taken.status, 409);
  assert.ok(!taken.text.includes(bobsMove.id));
  assert.equal(loop.body.code, 'MOVE_LOOPS');
  assert.deepEqual(loop.body.cycle, ['sip:alice@example.com', 'sip:alice@example.com']);
});

test('users cannot write what is not theirs to write', async () => {
  const move = (await server.post('/v1/me/moves', moveTo('sip:a@there.example.net'), as(alice))).body;
  const before_ = (await server.get('/v1/me', as(alice))).body;
  for (const member of ['owner', 'owner_id', 'aor', 'role', 'revision', 'created_by', 'updated_by', 'updated_by_other', 'created_at', 'id', 'state']) {
    const answer = await server.patch(`/v1/me/moves/${move.id}`, { [member]: 'x' }, as(alice));
    assert.equal(answer.status, 422, member);
    assert.equal((await server.post('/v1/me/moves', moveTo('sip:a@there.example.net', { [member]: 'x', starts_at: '2031-01-01T00:00:00Z' }), as(alice))).status, 422, member);
  }
  const taken = await server.patch(`/v1/me/moves/${move.id}`, { address: 'sip:bob@example.com' }, as(alice));
  assert.equal(taken.status, 422, taken.text);
  for (const [member, value] of Object.entries({ role: 'admin', name: 'root', addresses: ['sip:bob@example.com'], enabled: false,
    email: 'a@example.com', password: 'a new password', id: 'usr_1', revision: '1', has_totp: false, owner: 'x', scopes: [] })) {
    const answer = await server.patch('/v1/me', { [member]: value, language: 'id' }, as(alice));
    assert.equal(answer.status, 422, member);
    if (!['owner', 'scopes'].includes(member)) assert.equal(answer.body.errors[0].code, 'READ_ONLY_MEMBER');
  }
  assert.deepEqual((await server.get('/v1/me', as(alice))).body, before_);
  assert.deepEqual((await server.get('/v1/me/moves?state=active,scheduled', as(alice))).body.items, [move]);
  await server.delete(`/v1/me/moves/${move.id}`, as(alice));
});

test('users see the domains that they have an address in', async () => {
  await server.post('/v1/domains', { name: 'other.example' });
  const names = (await server.get('/v1/domains', as(alice))).body.items.map((domain) => domain.name);
  const other = (await server.get('/v1/domains?name=other.example')).body.items[0];

  assert.deepEqual(names, ['example.com']);
  assert.equal((await server.get(`/v1/domains/${other.id}`, as(alice))).status, 404);
  assert.deepEqual((await server.get('/v1/domains?name=other.example', as(alice))).body.items, []);
});

test('the log shows users the calls to their own addresses', async (t) => {
  const caller = await Caller.open(server.sipPort);
  t.after(() => caller.close());
  await caller.call('sip:alice@example.com');
  await caller.call('sip:bob@example.com');
  await caller.call('sip:robert@example.com');
  const all = await eventually(async () => (await server.get('/v1/redirect-logs')).body.items, (items) => items.length >= 3);
  const idOf = (address) => all.find((record) => record.address === address).id;
  const seen = async (path, person) => (await server.get(path, as(person))).body.items.map((record) => record.address).sort();

  for (const path of ['/v1/redirect-logs', '/v1/me/redirect-logs']) {
    assert.deepEqual(await seen(path, alice), ['sip:alice@example.com']);
    assert.deepEqual(await seen(path, bob), ['sip:bob@example.com', 'sip:robert@example.com']);
    assert.deepEqual(await seen(`${path}?address=sip:bob@example.com`, alice), []);
    assert.deepEqual(await seen(`${path}?status=302,480,404`, alice), ['sip:alice@example.com']);
  }
  assert.equal((await server.get(`/v1/redirect-logs/${idOf('sip:alice@example.com')}`, as(alice))).status, 200);
  assert.equal((await server.get(`/v1/redirect-logs/${idOf('sip:bob@example.com')}`, as(alice))).status, 404);
});

test('who has one address need not say which, who has several must', async () => {
  const own = await server.post('/v1/me/moves', moveTo('sip:a@there.example.net'), as(alice));
  const several = await server.post('/v1/me/moves', moveTo('sip:b@there.example.net'), as(bob));
  const { cookie } = await server.logIn('carol');
  const none = await server.post('/v1/me/moves', moveTo('sip:c@there.example.net'), { cookie });

  assert.equal(own.status, 201);
  assert.equal(own.body.address, 'sip:alice@example.com');
  assert.equal(own.body.created_by, 'alice');
  for (const answer of [several, none]) {
    assert.equal(answer.status, 422);
    assert.equal(answer.body.errors[0].pointer, '/address');
  }
  await server.delete(`/v1/me/moves/${own.body.id}`, as(alice));
});

test('back to normal ends every move in force, of the user alone, and is no error twice', async (t) => {
  const caller = await Caller.open(server.sipPort);
  t.after(() => caller.close());
  await server.move('sip:robert@example.com', 'sip:robert@there.example.net');
  const alices = await server.post('/v1/me/moves', moveTo('sip:a@there.example.net'), as(alice));
  assert.equal((await caller.call('sip:bob@example.com')).status, 302);
  const first = await server.post('/v1/me/back-to-normal', {}, as(bob));
  const second = await server.post('/v1/me/back-to-normal', {}, as(bob));

  assert.deepEqual(first.body.ended.map((move) => move.address).sort(), ['sip:bob@example.com', 'sip:robert@example.com']);
  for (const move of first.body.ended) assert.match(move.state, /^(ended|cancelled)$/);
  assert.deepEqual(second.body, { ended: [] });
  assert.equal((await caller.call('sip:bob@example.com')).status, 480);
  assert.equal((await server.get(`/v1/moves/${alices.body.id}`)).body.state, 'active');
});

test('under /v1/me an administrator is a user like any other, and a token is none', async () => {
  const boss = await server.logIn('boss', { role: 'admin', addresses: ['sip:boss@example.com'] });
  await server.move('sip:dora@example.com', 'sip:dora@there.example.net');

  assert.deepEqual((await server.get('/v1/me/moves', as(boss))).body.items, []);
  assert.ok((await server.get('/v1/moves', as(boss))).body.items.length > 0);
  assert.equal((await server.post('/v1/me/moves', moveTo('sip:x@there.example.net', { address: 'sip:dora@example.com' }), as(boss))).status, 422);
  for (const path of ['/v1/me', '/v1/me/moves', '/v1/me/redirect-logs'])
    assert.equal((await server.get(path)).status, 403);
});

test('an address that was taken away is out of reach at once', async () => {
  const { user, cookie } = await server.logIn('eve', { addresses: ['sip:eve@example.com'] });
  const move = (await server.post('/v1/me/moves', moveTo('sip:e@there.example.net'), { cookie })).body;
  await server.patch(`/v1/users/${user.id}`, { addresses: [] });

  assert.equal((await server.get(`/v1/me/moves/${move.id}`, { cookie })).status, 404);
  assert.equal((await server.get(`/v1/moves/${move.id}`)).status, 200);
});

test('an address keeps its owner when its domain begins to ignore case', async () => {
  const { cookie } = await server.logIn('frank', { addresses: ['sip:Frank@case.example'] });
  const domain = (await server.get('/v1/domains?name=case.example')).body.items[0];
  await server.patch(`/v1/domains/${domain.id}`, { ignore_user_case: true });
  const answer = await server.post('/v1/me/moves', moveTo('sip:f@there.example.net'), { cookie });

  assert.equal(answer.body.address, 'sip:frank@case.example');
});

test('the audit marks what is done to an address by someone who does not own it', async (t) => {
  const own = await startServer({ config: '[auth]\npassword_memory_kib = 19456\n' });
  t.after(() => own.stop());
  const carol = await own.logIn('carol', { addresses: ['sip:carol@example.com'] });
  const desk = await own.logIn('desk', { role: 'helpdesk', addresses: ['sip:desk@example.com'] });
  const owners = async (id) => (await own.get(`/v1/audit-events?object_id=${id}`)).body.items.map((event) => event.foreign_owner_id);
  const move = (address, person) => own.post('/v1/moves', { address, ...moveTo('sip:x@hotel.example.net') }, person && as(person));
  const hers = (await move('sip:carol@example.com', carol)).body;
  assert.deepEqual(await owners(hers.id), [null]);
  await own.patch(`/v1/moves/${hers.id}`, { note: 'by the desk' }, as(desk));
  await own.delete(`/v1/moves/${hers.id}`);
  const nobodys = (await move('sip:nobody@example.com', desk)).body;
  const desks = (await move('sip:desk@example.com', desk)).body;
  await own.patch(`/v1/moves/${nobodys.id}`, { address: 'sip:carol@example.com' }, as(desk));
  const { id } = (await own.get('/v1/addresses?uri=sip:carol@example.com')).body.items[0];
  await own.patch(`/v1/addresses/${id}`, { note: 'x' }, as(desk));

  assert.deepEqual(await owners(hers.id), [carol.user.id, carol.user.id, null]);
  assert.deepEqual(await owners(nobodys.id), [carol.user.id, null]);
  assert.deepEqual(await owners(desks.id), [null]);
  assert.equal((await owners(id))[0], carol.user.id);
});
