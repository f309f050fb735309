// A policy held against the calls that came, before it is saved.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually, startServer } from './lib/server.mjs';
import { Caller } from './lib/sip.mjs';

const POLICY = '/v1/extension-policy';
const REPLAYS = `${POLICY}/replays`;
const ALICE = 'sip:alice@example.com';
const BOB = 'sip:bob@other.example';

let server;
let caller;
const calls = [];

async function call(address, headers, options) {
  const { status, callId } = await caller.call(address, { headers, ...options });
  calls.push({ status, callId });
  return status;
}

function replay(proposed, members = {}) {
  return server.post(REPLAYS, { proposed, ...members });
}

before(async () => {
  server = await startServer();
  caller = await Caller.open(server.sipPort, '127.0.0.9');
  await server.move(ALICE, 'sip:alice@hotel.example.net');
  await server.move(BOB, 'sip:bob@hotel.example.net');
  // Standard: foo and sec-agree are refused, 100rel and timer are not.
  await call(ALICE, ['Require: 100rel', 'User-Agent: Phone/1']);
  await call(ALICE, ['Require: 100rel, Timer', 'User-Agent: Phone/1']);
  await call(BOB, ['Require: 100rel', 'User-Agent: Desk/2']);
  await call(ALICE, ['Require: foo, 100rel', 'User-Agent: Odd/3']);
  await call(ALICE, ['Proxy-Require: bar', 'User-Agent: Odd/3']);
  await call(ALICE, ['User-Agent: Phone/1']);
  await call('sip:nobody@example.com', ['Require: foo']);
  await call(ALICE, ['Require: timer'], { method: 'OPTIONS' });
  await eventually(() => server.get('/v1/redirect-logs?limit=1000'),
    ({ body }) => body.items.length === calls.length);
});

after(async () => {
  caller?.close();
  await server?.stop();
});

test('what is in force would change nothing', async () => {
  const { status, body } = await replay({ preset: 'standard' });

  assert.equal(status, 200);
  assert.equal(body.complete, true);
  assert.deepEqual(body.calls, { looked_at: 8, with_tags: 6, would_be_refused: 0, would_pass: 0, unchanged: 8 });
  assert.deepEqual([body.user_agents, body.tags, body.networks], [[], [], []]);
});

test('a stricter policy names the calls that it would have refused, and whose they were', async () => {
  const { body } = await replay({ preset: 'refuse-all' });
  const group = (name, value, count) => ({ [name]: value, would_be_refused: count, would_pass: 0 });
  const plain = (list) => list.map(({ example, ...rest }) => rest);

  assert.deepEqual(body.calls, { looked_at: 8, with_tags: 6, would_be_refused: 4, would_pass: 0, unchanged: 4 });
  assert.deepEqual(plain(body.user_agents), [
    group('user_agent', 'Phone/1', 2), group('user_agent', null, 1), group('user_agent', 'Desk/2', 1),
  ]);
  assert.deepEqual(plain(body.tags), [group('tag', '100rel', 3), group('tag', 'timer', 2)]);
  assert.deepEqual(plain(body.networks), [group('network', '127.0.0.0/24', 4)]);
  assert.equal(body.summary, 'This policy would have refused 4 of 8 calls that were let through, and let through 0 that were refused.');
  assert.equal(body.examples.would_be_refused.length, 4);
  const example = await server.get(`/v1/redirect-logs/${body.user_agents[2].example}`);
  assert.equal(example.body.address, BOB);
});

test('a laxer policy names the calls that it would have let through', async () => {
  const { body } = await replay({ preset: 'transparent' });

  assert.deepEqual(body.calls, { looked_at: 8, with_tags: 6, would_be_refused: 0, would_pass: 2, unchanged: 6 });
  assert.deepEqual(body.tags.map(({ tag, would_pass }) => [tag, would_pass]), [['bar', 1], ['foo', 1]]);
  assert.deepEqual(body.user_agents.map(({ user_agent }) => user_agent), ['Odd/3']);
});

test('rules are held against domain, header and method as they are for calls', async () => {
  const rule = (members) => ({ tag: '*', action: 'ignore', ...members });
  const rows = [
    [[rule({}), { tag: '100rel', action: 'reject', domain: 'other.example' }], 1, 2],
    [[rule({}), { tag: 'timer', action: 'reject', method: 'OPTIONS' }], 1, 2],
    [[rule({}), { tag: 'timer', action: 'reject', header: 'proxy-require' }], 0, 2],
    [[rule({}), { tag: 'bar', action: 'reject', header: 'proxy-require' }], 0, 1],
    [[rule({}), { tag: 'foo', action: 'reject', enabled: false }], 0, 2],
    [[], 4, 0],
  ];

  for (const [rules, refused, passed] of rows) {
    const { body } = await replay({ rules });
    assert.deepEqual([body.calls.would_be_refused, body.calls.would_pass], [refused, passed], JSON.stringify(rules));
  }
});

test('an older version is held against calls, too', async () => {
  await server.put(POLICY, { preset: 'refuse-all' });
  const [{ number }] = (await server.get(`${POLICY}/versions?limit=1`)).body.items;
  await server.put(POLICY, { preset: 'standard' });

  assert.equal((await replay({ version: number })).body.calls.would_be_refused, 4);
  const missing = await replay({ version: 999999 });
  assert.equal(missing.status, 422);
  assert.equal(missing.body.errors[0].pointer, '/proposed/version');
});

test('only calls of the time that was asked for count', async () => {
  const { body } = await replay({ preset: 'refuse-all' }, { from: '2001-01-01T00:00:00Z', until: '2002-01-01T00:00:00Z' });

  assert.equal(body.calls.looked_at, 0);
  assert.equal(body.complete, true);
  assert.equal(body.from, '2001-01-01T00:00:00.000Z');
});

test('a replay that is cut short says how far it got', async () => {
  const { body } = await replay({ preset: 'refuse-all' }, { limit: 3 });
  const whole = await replay({ preset: 'refuse-all' }, { limit: 8 });

  assert.equal(body.complete, false);
  assert.equal(body.calls.looked_at, 3);
  assert.ok(Date.parse(body.looked_back_to) > Date.parse(body.from));
  assert.equal(whole.body.complete, true);
});

test('every fault of a replay is told at once', async () => {
  const answer = await server.post(REPLAYS, {
    from: 'yesterday', until: '2030-01-01', limit: 0, colour: 'red',
    proposed: { rules: [{ tag: 'b c', action: 'reject' }], zzz: 1 },
  });

  assert.equal(answer.status, 422);
  assert.deepEqual(answer.body.errors.map((fault) => fault.pointer).sort(),
    ['/colour', '/from', '/limit', '/proposed/rules/0/tag', '/proposed/zzz', '/until'].sort());
  for (const [proposed, pointer] of [[undefined, '/proposed'], [{}, '/proposed'], [7, '/proposed'],
    [{ preset: 'x' }, '/proposed/preset'], [{ preset: 'standard', version: 1 }, '/proposed/version']]) {
    const { status, body } = await server.post(REPLAYS, { proposed });
    assert.equal(status, 422);
    assert.equal(body.errors[0].pointer, pointer);
  }
});

test('who may not read the log may not have calls told by a replay', async () => {
  const { body } = await server.post('/v1/tokens', { name: 'policy alone', scopes: ['policy:read'] });
  const answer = await server.post(REPLAYS, { proposed: { preset: 'standard' } }, { token: body.token });

  assert.equal(answer.status, 403);
  assert.match(answer.body.detail, /logs:read/);
});
