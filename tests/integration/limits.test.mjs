// How often a caller may ask: buckets by token, by address and by kind of request.
import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createToken, startServer } from './lib/server.mjs';

const CONFIG = `[http]
limit_loopback = yes
reads_per_minute = 40
writes_per_minute = 3
exports_per_minute = 2
logins_per_minute = 2
`;

let server;

before(async () => { server = await startServer({ config: CONFIG }); });

after(async () => { await server?.stop(); });

async function locally(path) {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ socketPath: join(server.dataDir, 'sipmoved.sock'), path }, (response) => {
      response.resume();
      response.on('end', () => resolve(response));
    });
    request.on('error', reject);
    request.end();
  });
}

test('writes beyond the limit are 429 and say when to come back', async () => {
  const answers = [];
  for (let i = 0; i < 5; i++) answers.push(await server.post('/v1/domains', { name: `limit${i}.example` }));
  const refused = answers.at(-1);

  assert.deepEqual(answers.slice(0, 3).map((answer) => answer.status), [201, 201, 201]);
  assert.equal(answers[0].headers['ratelimit-policy'], '"write";q=3;w=60');
  assert.match(answers[0].headers.ratelimit, /^"write";r=2;t=\d+$/);
  assert.equal(refused.status, 429);
  assert.equal(refused.body.type, '/docs/problems/quota-exceeded');
  assert.equal(refused.body.code, 'QUOTA_EXCEEDED');
  assert.deepEqual(refused.body['violated-policies'], ['write']);
  const wait = Number(refused.headers['retry-after']);
  assert.ok(wait >= 1 && wait <= 20, refused.headers['retry-after']);
  assert.match(refused.headers.ratelimit, /^"write";r=0;t=\d+$/);
});

test('one who writes too much may still read, and so may others', async () => {
  const answer = await server.get('/v1/moves');

  assert.equal(answer.status, 200);
  assert.equal(answer.headers['ratelimit-policy'], '"read";q=40;w=60');
});

test('another token from the same address shares that address\'s bucket', async () => {
  const token = await createToken(server.dataDir, 'second', 'admin');
  const answer = await server.post('/v1/domains', { name: 'second.example' }, { token });

  assert.equal(answer.status, 429);
});

test('exports have a limit of their own', async () => {
  const statuses = [];
  for (let i = 0; i < 4; i++) statuses.push((await server.get('/v1/moves', { headers: { accept: 'application/json, text/csv' } })).status);

  assert.deepEqual(statuses.slice(-2), [429, 429]);
  assert.equal((await server.get('/v1/moves')).status, 200);
});

test('the local socket, health and problem pages are free', async () => {
  for (let i = 0; i < 60; i++) {
    assert.equal((await server.get('/livez', { token: null })).status, 200);
    const local = await locally('/v1/moves');
    assert.equal(local.statusCode, 200);
    assert.equal(local.headers.ratelimit, undefined);
  }
});

test('guessing tokens is limited by the address it comes from', async () => {
  const statuses = new Set();
  for (let i = 0; i < 60; i++) statuses.add((await server.get('/v1/moves', { token: `smv_guess${i}` })).status);

  assert.deepEqual([...statuses].sort(), [401, 429]);
});

test('loopback is free unless it is said otherwise', async (t) => {
  const free = await startServer({ config: '[http]\nreads_per_minute = 1\n' });
  t.after(() => free.stop());

  for (let i = 0; i < 5; i++) {
    const answer = await free.get('/v1/moves');
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.ratelimit, undefined);
  }
});

test('webhooks that come in beyond the limit are 429 and say when to come back, to that sender alone', async () => {
  const send = (from) => server.post('/hooks/nothing-is-here', {}, { token: null, from });
  const answers = [];
  for (let i = 0; i < 4; i += 1) answers.push(await send('127.0.0.9'));
  const refused = answers.at(-1);

  assert.deepEqual(answers.map(({ status }) => status), [404, 404, 404, 429]);
  assert.deepEqual([refused.body.code, refused.body['violated-policies']], ['QUOTA_EXCEEDED', ['write']]);
  assert.ok(Number(refused.headers['retry-after']) >= 1);
  assert.equal((await send('127.0.0.10')).status, 404);
});
