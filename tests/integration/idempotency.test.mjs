// A POST with an Idempotency-Key may be sent again: it is done once, and has
// one answer, whatever happens to the connection or to the server.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createToken, startServer } from './lib/server.mjs';

let server;

before(async () => { server = await startServer(); });

after(async () => { await server?.stop(); });

const move = (address, members = {}) => ({ address, targets: [{ uri: 'sip:a@hotel.example.net' }], ...members });

const withKey = (key, options = {}) => ({ ...options, headers: { 'idempotency-key': key } });

async function movesOf(address) {
  return (await server.get(`/v1/moves?address=${encodeURIComponent(address)}`)).body.items;
}

test('the same request again gets the same answer, and is done once', async () => {
  const key = randomUUID();
  const body = move('sip:once@example.com');
  const first = await server.post('/v1/moves', body, withKey(key));
  const second = await server.post('/v1/moves', body, withKey(key));
  const quoted = await server.post('/v1/moves', body, withKey(`"${key}"`));

  assert.equal(first.status, 201, first.text);
  assert.equal(first.headers['idempotent-replayed'], undefined);
  for (const again of [second, quoted]) {
    assert.equal(again.status, 201, again.text);
    assert.equal(again.text, first.text);
    for (const name of ['location', 'etag', 'content-type', 'cache-control'])
      assert.equal(again.headers[name], first.headers[name], name);
    assert.equal(again.headers['idempotent-replayed'], 'true');
    assert.notEqual(again.headers['x-request-id'], first.headers['x-request-id']);
  }
  assert.equal((await movesOf(body.address)).length, 1);
});

test('the answer is the one that was given, even when the object has changed since', async () => {
  const key = randomUUID();
  const body = move('sip:changed@example.com');
  const first = await server.post('/v1/moves', body, withKey(key));

  assert.equal((await server.patch(`/v1/moves/${first.body.id}`, { note: 'later' })).status, 200);
  assert.equal((await server.post('/v1/moves', body, withKey(key))).text, first.text);
});

test('the same key with another body or other parameters is 422 and does nothing', async () => {
  const key = randomUUID();

  assert.equal((await server.post('/v1/moves', move('sip:one@example.com'), withKey(key))).status, 201);
  for (const [path, body] of [['/v1/moves', move('sip:two@example.com')],
    ['/v1/moves?on_conflict=replace', move('sip:one@example.com')]]) {
    const other = await server.post(path, body, withKey(key));
    assert.equal(other.status, 422, other.text);
    assert.equal(other.body.code, 'IDEMPOTENCY_KEY_REUSED');
  }
  assert.deepEqual(await movesOf('sip:two@example.com'), []);
});

test('a key belongs to one caller and one path', async () => {
  const key = randomUUID();
  const token = await createToken(server.dataDir, 'another', 'admin');
  const first = await server.post('/v1/moves', move('sip:mine@example.com'), withKey(key));
  const others = await server.post('/v1/moves', move('sip:theirs@example.com'), withKey(key, { token }));
  const elsewhere = await server.post('/v1/domains', { name: 'key.example' }, withKey(key));

  assert.equal(first.status, 201);
  assert.equal(others.status, 201, others.text);
  assert.equal(elsewhere.status, 201, elsewhere.text);
  assert.notEqual(others.body.id, first.body.id);
});

test('what was refused is not kept: the request may be mended under the same key', async () => {
  const key = randomUUID();
  const faulty = move('sip:mended@example.com', { ends_at: '2001-01-01T00:00:00Z' });
  const blocking = await server.move('sip:mended@example.com', 'sip:x@hotel.example.net');
  const good = move('sip:mended@example.com');

  assert.equal((await server.post('/v1/moves', faulty, withKey(key))).status, 422);
  assert.equal((await server.post('/v1/moves', good, withKey(key))).status, 409);
  assert.equal((await server.post('/v1/moves?dry_run=true', good, withKey(key))).status, 409);
  await server.delete(`/v1/moves/${blocking.id}`);
  assert.equal((await server.post('/v1/moves?dry_run=true', good, withKey(key))).status, 200);
  const made = await server.post('/v1/moves', good, withKey(key));
  assert.equal(made.status, 201, made.text);
  assert.equal(made.headers['idempotent-replayed'], undefined);
});

