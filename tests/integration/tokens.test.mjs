// Tokens: where they open the API from, when they were used, and a new secret.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, startServer } from './lib/server.mjs';

async function serverFor(t) {
  const server = await startServer();
  t.after(() => server.stop());
  return server;
}

test('a token that is given a new secret goes on with the old one for a day', async (t) => {
  const server = await serverFor(t);
  const made = (await server.post('/v1/tokens', { name: 'hr', role: 'service' })).body;
  const rotate = async () => (await server.post(`/v1/tokens/${made.id}/rotate`, {})).body;
  const opens = async (token) => (await server.get('/v1/moves', { token })).status;
  const dry = await server.post(`/v1/tokens/${made.id}/rotate?dry_run=true`, {});
  const second = await rotate();

  assert.equal(dry.body.token, undefined);
  assert.notEqual(second.token, made.token);
  assert.equal(second.id, made.id);
  assert.deepEqual([await opens(made.token), await opens(second.token)], [200, 200]);
  const third = await rotate();
  assert.deepEqual([await opens(made.token), await opens(second.token), await opens(third.token)], [401, 200, 200]);
  await server.delete(`/v1/tokens/${made.id}`);
  assert.deepEqual([await opens(second.token), await opens(third.token)], [401, 401]);
  assert.equal((await server.post(`/v1/tokens/${made.id}/rotate`, {})).status, 404);
});

test('nobody gets hold of a token that may do more', async (t) => {
  const server = await serverFor(t);
  const admin = (await server.post('/v1/tokens', { name: 'all', role: 'admin' })).body;
  const maker = (await server.post('/v1/tokens', { name: 'maker', scopes: ['tokens:admin'] })).body;

  assert.equal((await server.post(`/v1/tokens/${admin.id}/rotate`, {}, { token: maker.token })).status, 403);
});

test('a token opens the API from its networks alone', async (t) => {
  const server = await serverFor(t);
  const bad = await server.post('/v1/tokens', { name: 'x', role: 'service', networks: ['127.0.3.0/24', 'here', '10.0.0.1/8'] });
  const made = (await server.post('/v1/tokens', { name: 'y', role: 'service', networks: ['127.0.3.0/24', '2001:db8::1'] })).body;
  const from = async (address) => (await server.get('/v1/moves', { token: made.token, from: address })).status;

  assert.deepEqual(bad.body.errors.map((fault) => fault.pointer), ['/networks', '/networks']);
  assert.deepEqual(made.networks, ['127.0.3.0/24', '2001:db8::1/128']);
  assert.deepEqual([await from('127.0.3.7'), await from('127.0.4.7')], [200, 401]);
});

test('a token tells when it was last used', async (t) => {
  const server = await serverFor(t);
  const made = (await server.post('/v1/tokens', { name: 'hr', role: 'service' })).body;
  const before = Date.now();
  await server.get('/v1/moves', { token: made.token });
  const used = await eventually(async () => (await server.get('/v1/tokens?name=hr')).body.items[0].last_used_at, Boolean);

  assert.equal(made.last_used_at, null);
  assert.ok(Math.abs(Date.parse(used) - before) < 60e3);
});
