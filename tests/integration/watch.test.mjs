// What has changed since a revision, and waiting for what changes next.
import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { after, before, test } from 'node:test';
import { eventually, startServer } from './lib/server.mjs';

let server;

before(async () => { server = await startServer(); });

after(async () => { await server?.stop(); });

async function watch(query) {
  const answer = await server.get(`/v1/moves?${query}`);
  assert.equal(answer.status, 200, answer.text);
  return answer.body;
}

const now = async () => (await watch('limit=1')).revision;

test('every change since a revision is told once, in order, also a cancelled move', async () => {
  const start = await now();
  const a = await server.move('sip:a@example.com', 'sip:x@hotel.example.net', { starts_at: '2040-01-01T00:00:00Z' });
  const b = await server.move('sip:b@example.com', 'sip:x@hotel.example.net');
  const between = await now();
  await server.patch(`/v1/moves/${b.id}`, { note: 'b' });
  await server.delete(`/v1/moves/${a.id}`);
  const all = await watch(`since_revision=${start}`);
  const later = await watch(`since_revision=${between}`);
  const none = await watch(`since_revision=${all.revision}`);

  assert.deepEqual(all.items.map((move) => [move.id, move.note, move.state]),
    [[b.id, 'b', 'active'], [a.id, '', 'cancelled']]);
  assert.deepEqual(later.items, all.items);
  assert.equal(all.revision, all.items.at(-1).revision);
  assert.deepEqual(none.items, []);
  assert.equal(none.revision, all.revision);
  assert.match(all.epoch, /^epo_/);
});

test('pages of changes follow each other without a gap, while more are made', async () => {
  const start = await now();
  const ids = [];
  for (let i = 0; i < 7; i++) ids.push((await server.move(`sip:p${i}@example.com`, 'sip:x@hotel.example.net')).id);
  const seen = [];
  let body;
  let query = `since_revision=${start}&limit=3`;
  for (;;) {
    body = await watch(query);
    seen.push(...body.items.map((move) => move.id));
    if (!body.next_cursor) break;
    if (seen.length === 3) ids.push((await server.move('sip:p-more@example.com', 'sip:x@hotel.example.net')).id);
    query = `since_revision=${start}&limit=3&cursor=${encodeURIComponent(body.next_cursor)}`;
  }
  assert.deepEqual(seen, ids);
  assert.equal(body.revision, await now());
});

test('a filter holds for changes, too', async () => {
  const start = await now();
  await server.move('sip:f1@example.com', 'sip:x@hotel.example.net');
  const wanted = await server.move('sip:f2@example.org', 'sip:x@hotel.example.net');

  assert.deepEqual((await watch(`since_revision=${start}&domain=example.org`)).items.map((move) => move.id), [wanted.id]);
});

test('who waits is told when a change is made, and not before', async () => {
  const start = await now();
  let told = false;
  const waiting = watch(`since_revision=${start}&wait=60`).then((body) => { told = true; return body; });
  // A change of something else ends no wait.
  await server.post('/v1/domains', { name: 'elsewhere.example' });
  assert.equal(told, false);
  const move = await server.move('sip:awaited@example.com', 'sip:x@hotel.example.net');
  const body = await waiting;

  assert.deepEqual(body.items.map((item) => item.id), [move.id]);
  assert.equal(body.revision, move.revision);
});

test('without a change the wait ends by itself, with an empty list', async () => {
  const body = await watch(`since_revision=${await now()}&wait=1`);

  assert.deepEqual(body.items, []);
  assert.equal(body.next_cursor, null);
});

test('a loop of waits misses no change of a storm', async () => {
  let since = await now();
  const made = new Set();
  const seen = new Set();
  const writer = (async () => {
    for (let i = 0; i < 40; i++) made.add((await server.move(`sip:storm${i}@example.com`, 'sip:x@hotel.example.net')).id);
  })();
  while (seen.size < 40) {
    const body = await watch(`since_revision=${since}&wait=30`);
    for (const item of body.items) {
      assert.ok(!seen.has(item.id));
      seen.add(item.id);
    }
    since = body.revision;
  }
  await writer;
  assert.deepEqual(seen, made);
});

test('a revision that is not of this history is 410', async () => {
  const current = await watch('limit=1');
  for (const query of [`since_revision=${Number(current.revision) + 1000}`,
    `since_revision=${current.revision}&epoch=epo_00000000000000000000000000`]) {
    const answer = await server.get(`/v1/moves?${query}`);
    assert.equal(answer.status, 410, answer.text);
    assert.equal(answer.body.code, 'HISTORY_LOST');
  }
  assert.deepEqual((await watch(`since_revision=${current.revision}&epoch=${current.epoch}`)).items, []);
});