test('a key that is none is 400', async () => {
  for (const key of ['', '""', 'two words', 'x'.repeat(256), '"x\\"', 'caf\u00e9']) {
    const answer = await server.post('/v1/moves', move('sip:bad-key@example.com'), withKey(key));
    assert.equal(answer.status, 400, key);
    assert.equal(answer.body.code, 'MALFORMED_REQUEST');
  }
  assert.equal((await server.post('/v1/moves', move('sip:long-key@example.com'), withKey('x'.repeat(255)))).status, 201);
  assert.deepEqual(await movesOf('sip:bad-key@example.com'), []);
});

test('a key on a request that changes nothing does no harm', async () => {
  for (let i = 0; i < 2; i++) {
    const answer = await server.post('/v1/extension-policy/simulations',
      { address: 'sip:x@example.com' }, withKey('simulate'));
    assert.equal(answer.status, 200, answer.text);
  }
  assert.equal((await server.get('/v1/moves', withKey('read'))).status, 200);
});

test('of many that come at once one is done, and all that are told so are told the same', async () => {
  const key = randomUUID();
  const body = move('sip:crowd@example.com');
  const answers = await Promise.all(Array.from({ length: 16 }, () => server.post('/v1/moves', body, withKey(key))));
  const made = answers.filter((answer) => answer.status === 201);

  assert.ok(made.length >= 1);
  assert.equal(new Set(made.map((answer) => answer.text)).size, 1);
  assert.equal(made.filter((answer) => !answer.headers['idempotent-replayed']).length, 1);
  for (const answer of answers.filter(({ status }) => status !== 201)) {
    assert.equal(answer.status, 409, answer.text);
    assert.equal(answer.body.code, 'IDEMPOTENCY_KEY_IN_USE');
    assert.equal(answer.headers['retry-after'], '1');
  }
  assert.equal((await movesOf(body.address)).length, 1);
});

test('a token made twice under one key is one token, and its secret lies nowhere in the clear', async () => {
  const key = randomUUID();
  const body = { name: 'kept', role: 'service' };
  const first = await server.post('/v1/tokens', body, withKey(key));
  const second = await server.post('/v1/tokens', body, withKey(key));

  assert.equal(first.status, 201, first.text);
  assert.equal(second.text, first.text);
  assert.match(first.body.token, /^smv_/);
  const secret = first.body.token.split('_').at(-1);
  for (const file of ['sipmoved.db', 'sipmoved.db-wal']) {
    const bytes = await readFile(join(server.dataDir, file)).catch(() => Buffer.alloc(0));
    assert.equal(bytes.includes(secret), false, file);
    assert.equal(bytes.includes(key), false, file);
  }
});

// Sends requests until the server is killed under them; [{ body, key }] of those
// that were not answered.
async function postUntilKilled(round) {
  const unanswered = [];
  let done = false;
  async function client(n) {
    for (let i = 0; !done; i++) {
      const sent = { body: move(`sip:u${round}-${n}-${i}@example.com`), key: randomUUID() };
      unanswered.push(sent);
      const status = await new Promise((resolve) => {
        const request = httpRequest({
          host: '127.0.0.1', port: server.httpPort, method: 'POST', path: '/v1/moves',
          headers: { 'authorization': `Bearer ${server.token}`, 'content-type': 'application/json', 'idempotency-key': sent.key },
        }, (response) => { response.resume(); resolve(response.statusCode); });
        request.on('error', () => resolve(0));
        request.end(JSON.stringify(sent.body));
      });
      if (status === 0) return;
      assert.equal(status, 201);
      unanswered.splice(unanswered.indexOf(sent), 1);
    }
  }
  const clients = Array.from({ length: 8 }, (unused, n) => client(n));
  await new Promise((resolve) => { setTimeout(resolve, 100 + 37 * round); });
  const killed = server.halt('SIGKILL');
  done = true;
  await Promise.all(clients);
  await killed;
  return unanswered;
}

test('killed between a commit and its answer, the retry gets the object that was made', async () => {
  let replayed = 0;

  for (let round = 0; round < 8; round++) {
    const { dataDir, token } = server;
    const unanswered = await postUntilKilled(round);
    server = await startServer({ dataDir, token });
    for (const { body, key } of unanswered) {
      const answer = await server.post('/v1/moves', body, withKey(key));
      assert.equal(answer.status, 201, answer.text);
      replayed += answer.headers['idempotent-replayed'] === 'true';
      const items = await movesOf(body.address);
      assert.deepEqual(items.map((item) => item.id), [answer.body.id]);
    }
  }
  console.log(`# ${replayed} had been committed, and not answered`);
});
