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

test('whoever changed what is mine, I see who, in which role, when, and what', async () => {
  const bob = await server.logIn('bob', { addresses: ['sip:bob@example.com'] });
  const mine = { cookie: bob.cookie };
  const { body: own } = await server.post('/v1/me/moves', { targets: [{ uri: 'sip:bob@inn.example.net' }] }, mine);
  const desk = await server.logIn('desk', { role: 'helpdesk' });
  await server.patch(`/v1/moves/${own.id}`, { note: 'as he asked on the phone' }, { cookie: desk.cookie });
  const { body: address } = await server.get('/v1/addresses?uri=sip:bob@example.com');
  await server.patch(`/v1/addresses/${address.items[0].id}`, { note: 'third floor' });
  await server.post('/v1/moves', { address: 'sip:stranger@example.com', targets: [{ uri: 'sip:s@inn.example.net' }] });

  const { body: all } = await server.get('/v1/me/changes', mine);
  assert.deepEqual(all.items.map((change) => [change.action, change.by_other, change.actor.role]), [
    ['address.update', true, 'admin'],
    ['move.update', true, 'helpdesk'],
    ['move.create', false, 'user'],
  ]);
  const change = all.items[1];
  assert.deepEqual(change.actor, { kind: 'session', name: 'desk', role: 'helpdesk' });
  assert.deepEqual([change.before.note, change.after.note], ['', 'as he asked on the phone']);
  assert.ok(!('peer' in change) && !('request_id' in change));
  const ids = async (query) => (await server.get(`/v1/me/changes?${query}`, mine)).body.items.map((item) => item.id);
  assert.deepEqual(await ids('by_other=true'), all.items.slice(0, 2).map((item) => item.id));
  assert.deepEqual(await ids('by_other=false'), [all.items[2].id]);
  assert.deepEqual(await ids(`object_id=${own.id}`), [change.id, all.items[2].id]);
  assert.deepEqual(await ids(`until=${encodeURIComponent(all.items[2].at)}`), []);
  assert.equal((await server.get('/v1/me/changes?by_other=maybe', mine)).status, 400);
  const { body: first } = await server.get('/v1/me/changes?limit=1', mine);
  const next = encodeURIComponent(first.next_cursor);
  assert.deepEqual((await server.get(`/v1/me/changes?limit=1&cursor=${next}`, mine)).body.items[0], change);
  assert.equal((await server.get(`/v1/me/changes?cursor=${next}&by_other=true`, mine)).status, 400);
  assert.deepEqual((await server.get('/v1/me/changes', as())).body.items.filter((item) => item.by_other), []);
});

test('a move says who changed it last, and that it was not its owner', async () => {
  const carol = await server.logIn('carol', { addresses: ['sip:carol@example.com'] });
  const mine = { cookie: carol.cookie };
  const { body: move } = await server.post('/v1/me/moves', { targets: [{ uri: 'sip:carol@inn.example.net' }] }, mine);
  const path = `/v1/me/moves/${move.id}`;
  const signed = async () => {
    const { body } = await server.get(path, mine);
    return [body.created_by, body.updated_by, body.updated_by_other];
  };

  assert.deepEqual(await signed(), ['carol', 'carol', false]);
  const { body: edited } = await server.patch(`/v1/moves/${move.id}`, { note: 'x' });
  assert.deepEqual(await signed(), ['carol', edited.updated_by, true]);
  await server.patch(path, { note: 'y' }, mine);
  assert.deepEqual(await signed(), ['carol', 'carol', false]);
  await server.delete(`/v1/moves/${move.id}`);
  assert.deepEqual(await signed(), ['carol', edited.updated_by, true]);
});