test('parameters that do not go with it are refused', async () => {
  for (const [query, parameter] of [['since_revision=x', 'since_revision'], ['since_revision=-1', 'since_revision'],
    ['since_revision=1&wait=61', 'wait'], ['since_revision=1&sort=address', 'sort'], ['wait=1', 'since_revision'],
    ['epoch=x', 'since_revision'], ['count=all', 'count']]) {
    const answer = await server.get(`/v1/moves?${query}`);
    assert.equal(answer.status, 400, query);
    assert.equal(answer.body.errors[0].parameter, parameter, query);
  }
});

test('only so many wait; the next is told to come later, and all are told of one change', async (t) => {
  const own = await startServer();
  t.after(() => own.stop());
  const { body: { revision } } = await own.get('/v1/moves');
  let refused = 0;
  const ask = (localAddress) => new Promise((resolve, reject) => {
    const request = httpRequest({
      host: '127.0.0.1', port: own.httpPort, localAddress, path: `/v1/moves?since_revision=${revision}&wait=60`,
      headers: { authorization: `Bearer ${own.token}` },
    }, (response) => {
      refused += response.statusCode === 503;
      response.resume();
      response.on('end', () => resolve(response));
    });
    request.on('error', reject);
    request.end();
  });
  const asked = [...Array.from({ length: 40 }, () => ask('127.0.0.2')), ...Array.from({ length: 40 }, () => ask('127.0.0.3'))];

  await eventually(() => refused, (count) => count === 80 - 64);
  await own.move('sip:release@example.com', 'sip:x@hotel.example.net');
  const answers = await Promise.all(asked);
  assert.equal(answers.filter((answer) => answer.statusCode === 200).length, 64);
  for (const answer of answers.filter(({ statusCode }) => statusCode === 503)) assert.ok(answer.headers['retry-after']);
});

test('a stop ends the waits at once', async () => {
  const own = await startServer();
  const { body: { revision } } = await own.get('/v1/moves');
  const waiting = own.get(`/v1/moves?since_revision=${revision}&wait=60`);
  await own.get('/livez');
  const started = Date.now();
  own.child.kill('SIGTERM');
  const answer = await waiting;

  assert.equal(answer.status, 200);
  assert.deepEqual(answer.body.items, []);
  await own.stop();
  assert.ok(Date.now() - started < 30000);
});

test('the number of moves is told when asked for', async () => {
  const all = await watch('count=exact&limit=1');
  const few = await watch('count=estimated&limit=1&address=sip:a@example.com');

  assert.ok(all.total.count > 40);
  assert.equal(all.total.more, false);
  assert.equal(few.total.count, 1);
  assert.equal((await watch('limit=1')).total, undefined);
});

test('a list that has not changed is 304, and one that has is not', async () => {
  const list = await server.get('/v1/moves?limit=5');
  const { etag } = list.headers;
  const conditional = (path, tag) => server.get(path, { headers: { 'if-none-match': tag } });

  assert.match(etag, /^"r\d+\.\d+"$/);
  assert.match(list.headers['cache-control'], /no-cache/);
  assert.equal((await conditional('/v1/moves?limit=5', etag)).status, 304);
  const brief = await server.move('sip:brief@example.com', 'sip:x@hotel.example.net',
    { ends_at: new Date(Date.now() + 1500).toISOString() });
  const changed = await conditional('/v1/moves?limit=5', etag);
  assert.equal(changed.status, 200);
  // Nothing is written when its time is over, and yet the list is another.
  for (;;) {
    const answer = await conditional('/v1/moves?limit=5', changed.headers.etag);
    if (answer.status === 304) continue;
    assert.equal(answer.body.items.find((move) => move.id === brief.id).state, 'ended');
    break;
  }
});

test('other lists are 304 until something changes', async () => {
  for (const path of ['/v1/domains', '/v1/addresses', '/v1/sip-users', '/v1/source-rules', '/v1/scanner-patterns',
    '/v1/peer-profiles', '/v1/target-rules', '/v1/extension-policy/rules']) {
    const { etag } = (await server.get(path)).headers;
    const again = await server.get(path, { headers: { 'if-none-match': etag } });
    assert.match(etag, /^"r\d+"$/, path);
    assert.equal(again.status, 304, path);
    assert.equal(again.headers.etag, etag, path);
    await server.post('/v1/domains', { name: `etag${path.replaceAll('/', '-')}.example` });
    assert.equal((await server.get(path, { headers: { 'if-none-match': etag } })).status, 200, path);
  }
});

test('a token that is revoked while it waits is told nothing more', async () => {
  const start = await now();
  const { body } = await server.post('/v1/tokens', { name: 'waits', role: 'operator' });
  const waiting = server.get(`/v1/moves?since_revision=${start}&wait=60`, { token: body.token });
  // Made while it waits, or before it was let in: it is refused either way.
  await server.delete(`/v1/tokens/${body.id}`);
  await server.move('sip:confidential@example.com', 'sip:x@hotel.example.net');
  const answer = await waiting;

  assert.equal(answer.status, 401, answer.text);
  assert.match(answer.headers['www-authenticate'], /invalid_token/);
});
