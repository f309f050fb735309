// Accounts and what is under /v1/me keep to the rules that hold for everything else.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer } from './lib/server.mjs';

const MINIMAL = { prefer: 'return=minimal' };
const STALE = { 'if-match': '"r1"' };
const NOBODY = 'usr_01M81Q9EX9791V1YM53KTN3VX7';

let server;
let alice;

before(async () => {
  server = await startServer({ config: '[auth]\npassword_memory_kib = 19456\n' });
  alice = await server.logIn('alice', { addresses: ['sip:alice@example.com'] });
});

after(async () => { await server?.stop(); });

const as = (headers) => ({ cookie: alice.cookie, headers });

test('one\'s account is not overwritten unseen', async () => {
  const { headers, body } = await server.get('/v1/me', as());

  assert.equal(body.name, 'alice');
  assert.equal((await server.patch('/v1/me', { language: 'id' }, as(STALE))).status, 412);
  assert.equal((await server.patch('/v1/me?dry_run=true', { language: 'de' }, as())).body.language, 'de');
  const terse = await server.patch('/v1/me', { language: 'id' }, as({ ...MINIMAL, 'if-match': headers.etag }));
  assert.deepEqual([terse.status, terse.text], [204, '']);
  assert.equal((await server.get('/v1/me', as())).body.language, 'id');
});

test('one\'s moves are read and changed as all others are', async () => {
  const make = (path, headers) => server.post(path, { targets: [{ uri: 'sip:alice@there.example.net' }] }, as(headers));
  assert.equal((await make('/v1/me/moves?dry_run=true')).status, 200);
  const made = await make('/v1/me/moves');
  const path = `/v1/me/moves/${made.body.id}`;
  const list = await server.get('/v1/me/moves', as());
  const shown = await server.get(path, as());

  assert.equal(made.status, 201);
  assert.equal((await make('/v1/me/moves')).status, 409);
  assert.deepEqual(list.body.items, [shown.body]);
  assert.equal((await server.get('/v1/me/moves', as({ 'if-none-match': list.headers.etag }))).status, 304);
  assert.equal((await server.get(path, as({ 'if-none-match': shown.headers.etag }))).status, 304);
  assert.equal((await server.patch(path, { note: 'x' }, as(STALE))).status, 412);
  const edited = await server.patch(path, { note: 'back soon' }, as({ 'if-match': shown.headers.etag }));
  assert.deepEqual([edited.status, edited.body.note], [200, 'back soon']);
  assert.equal((await server.patch(path, { note: 'x' }, as(MINIMAL))).status, 204);
  assert.equal((await server.delete(path, as(STALE))).status, 412);
  assert.equal((await server.post('/v1/me/back-to-normal?dry_run=true', {}, as())).status, 200);
  assert.equal((await server.delete(path, as())).body.state, 'ended');
  assert.equal((await make('/v1/me/moves', MINIMAL)).status, 204);
});

test('the name of a user is taken, and who is not there gets no link and loses no device', async () => {
  const { body: other } = await server.post('/v1/users', { name: 'other', role: 'user' });

  assert.equal((await server.patch(`/v1/users/${other.id}`, { name: 'alice' })).status, 409);
  assert.equal((await server.post(`/v1/users/${other.id}/activation-links?dry_run=true`, {})).status, 200);
  assert.equal((await server.post(`/v1/users/${NOBODY}/activation-links`, {})).status, 404);
  assert.equal((await server.delete(`/v1/users/${NOBODY}/totp`)).status, 404);
  assert.equal((await server.post('/v1/tokens/AAAAAAAA/rotate', {})).status, 404);
});

test('what is sent to log in is read as strictly as everything else', async () => {
  for (const path of ['/v1/activations', '/v1/setups', '/v1/sessions'])
    for (const [body, status] of [['{"token": ', 400], ['{"zzz": 1}', 422]])
      assert.equal((await server.post(path, body, { token: null })).status, status, `${path} ${body}`);
});

test('who owns an address is told what a caller of it gets, and of no other address', async () => {
  const ask = (body) => server.post('/v1/me/redirect-lookups', body, as());
  await server.post('/v1/users', { name: 'foreign', role: 'user', addresses: ['sip:foreign@example.com'] });
  await server.post('/v1/me/back-to-normal', {}, as());
  const { body } = await ask({ address: 'sip:alice@example.com' });
  const then = await server.post('/v1/me/moves', { targets: [{ uri: 'sip:alice@later.example.net' }], starts_at: '2035-01-01T00:00:00Z' }, as());

  assert.deepEqual([body.status, body.contacts, body.domain, body.request], [480, [], undefined, undefined]);
  const later = await ask({ address: 'sip:alice@example.com', at: '2035-01-02T00:00:00Z' });
  assert.deepEqual([later.body.status, later.body.contacts, later.body.move_id],
    [302, [{ uri: 'sip:alice@later.example.net', q: 1 }], then.body.id]);
  for (const address of ['sip:foreign@example.com', 'sip:nobody@example.com', 'sip:x@elsewhere.example'])
    assert.equal((await ask({ address })).status, 404, address);
  assert.equal((await ask({ address: 'sip:alice@example.com', zzz: 1 })).status, 422);
  await server.delete(`/v1/moves/${then.body.id}`);
});

test('destinations that an administrator offers are read by everyone, and written by no one else', async () => {
  const made = await server.post('/v1/destinations', { label: 'Hotel', uri: 'sip:lobby@hotel.example.net' });
  const path = made.headers.location;

  assert.deepEqual((await server.get('/v1/destinations', as())).body.items, [made.body]);
  assert.deepEqual((await server.get(path, as())).body, made.body);
  assert.equal((await server.post('/v1/destinations', { label: 'x', uri: 'sip:x@y.example' }, as())).status, 403);
  assert.equal((await server.delete(path, as())).status, 403);
  const other = await server.post('/v1/destinations', { label: 'Again', uri: 'sip:lobby@hotel.example.net' });
  assert.deepEqual([other.status, other.body.conflicting_ids], [409, [made.body.id]]);
  const wrong = await server.post('/v1/destinations', { label: '', uri: 'not a uri' });
  assert.deepEqual(wrong.body.errors.map(({ pointer, code }) => [pointer, code]), [['/label', 'BAD_FORMAT'], ['/uri', 'BAD_TARGET']]);
  assert.equal((await server.patch(path, { label: 'The hotel' })).body.label, 'The hotel');
  assert.equal((await server.delete(path)).status, 204);
});
