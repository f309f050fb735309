// What holds for every request to the API, whatever it asks for: limits, codings,
// pages of other origins, conditions, preferences, headers.
import assert from 'node:assert/strict';
import { rename } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { request as httpRequest } from 'node:http';
import { createToken, eventually, startServer } from './lib/server.mjs';

const ORIGIN = 'https://desk.example.com';

let server;

before(async () => { server = await startServer({ config: `[http]\ncors_origins = ${ORIGIN}\n` }); });

after(async () => { await server?.stop(); });

// The answer's bytes as they came.
async function raw(method, path, headers = {}, body) {
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      host: '127.0.0.1', port: server.httpPort, method, path,
      headers: { authorization: `Bearer ${server.token}`, ...headers },
    }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, bytes: Buffer.concat(parts) }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

const made = (address, members = {}) => ({ address, targets: [{ uri: 'sip:a@hotel.example.net' }], ...members });

test('every answer has the security headers, errors too', async () => {
  const rows = [['GET', '/v1/moves'], ['GET', '/v1/nothing'], ['POST', '/v1/moves'], ['DELETE', '/v1/moves/x'],
    ['OPTIONS', '/v1/moves'], ['HEAD', '/v1/moves'], ['GET', '/livez'], ['GET', '/docs/problems/not-found'],
    ['PUT', '/v1/moves'], ['GET', '/v1/moves', { authorization: 'Bearer x' }], ['GET', '/v1/moves', { accept: 'text/html' }],
    ['GET', '/v1/moves', { host: 'evil.example' }], ['GET', '/v1/%2f'], ['BREW', '/v1/moves']];

  for (const [method, path, headers] of rows) {
    const answer = await raw(method, path, headers);
    const at = `${method} ${path} ${answer.status}`;
    assert.match(answer.headers['content-security-policy'] ?? '', /default-src 'none'/, at);
    assert.equal(answer.headers['x-content-type-options'], 'nosniff', at);
    assert.equal(answer.headers['referrer-policy'], 'no-referrer', at);
    assert.equal(answer.headers['cross-origin-opener-policy'], 'same-origin', at);
    assert.equal(answer.headers['cross-origin-resource-policy'], 'same-origin', at);
    assert.match(answer.headers['cache-control'], /no-store|no-cache/, at);
    assert.match(answer.headers['x-request-id'], /^[A-Za-z0-9._-]{1,64}$/, at);
    assert.equal(answer.headers.server, undefined, at);
    if (answer.bytes.length > 0) assert.match(answer.headers['content-type'], /^(application\/|text\/plain; charset=utf-8)/, at);
  }
});

test('a large answer is compressed for who asks, a small one and a secret are not', async () => {
  for (let i = 0; i < 8; i++) await server.move(`sip:gzip${i}@example.com`, 'sip:a@hotel.example.net');
  const plain = await raw('GET', '/v1/moves');
  const packed = await raw('GET', '/v1/moves', { 'accept-encoding': 'br, gzip;q=0.5' });

  assert.equal(plain.headers['content-encoding'], undefined);
  assert.match(plain.headers.vary, /Accept-Encoding/);
  assert.equal(packed.headers['content-encoding'], 'gzip');
  assert.match(packed.headers.vary, /Accept-Encoding/);
  assert.ok(packed.bytes.length < plain.bytes.length / 2);
  assert.deepEqual(JSON.parse(gunzipSync(packed.bytes)).items.length, JSON.parse(plain.bytes).items.length);
  for (const refused of ['identity', 'gzip;q=0', '*;q=0', ''])
    assert.equal((await raw('GET', '/v1/moves', { 'accept-encoding': refused })).headers['content-encoding'], undefined, refused);
  assert.equal((await raw('GET', '/livez', { 'accept-encoding': 'gzip' })).headers['content-encoding'], undefined);
  for (let i = 0; i < 8; i++) await createToken(server.dataDir, `padding ${i}`, 'admin');
  const tokens = await raw('GET', '/v1/tokens', { 'accept-encoding': 'gzip' });
  assert.ok(tokens.bytes.length > 1024);
  assert.equal(tokens.headers['content-encoding'], undefined);
});

