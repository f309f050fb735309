// What every stored kind of object keeps to, whichever it is: one table, one loop.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer } from './lib/server.mjs';

// path; create: a body that can be made; edit: a merge patch; isAlwaysSent: it changes without a revision.
const KINDS = [
  { path: '/v1/moves', create: { address: 'sip:res@example.com', targets: [{ uri: 'sip:a@hotel.example.net' }] },
    edit: { note: 'later' }, keepsHistory: true },
  { path: '/v1/domains', create: { name: 'res.example' }, edit: { note: 'x' } },
  { path: '/v1/addresses', create: { uri: 'sip:known@example.com' }, edit: { note: 'x' } },
  { path: '/v1/sip-users', create: { username: 'trunk', domain: 'example.com', password: 'long enough a word' }, edit: { note: 'x' } },
  { path: '/v1/extension-policy/rules', create: { tag: 'res-tag', action: 'ignore' }, edit: { note: 'x' } },
  { path: '/v1/source-rules', create: { network: '198.51.100.0/24', action: 'allow' }, edit: { note: 'x' } },
  { path: '/v1/bans', create: { network: '203.0.113.7', expires_at: null }, changesByTime: true },
  { path: '/v1/scanner-patterns', create: { text: 'res-scanner' }, edit: { note: 'x' } },
  { path: '/v1/destinations', create: { label: 'Hotel', uri: 'sip:lobby@hotel.example.net' }, edit: { label: 'x' } },
  { path: '/v1/target-rules', create: { action: 'deny', kind: 'country', value: 'AQ' }, edit: { note: 'x' } },
  { path: '/v1/peer-profiles', create: { preset: 'asterisk', network: '192.0.2.0/24' }, edit: { note: 'x' } },
  { path: '/v1/users', create: { name: 'res', role: 'operator' }, edit: { display_name: 'x' }, isAlwaysSent: true },
];
const MINIMAL = { prefer: 'return=minimal' };
const NOBODY = '01M81Q9EX9791V1YM53KTN3VX7';

let server;

before(async () => {
  server = await startServer();
  await server.move('sip:someone@example.com', 'sip:a@hotel.example.net');
});

after(async () => { await server?.stop(); });

for (const { path, create, edit, keepsHistory, changesByTime, isAlwaysSent } of KINDS) {
  test(`${path}: made, found, changed and gone, each time as it was asked`, async () => {
    const dry = await server.post(`${path}?dry_run=true`, create);
    assert.equal(dry.status, 200, dry.text);
    const made = await server.post(path, create);
    assert.equal(made.status, 201, made.text);
    const { location, etag } = made.headers;
    assert.equal(location, `${path}/${made.body.id}`);
    assert.equal(etag, `"r${made.body.revision}"`);

    const shown = await server.get(location);
    assert.equal(shown.status, 200);
    assert.deepEqual({ ...made.body, replaced: undefined }, { ...shown.body, replaced: undefined });
    assert.equal((await server.get(location, { headers: { 'if-none-match': etag } })).status, isAlwaysSent ? 200 : 304);
    const { body: list } = await server.get(`${path}?limit=1000`);
    assert.deepEqual(list.items.find((item) => item.id === made.body.id), shown.body);
    assert.equal((await server.post(path, create)).status, 409);

    if (edit) {
      const stale = await server.patch(location, edit, { headers: { 'if-match': '"r1"' } });
      assert.equal(stale.status, 412, stale.text);
      const edited = await server.patch(location, edit, { headers: { 'if-match': etag } });
      assert.equal(edited.status, 200, edited.text);
      const [[member, value]] = Object.entries(edit);
      assert.equal(edited.body[member], value);
      const terse = await server.patch(location, { [member]: 'y' }, { headers: MINIMAL });
      assert.equal(terse.status, 204, terse.text);
      assert.notEqual(edited.headers.etag, etag);
    }
    assert.equal((await server.delete(location, { headers: { 'if-match': '"r1"' } })).status, 412);
    const gone = await server.delete(location);
    assert.equal(gone.status, keepsHistory ? 200 : 204, gone.text);
    assert.equal((await server.get(location)).status, keepsHistory ? 200 : 404);

    const terse = await server.post(path, create, { headers: MINIMAL });
    assert.equal(terse.status, 204, terse.text);
    const again = await server.get(terse.headers.location);
    assert.equal(again.headers.etag, terse.headers.etag);
    await server.delete(terse.headers.location);
    if (changesByTime || isAlwaysSent) return;
    const all = await server.get(path);
    assert.equal((await server.get(path, { headers: { 'if-none-match': all.headers.etag } })).status, 304);
  });

  test(`${path}: what is not there is 404, and what is not known is 422 and changes nothing`, async () => {
    const prefix = { moves: 'mov', domains: 'dom', addresses: 'adr', 'sip-users': 'sus', rules: 'rul', 'source-rules': 'srl',
      bans: 'ban', 'scanner-patterns': 'scp', 'peer-profiles': 'ppr', 'target-rules': 'trl', destinations: 'dst', users: 'usr' }[path.split('/').at(-1)];
    const nobody = `${path}/${prefix}_${NOBODY}`;
    const before = await server.get(`${path}?limit=1000`);
    assert.equal((await server.get(nobody)).status, 404);
    assert.equal((await server.delete(nobody)).status, 404);
    if (edit) {
      assert.equal((await server.patch(nobody, edit)).status, 404);
      const { headers } = await server.post(path, { ...create, ...(create.network && { network: '192.0.2.77' }) });
      if (headers.location) {
        assert.equal((await server.patch(headers.location, { zzz: 1 })).status, 422);
        await server.delete(headers.location);
      }
    }
    assert.equal((await server.post(path, { zzz: 1 })).status, 422);
    const left = await server.get(`${path}?limit=1000`);
    if (!keepsHistory) assert.deepEqual(left.body, before.body);
  });
}

