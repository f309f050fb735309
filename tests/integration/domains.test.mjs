import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createToken, startServer } from './lib/server.mjs';
import { Caller } from './lib/sip.mjs';

let server;
let caller;

before(async () => {
  server = await startServer();
  caller = await Caller.open(server.sipPort);
});

after(async () => {
  caller?.close();
  await server?.stop();
});

test('a domain is made once, whatever its case', async () => {
  const made = await server.post('/v1/domains', { name: 'Once.EXAMPLE', note: 'first' });
  const again = await server.post('/v1/domains', { name: 'once.example' });
  const read = await server.get(made.headers.location);

  assert.equal(made.status, 201, made.text);
  assert.equal(made.body.name, 'once.example');
  assert.equal(made.headers.etag, `"r${made.body.revision}"`);
  assert.deepEqual(read.body, made.body);
  assert.equal(again.status, 409);
  assert.equal(again.body.code, 'ALREADY_EXISTS');
  assert.deepEqual(again.body.conflicting_ids, [made.body.id]);
});

test('a domain is noted on, never renamed', async () => {
  const { body } = await server.post('/v1/domains', { name: 'note.example' });
  const path = `/v1/domains/${body.id}`;
  const noted = await server.patch(path, { note: 'our own' }, { headers: { 'if-match': `"r${body.revision}"` } });
  const renamed = await server.patch(path, { name: 'other.example' });
  const stale = await server.patch(path, { note: 'x' }, { headers: { 'if-match': `"r${body.revision}"` } });
  const same = await server.get(path, { headers: { 'if-none-match': noted.headers.etag } });

  assert.equal(noted.status, 200, noted.text);
  assert.equal(noted.body.note, 'our own');
  assert.equal(renamed.status, 422);
  assert.deepEqual(renamed.body.errors.map((fault) => [fault.pointer, fault.code]),
    [['/name', 'READ_ONLY_MEMBER']]);
  assert.equal(stale.status, 412);
  assert.equal(same.status, 304);
});

test('a domain goes when its addresses have gone', async () => {
  const domain = (await server.post('/v1/domains', { name: 'gone.example' })).body;
  const address = (await server.post('/v1/addresses', { uri: 'sip:a@gone.example' })).body;
  const used = await server.delete(`/v1/domains/${domain.id}`);
  const dry = await server.delete(`/v1/addresses/${address.id}?dry_run=true`);
  const addressGone = await server.delete(`/v1/addresses/${address.id}`);
  const domainGone = await server.delete(`/v1/domains/${domain.id}`);

  assert.equal(used.status, 409);
  assert.equal(used.body.code, 'NOT_EMPTY');
  assert.equal(dry.status, 204);
  assert.equal(addressGone.status, 204);
  assert.equal(domainGone.status, 204);
  assert.equal((await server.get(`/v1/domains/${domain.id}`)).status, 404);
  assert.equal((await server.delete(`/v1/domains/${domain.id}`)).status, 404);
});

test('an address that is known and at home is answered 480', async () => {
  const uri = 'sip:home@known.example';
  const before404 = await caller.call(uri);
  const made = await server.post('/v1/addresses', { uri: 'SIP:home@KNOWN.example', note: 'desk 4' });

  assert.equal(before404.status, 404);
  assert.equal(made.status, 201, made.text);
  assert.equal(made.body.uri, uri);
  assert.equal(made.body.domain, 'known.example');
  assert.equal((await caller.call(uri)).status, 480);
});

test('an address is made once, noted on, and kept while it has moves', async () => {
  const move = await server.move('sip:busy@busy.example', 'sip:a@hotel.example.net');
  const list = await server.get('/v1/addresses?uri=sip:busy@busy.example');
  const [address] = list.body.items;
  const again = await server.post('/v1/addresses', { uri: 'sip:busy@busy.example' });
  const noted = await server.patch(`/v1/addresses/${address.id}`, { note: 'away' });
  const moved = await server.patch(`/v1/addresses/${address.id}`, { uri: 'sip:x@busy.example' });
  const used = await server.delete(`/v1/addresses/${address.id}`);
  await server.delete(`/v1/moves/${move.id}`);
  const gone = await server.delete(`/v1/addresses/${address.id}`);

  assert.equal(list.body.items.length, 1);
  assert.equal(again.status, 409);
  assert.deepEqual(again.body.conflicting_ids, [address.id]);
  assert.equal(noted.body.note, 'away');
  assert.equal(moved.status, 422);
  assert.equal(used.status, 409);
  assert.equal(gone.status, 204);
  assert.equal((await caller.call('sip:busy@busy.example')).status, 404);
});