test('a compressed answer has an ETag of its own, that conditions understand', async () => {
  const packed = await raw('GET', '/v1/extension-policy', { 'accept-encoding': 'gzip' });
  const { etag } = (await server.get('/v1/extension-policy')).headers;

  assert.equal(packed.headers['content-encoding'], 'gzip');
  assert.equal(packed.headers.etag, etag.replace(/"$/, '-gzip"'));
  const again = await raw('GET', '/v1/extension-policy', { 'accept-encoding': 'gzip', 'if-none-match': packed.headers.etag });
  assert.equal(again.status, 304);
  assert.equal(again.headers.etag, packed.headers.etag);
  assert.equal((await server.patch('/v1/extension-policy', {}, { headers: { 'if-match': packed.headers.etag } })).status, 200);
});

test('a page of a named origin may read, one of another may not', async () => {
  const named = await raw('GET', '/v1/moves', { origin: ORIGIN });
  const refused = await raw('GET', '/v1/nothing', { origin: ORIGIN });
  const preflight = await raw('OPTIONS', '/v1/moves', { 'origin': ORIGIN, 'access-control-request-method': 'POST' });

  for (const answer of [named, refused, preflight]) {
    assert.equal(answer.headers['access-control-allow-origin'], ORIGIN);
    assert.equal(answer.headers['access-control-allow-credentials'], undefined);
    assert.match(answer.headers.vary, /Origin/);
  }
  for (const name of ['ETag', 'Link', 'Location', 'Retry-After', 'RateLimit', 'RateLimit-Policy', 'X-Request-Id'])
    assert.ok(named.headers['access-control-expose-headers'].split(', ').includes(name), name);
  assert.equal(preflight.status, 204);
  assert.match(preflight.headers['access-control-allow-methods'], /GET.*POST/);
  assert.match(preflight.headers['access-control-allow-headers'], /Authorization.*Idempotency-Key.*Last-Event-ID/);
  assert.equal(preflight.headers['access-control-max-age'], '600');
  for (const origin of ['https://evil.example', `${ORIGIN}.evil.example`, 'HTTPS://desk.example.com', 'null', '*', `${ORIGIN}:443`]) {
    const other = await raw('GET', '/v1/moves', { origin });
    const asked = await raw('OPTIONS', '/v1/moves', { origin, 'access-control-request-method': 'POST' });
    assert.equal(other.headers['access-control-allow-origin'], undefined, origin);
    assert.equal(asked.headers['access-control-allow-methods'], undefined, origin);
  }
});

test('a request id is taken over if it is plain, and made otherwise', async () => {
  const long = 'a'.repeat(64);

  for (const id of ['req-1', 'A.b_c-9', long])
    assert.equal((await server.get('/v1/moves', { headers: { 'x-request-id': id } })).headers['x-request-id'], id);
  for (const id of ['two words', `${long}a`, 'a/b', 'a"b', 'a\u00e9'])
    assert.notEqual((await server.get('/v1/moves', { headers: { 'x-request-id': id } })).headers['x-request-id'], id);
  const problem = await server.get('/v1/nothing', { headers: { 'x-request-id': 'req-2' } });
  assert.equal(problem.body.instance, 'urn:sipmoved:request:req-2');
});

test('the trace that a change is part of is logged, and one that is malformed is not', async () => {
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
  const parent = `00-${trace}-00f067aa0ba902b7-01`;
  const bad = [parent.toUpperCase(), parent.slice(1), `${parent}0`, `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, `ff${parent.slice(2)}`, 'x'];

  await server.post('/v1/domains', { name: 'traced.example' }, { headers: { 'traceparent': parent, 'x-request-id': 'traced' } });
  for (const [i, traceparent] of bad.entries())
    await server.post('/v1/domains', { name: `untraced${i}.example` }, { headers: { traceparent, 'x-request-id': `untraced-${i}` } });
  const lines = await eventually(() => server.output.stderr.split('\n'),
    (all) => all.some((line) => line.includes(`request_id=untraced-${bad.length - 1}`)));
  assert.match(lines.find((line) => line.includes('request_id=traced ')), new RegExp(`trace_id=${trace}$`));
  for (const line of lines.filter((each) => each.includes('request_id=untraced-'))) assert.doesNotMatch(line, /trace_id/);
});

test('who prefers less gets 204 with the Location; a secret that is told once is told', async () => {
  const headers = { prefer: 'respond-async, return=minimal' };
  const created = await server.post('/v1/moves', made('sip:minimal@example.com'), { headers });
  const token = await server.post('/v1/tokens', { name: 'minimal', role: 'service' }, { headers });

  assert.equal(created.status, 204, created.text);
  assert.equal(created.text, '');
  assert.match(created.headers.location, /^\/v1\/moves\/mov_/);
  assert.match(created.headers.etag, /^"r\d+"$/);
  assert.equal(created.headers['preference-applied'], 'return=minimal');
  assert.equal(created.headers['content-type'], undefined);
  const patched = await raw('PATCH', created.headers.location,
    { ...headers, 'content-type': 'application/merge-patch+json' }, '{"note":"x"}');
  assert.equal(patched.status, 204);
  assert.equal((await server.post('/v1/moves?dry_run=true', made('sip:dry@example.com'), { headers })).status, 200);
  assert.equal((await server.post('/v1/moves', {}, { headers })).status, 422);
  assert.equal((await server.get(created.headers.location, { headers })).status, 200);
  assert.match(token.body.token, /^smv_/);
});

test('one who sends far too much still reads why it is refused', async () => {
  const large = 'x'.repeat(12 << 20);
  for (const [path, token, status] of [['/v1/moves', undefined, 413], ['/v1/moves', 'wrong', 401], ['/v1/nothing', undefined, 404]])
    for (let i = 0; i < 5; i++) {
      server.agent.destroy();
      assert.equal((await server.post(path, large, { token })).status, status);
    }
});

test('a document of settings is replaced only by who has seen it', async () => {
  const { headers: { etag } } = await server.get('/v1/source-limit');
  const put = (tag) => server.put('/v1/source-limit', { rate: 200 }, tag && { headers: { 'if-match': tag } });
  const without = await put();

  assert.equal(without.status, 428);
  assert.equal(without.body.code, 'PRECONDITION_REQUIRED');
  assert.equal((await put(etag)).status, 200);
  assert.equal((await put(etag)).status, 412);
  assert.equal((await put('*')).status, 200);
  assert.equal((await server.patch('/v1/source-limit', { rate: null })).status, 200);
  // A preset is set by one line of curl.
  assert.equal((await server.put('/v1/extension-policy', { preset: 'standard' })).status, 200);
});

test('what is there already is not made again under If-None-Match: *', async () => {
  const headers = { 'if-none-match': '*', 'if-match': '*' };
  const { body: { revision } } = await server.get('/v1/extension-policy');

  assert.equal((await server.put('/v1/extension-policy', { preset: 'transparent' }, { headers })).status, 412);
  assert.equal((await server.put('/v1/source-limit', { rate: 7 }, { headers })).status, 412);
  assert.equal((await server.get('/v1/extension-policy')).body.revision, revision);
});

test('methods that are none of ours are refused', async () => {
  for (const method of ['TRACE', 'CONNECT', 'PROPFIND', 'get', 'FOO']) {
    const socket = connect(server.httpPort, '127.0.0.1');
    const target = method === 'CONNECT' ? '127.0.0.1:1' : '/v1/moves';
    socket.write(`${method} ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${server.token}\r\nX-Echo: canary\r\n\r\n`);
    let text = '';
    for await (const part of socket) text += part;
    assert.match(text, /^HTTP\/1\.1 (400|405|501) /, method);
    assert.doesNotMatch(text, /canary/, method);
  }
  const options = await raw('OPTIONS', '/v1/moves');
  assert.equal(options.status, 204);
  assert.equal(options.headers.allow, 'GET, HEAD, POST, OPTIONS');
  const head = await raw('HEAD', '/v1/moves');
  assert.equal(head.status, 200);
  assert.ok(Number(head.headers['content-length']) > 0);
  assert.equal(head.bytes.length, 0);
});

test('nothing lies beside the API: no listing, no repository, no version', async () => {
  for (const path of ['/.git/config', '/.env', '/v1', '/v1/', '/debug', '/server-status', '/docs/', '/v1/moves/', '/index.php'])
    for (const token of [undefined, null]) {
      const answer = await server.get(path, { token });
      assert.equal(answer.status, 404, path);
      assert.doesNotMatch(answer.text, /\d+\.\d+\.\d+|sqlite|microhttpd|\/work|\/tmp/i, path);
    }
});

test('a script of another site gets no data: not by type, not as an image', async () => {
  for (const dest of ['script', 'image']) {
    const answer = await raw('GET', '/v1/moves', { 'sec-fetch-dest': dest, 'sec-fetch-site': 'cross-site' });
    assert.equal(answer.status, 403);
    assert.equal(answer.bytes.length, 0);
    assert.equal(answer.headers['cross-origin-resource-policy'], 'same-origin');
    assert.equal(answer.headers['x-content-type-options'], 'nosniff');
  }
  for (const dest of ['empty', 'document'])
    assert.equal((await raw('GET', '/v1/moves', { 'sec-fetch-dest': dest })).status, 200);
  assert.equal((await server.post('/v1/moves', '{}', { type: 'text/plain' })).status, 415);
});

test('of 32 moves that overlap, made at once, exactly one is made', async () => {
  server.agent.maxSockets = 32;
  for (let round = 0; round < 4; round++) {
    const address = `sip:race${round}@example.com`;
    const answers = await Promise.all(Array.from({ length: 32 }, (unused, i) =>
      server.post('/v1/moves', made(address, { note: `${i}`, starts_at: `2040-01-01T00:00:${String(i).padStart(2, '0')}Z` }))));
    const [won] = answers.filter((answer) => answer.status === 201);

    assert.deepEqual(answers.map((answer) => answer.status).sort(), [201, ...Array(31).fill(409)]);
    for (const answer of answers.filter(({ status }) => status === 409))
      assert.deepEqual(answer.body.conflicting_ids, [won.body.id]);
    assert.equal((await server.get(`/v1/moves?address=${address}`)).body.items.length, 1);
  }
});

test('what a client says cannot forge a line of the log', async () => {
  const forged = 'x\r\nlevel=error event=forged';
  const ansi = '\u001b[31mred';
  const headers = { 'x-request-id': 'plain', 'user-agent': 'agent' };

  await server.post('/v1/domains', { name: 'log.example', note: `${forged}${ansi}` }, { headers });
  await server.post('/v1/domains', { name: `log.example${forged}` });
  await server.post('/v1/tokens', { name: forged, role: 'admin' });
  await server.get(`/v1/moves?address=${encodeURIComponent(`sip:${forged}${ansi}@example.com`)}`);
  // Of who is slowed down the log tells the name, as it was typed.
  for (let i = 0; i < 7; i++) await server.post('/v1/sessions', { name: `${forged}${ansi}`, password: 'a guess' }, { token: null });
  await eventually(() => server.output.stderr, (all) => all.includes('event=login_throttled'));
  const socket = connect(server.httpPort, '127.0.0.1');
  socket.write(`GET /v1/moves?${ansi} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: ${ansi}\r\nX-Request-Id: ${ansi}\r\n\r\n`);
  for await (const part of socket) void part;
  await server.post('/v1/domains', { name: 'log-end.example' }, { headers: { 'x-request-id': 'log-end' } });
  const text = await eventually(() => server.output.stderr, (all) => all.includes('request_id=log-end'));

  assert.doesNotMatch(text, /^level=error event=forged/m);
  assert.doesNotMatch(text, /\u001b/);
});

test('an error of the database says nothing of the database', async (t) => {
  const own = await startServer();
  t.after(() => own.stop());
  const file = join(own.dataDir, 'sipmoved.db');
  await rename(file, `${file}.away`);
  const answer = await own.post('/v1/domains', { name: 'gone.example' });
  const ready = await own.get('/readyz', { token: null });

  assert.equal(answer.status, 503);
  assert.equal(answer.body.code, 'UNAVAILABLE');
  assert.doesNotMatch(answer.text, /sqlite|sipmoved\.db|\/tmp|insert|errno/i);
  assert.equal(ready.status, 503);
  assert.equal(ready.text, 'not ready\n');
  assert.equal((await own.get('/livez', { token: null })).status, 200);
  await rename(`${file}.away`, file);
  const again = await eventually(() => own.post('/v1/domains', { name: 'gone.example' }), ({ status }) => status === 201);
  assert.equal(again.body.name, 'gone.example');
});

test('moves are found by how their address begins', async () => {
  const ids = [];
  for (const user of ['+49301', '+49302', '+4931', '%2a21']) ids.push((await server.move(`sip:${user}@prefix.example`, 'sip:a@hotel.example.net')).id);
  const found = async (address) => (await server.get(`/v1/moves?sort=address&address=${encodeURIComponent(address)}`)).body.items.map((move) => move.id);

  assert.deepEqual(await found('sip:+4930*'), ids.slice(0, 2));
  assert.deepEqual(await found('sip:+49*'), ids.slice(0, 3));
  assert.deepEqual(await found('sip:+50*'), []);
  assert.deepEqual(await found('sip:*21@prefix.example'), [ids[3]]);
});

test('what is too long, too many or too deep is refused', async () => {
  const many = (count) => Array.from({ length: count }, (unused, i) => `p${i}=1`).join('&');
  const deep = (depth) => `{"note":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  const headers = Object.fromEntries(Array.from({ length: 70 }, (unused, i) => [`x-h${i}`, '1']));

  const moves = (await server.get('/v1/moves?count=exact')).body.total.count;
  assert.equal((await server.get(`/v1/moves?q=${'x'.repeat(4096)}`)).body.detail, 'The request target is too long.');
  assert.equal((await server.get(`/v1/moves?q=${'x'.repeat(3000)}`)).status, 200);
  assert.equal((await server.get(`/v1/moves?${many(51)}`)).body.detail, 'There are too many parameters.');
  assert.equal((await server.get('/v1/moves?q=a&q=b')).body.detail, 'A parameter is given twice.');
  assert.equal((await server.get('/v1/moves', { headers })).body.detail, 'There are too many header fields.');
  const large = await raw('GET', '/v1/moves', { 'x-large': 'x'.repeat(40000) });
  assert.equal(large.status, 431);
  assert.match(large.headers['content-type'] ?? 'text/html', /html/);
  assert.equal((await server.post('/v1/moves', deep(17))).status, 400);
  assert.equal((await server.post('/v1/moves', deep(10))).status, 422);
  const refused = await server.post('/v1/moves', made('sip:limits@example.com', { note: 'x'.repeat(4000), external_id: 'x'.repeat(4000),
    targets: Array.from({ length: 9 }, (unused, i) => ({ uri: `sip:t${i}@example.net` })) }));
  assert.equal(refused.status, 422);
  assert.deepEqual(refused.body.errors.map(({ pointer, code }) => `${pointer} ${code}`).sort(),
    ['/external_id TOO_LONG', '/note TOO_LONG', '/targets TOO_MANY']);
  assert.equal((await server.get('/v1/moves?count=exact')).body.total.count, moves);
});

test('a page has at most 1,000 items, however many are asked for', async () => {
  const rows = Array.from({ length: 1001 }, (unused, i) => `sip:page${i}@page.example,sip:a@hotel.example.net`);
  const done = await server.request('POST', '/v1/move-imports', `address,target_1\n${rows.join('\n')}`, { type: 'text/csv' });
  assert.equal(done.status, 201, done.text);
  const { body } = await server.get('/v1/moves?limit=100000');
  assert.equal(body.items.length, 1000);
  assert.notEqual(body.next_cursor, null);
  assert.equal((await server.get('/v1/moves?limit=0')).status, 400);
});