// What there is one of: shown, not sent twice, and not overwritten unseen.
const ONES = [
  { path: '/v1/extension-policy', put: { preset: 'standard' }, patch: { preset: 'standard' } },
  { path: '/v1/target-policy', put: { longest_move_days: 400 }, patch: { longest_move_days: null }, isGuarded: true },
  { path: '/v1/source-limit', put: { rate: 100 }, patch: { rate: 200 }, isGuarded: true },
];

async function keepsItsRevision(location, put, patch) {
  const shown = await server.get(location);
  assert.equal(shown.status, 200, shown.text);
  assert.equal((await server.get(location, { headers: { 'if-none-match': shown.headers.etag } })).status, 304);
  const stale = { headers: { 'if-match': '"r999999"' } };
  assert.equal((await server.put(location, put, stale)).status, 412);
  if (patch) assert.equal((await server.patch(location, patch, stale)).status, 412);
  assert.equal((await server.put(location, { zzz: 1 }, { headers: { 'if-match': '*' } })).status, 422);
  const seen = { headers: { 'if-match': shown.headers.etag } };
  assert.equal((await server.put(location, put, seen)).status, 200);
  const any = { headers: { ...MINIMAL, 'if-match': '*' } };
  assert.equal((await server.put(location, put, any)).status, 204);
  if (patch) assert.equal((await server.patch(location, patch, any)).status, 204);
}

for (const { path, put, patch, isGuarded } of ONES)
  test(`${path}: shown with its revision, and changed by who has seen it`, async () => {
    await keepsItsRevision(path, put, patch);
    assert.equal((await server.put(path, put)).status, isGuarded ? 428 : 200);
  });

// Those that are counted a page at a time; moves are in moves.test.mjs.
for (const path of ['/v1/domains', '/v1/addresses', '/v1/sip-users', '/v1/tokens', '/v1/sessions', '/v1/users', '/v1/move-imports',
  '/v1/source-rules', '/v1/bans', '/v1/scanner-patterns', '/v1/peer-profiles', '/v1/target-rules'])
  test(`${path}: counted when it is asked for, whatever the page`, async () => {
    const all = (await server.get(`${path}?limit=1000`)).body;
    const counted = await server.get(`${path}?count=exact&limit=1`);

    assert.equal(counted.status, 200, counted.text);
    assert.deepEqual(counted.body.total, { count: all.items.length, more: false });
    assert.deepEqual(counted.body.items, all.items.slice(0, 1));
    assert.equal(all.total, undefined);
    assert.equal((await server.get(`${path}?count=many`)).body.errors[0].parameter, 'count');
  });

test('what a filter leaves is what is counted, over many pages', async () => {
  const rows = Array.from({ length: 2500 }, (_, i) => ({ address: `sip:c${i}@counted.example`, targets: [{ uri: 'sip:a@hotel.example.net' }] }));
  assert.equal((await server.post('/v1/move-imports', rows)).status, 201);
  const first = await server.get('/v1/addresses?domain=counted.example&count=exact&limit=2');
  const next = await server.get(/^<([^>]+)>/.exec(first.headers.link)[1]);

  assert.deepEqual(first.body.total, { count: 2500, more: false });
  assert.deepEqual(next.body.total, first.body.total);
  assert.deepEqual([...first.body.items, ...next.body.items].map(({ uri }) => uri),
    (await server.get('/v1/addresses?domain=counted.example&limit=4')).body.items.map(({ uri }) => uri));
});

test('a domain\'s authentication: shown with its revision, and changed by who has seen it', async () => {
  const { body } = await server.get('/v1/domains?name=example.com');
  await keepsItsRevision(`/v1/domains/${body.items[0].id}/authentication`, { required: false });
});

test('a token\'s name is taken while the token lives', async () => {
  const { body } = await server.post('/v1/tokens', { name: 'twice', role: 'service' });
  assert.equal((await server.post('/v1/tokens', { name: 'twice', role: 'service' })).status, 409);
  await server.delete(`/v1/tokens/${body.id}`);
  assert.equal((await server.post('/v1/tokens', { name: 'twice', role: 'service' })).status, 201);
});

test('what is open to all takes no parameter that it does not know', async () => {
  for (const path of ['/docs/problems/invalid', '/openapi.json', '/livez', '/readyz'])
    assert.equal((await server.get(`${path}?zzz=1`)).status, 400, path);
});