test('a token of my own does what I may with my own, in my name, until I revoke it', async () => {
  const dan = await server.logIn('dan', { role: 'helpdesk', addresses: ['sip:dan@example.com'] });
  const mine = { cookie: dan.cookie };
  const made = await server.post('/v1/me/tokens', { name: 'calendar', expires_in_days: 7 }, mine);
  const by = { token: made.body.token };
  const move = await server.post('/v1/me/moves', { targets: [{ uri: 'sip:dan@inn.example.net' }] }, by);

  assert.equal(made.status, 201);
  assert.deepEqual([made.body.role, made.body.user_id], ['user', dan.user.id]);
  assert.equal(Math.round((Date.parse(made.body.expires_at) - Date.parse(made.body.created_at)) / 86400000), 7);
  assert.deepEqual([move.status, move.body.created_by, move.body.updated_by_other], [201, 'dan', false]);
  assert.deepEqual((await server.get('/v1/moves', by)).body.items.map(({ id }) => id), [move.body.id]);
  assert.equal((await server.get('/v1/me', by)).body.name, 'dan');
  assert.equal((await server.post('/v1/me/tokens', { name: 'more' }, by)).status, 403);
  assert.equal((await server.post('/v1/me/tokens', { name: 'calendar' }, mine)).status, 409);
  assert.equal((await server.post('/v1/me/tokens', { name: 'x', role: 'admin' }, mine)).status, 422);
  assert.equal((await server.post('/v1/me/tokens', { name: 'x', expires_in_days: 400 }, mine)).status, 422);
  const rotated = await server.post(`/v1/me/tokens/${made.body.id}/rotate`, {}, mine);
  assert.equal((await server.get('/v1/me', { token: rotated.body.token })).status, 200);
  assert.equal((await server.get('/v1/me', by)).status, 200);
  assert.equal((await server.post(`/v1/tokens/${made.body.id}/rotate`, {})).status, 403);
  assert.equal((await server.delete(`/v1/me/tokens/${made.body.id}`, mine)).body.state, 'revoked');
  assert.equal((await server.get('/v1/me', by)).status, 401);
  assert.equal((await server.get('/v1/me', { token: rotated.body.token })).status, 401);
});

test('tokens of a user are not those of another, are ten at most, and end with the user', async () => {
  const eve = await server.logIn('eve', { addresses: ['sip:eve@example.com'] });
  const mine = { cookie: eve.cookie };
  const { body: others } = await server.post('/v1/me/tokens', { name: 'phone' }, as());
  const made = await server.post('/v1/me/tokens', { name: 'phone' }, mine);
  const by = { token: made.body.token };

  assert.equal(made.status, 201);
  assert.deepEqual((await server.get('/v1/me/tokens', mine)).body.items.map(({ id }) => id), [made.body.id]);
  assert.equal((await server.delete(`/v1/me/tokens/${others.id}`, mine)).status, 404);
  assert.equal((await server.post(`/v1/me/tokens/${others.id}/rotate`, {}, mine)).status, 404);
  for (let i = 1; i < 10; i++) assert.equal((await server.post('/v1/me/tokens', { name: `t${i}` }, mine)).status, 201);
  const tooMany = await server.post('/v1/me/tokens', { name: 't10' }, mine);
  assert.deepEqual([tooMany.status, tooMany.body.errors[0].code], [422, 'TOO_MANY']);

  const enable = (enabled) => server.patch(`/v1/users/${eve.user.id}`, { enabled });
  await enable(false);
  assert.equal((await server.get('/v1/me', by)).status, 401);
  await enable(true);
  assert.equal((await server.patch(`/v1/users/${eve.user.id}`, { name: 'eva' })).status, 200);
  assert.equal((await server.get('/v1/me', by)).body.name, 'eva');
  assert.equal((await server.get('/v1/tokens?name=t1')).body.items[0].user_id, eve.user.id);
  await server.delete(`/v1/users/${eve.user.id}`);
  assert.equal((await server.get('/v1/me', by)).status, 401);
  assert.deepEqual((await server.get('/v1/tokens?name=t1')).body.items, []);
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