test('an address in a domain that is not served needs the right to make domains', async () => {
  const token = await createToken(server.dataDir, 'desk', 'helpdesk');
  const unserved = await server.post('/v1/addresses', { uri: 'sip:a@unserved.example' }, { token });
  await server.post('/v1/domains', { name: 'served.example' });
  const served = await server.post('/v1/addresses', { uri: 'sip:a@served.example' }, { token });

  assert.equal(unserved.status, 422);
  assert.deepEqual(unserved.body.errors.map((fault) => [fault.pointer, fault.code]),
    [['/uri', 'UNKNOWN_DOMAIN']]);
  assert.equal(served.status, 201, served.text);
});

test('what a domain or an address must not be is told at its place', async () => {
  const rows = [
    ['/v1/domains', {}, '/name', 'MISSING_MEMBER'],
    ['/v1/domains', { name: 'a b' }, '/name', 'BAD_FORMAT'],
    ['/v1/domains', { name: 'a.example', id: 'x' }, '/id', 'READ_ONLY_MEMBER'],
    ['/v1/domains', { name: 'a.example', note: 7 }, '/note', 'WRONG_TYPE'],
    ['/v1/addresses', {}, '/uri', 'MISSING_MEMBER'],
    ['/v1/addresses', { uri: 'alice' }, '/uri', 'BAD_ADDRESS'],
    ['/v1/addresses', { uri: 'sip:a@a.example', domain: 'b' }, '/domain', 'READ_ONLY_MEMBER'],
  ];

  for (const [path, document, pointer, code] of rows) {
    const answer = await server.post(path, document);
    assert.equal(answer.status, 422, answer.text);
    assert.deepEqual(answer.body.errors.map((fault) => [fault.pointer, fault.code]), [[pointer, code]]);
  }
});

test('a number has no domain', async () => {
  const made = await server.post('/v1/addresses', { uri: 'tel:+1-555-0100' });

  assert.equal(made.status, 201, made.text);
  assert.equal(made.body.uri, 'tel:+15550100');
  assert.equal(made.body.domain, null);
});

test('domains and addresses are listed page by page', async () => {
  for (let i = 0; i < 5; i += 1)
    await server.post('/v1/addresses', { uri: `sip:p${i}@pages.example` });
  const addresses = [];
  for (let path = '/v1/addresses?domain=Pages.example&limit=2'; path;) {
    const { body } = await server.get(path);
    addresses.push(...body.items.map((item) => item.uri));
    assert.ok(addresses.length < 100, 'the list never ends');
    path = body.next_cursor &&
      `/v1/addresses?domain=Pages.example&limit=2&cursor=${encodeURIComponent(body.next_cursor)}`;
  }
  const domains = [];
  for (let path = '/v1/domains?limit=2'; path;) {
    const { body } = await server.get(path);
    domains.push(...body.items.map((item) => item.name));
    assert.ok(domains.length < 100, 'the list never ends');
    path = body.next_cursor && `/v1/domains?limit=2&cursor=${encodeURIComponent(body.next_cursor)}`;
  }

  assert.deepEqual(addresses, [0, 1, 2, 3, 4].map((i) => `sip:p${i}@pages.example`));
  assert.ok(domains.includes('pages.example'));
  assert.deepEqual(domains, [...domains].sort());
  assert.equal(new Set(domains).size, domains.length);
});

test('a domain is found by its name', async () => {
  const made = await server.post('/v1/domains', { name: 'by-name.example' });
  const found = await server.get('/v1/domains?name=BY-NAME.example');
  const none = await server.get('/v1/domains?name=by-nam.example');

  assert.deepEqual(found.body.items.map((domain) => domain.id), [made.body.id]);
  assert.equal(found.body.next_cursor, null);
  assert.deepEqual(none.body.items, []);
});
