// kill -9 at random moments during writes: what was acknowledged, or stored, is there after
// the restart, in the API and in the next call. KILL_ROUNDS says how often.
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startServer } from './lib/server.mjs';
import { Caller, contacts } from './lib/sip.mjs';

const ROUNDS = Number(process.env.KILL_ROUNDS ?? 5);
const WRITERS = 4;
// A little generator of our own, so that a failing run can be repeated.
const SEED = Number(process.env.KILL_SEED ?? Date.now() % 1000000);

function randomOf(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

// Writes moves until the server is gone; keeps what got a 2xx.
async function writeUntilGone(server, round, writer, acknowledged) {
  for (let i = 0; ; i += 1) {
    const user = `r${round}w${writer}n${i}`;
    const target = `sip:${user}@target.example.net`;
    try {
      const answer = await server.post('/v1/moves', {
        address: `sip:${user}@example.com`, targets: [{ uri: target }],
      });
      if (answer.status !== 201) throw new Error(`answered ${answer.status}`);
      acknowledged.set(answer.body.id, { user, target });
    } catch {
      return;
    }
  }
}

test(`${ROUNDS} kills lose no acknowledged move (seed ${SEED})`, async (t) => {
  const random = randomOf(SEED);
  const acknowledged = new Map();
  let server = await startServer();
  const { dataDir, token } = server;
  t.after(async () => {
    await server.halt('SIGKILL');
    await rm(dataDir, { recursive: true, force: true });
  });

  for (let round = 0; round < ROUNDS; round += 1) {
    const writers = Array.from({ length: WRITERS },
      (_, writer) => writeUntilGone(server, round, writer, acknowledged));
    await delay(20 + random() * 300);
    await server.halt('SIGKILL');
    await Promise.all(writers);
    server = await startServer({ dataDir, token });
  }

  const found = new Set();
  let path = '/v1/moves?limit=1000';
  while (path) {
    const { body } = await server.get(path);
    body.items.forEach((move) => found.add(move.id));
    path = body.next_cursor && `/v1/moves?limit=1000&cursor=${encodeURIComponent(body.next_cursor)}`;
  }
  assert.ok(acknowledged.size > 0);
  for (const id of acknowledged.keys()) assert.ok(found.has(id), `lost ${id}`);

  const caller = await Caller.open(server.sipPort);
  t.after(() => caller.close());
  for (const { user, target } of [...acknowledged.values()].slice(-50)) {
    const response = await caller.call(`sip:${user}@example.com`);
    assert.equal(response.status, 302);
    assert.deepEqual(contacts(response), [target]);
  }
});

test('a webhook that was stored when the server was killed is done once, whether it is sent again or not', async (t) => {
  let server = await startServer();
  const { dataDir, token } = server;
  t.after(async () => {
    await server.halt('SIGKILL');
    await rm(dataDir, { recursive: true, force: true });
  });
  await server.post('/v1/domains', { name: 'example.com' });
  const mapping = [{ to: 'external_id', from: '/id' }, { to: 'address', from: '/who' }, { to: 'target', default: 'sip:a@hotel.example.net' }];
  const { body: source } = await server.post('/v1/inbound-sources', { name: 'sender', kind: 'bearer', dedupe_pointer: '/id', mapping });
  const send = (id) => server.post(source.path, { id, who: `sip:${id}@example.com` }, { token: source.secret }).catch(() => undefined);
  const ids = Array.from({ length: 40 }, (_, i) => `e${i}`);
  const sent = ids.map(send);
  await Promise.any(sent);
  await server.halt('SIGKILL');
  const before = await Promise.all(sent);
  server = await startServer({ dataDir, token });
  const events = async () => (await server.get(`/v1/inbound-sources/${source.id}/events?limit=1000`)).body.items;
  const stored = await events();
  const made = async () => (await server.get('/v1/moves?limit=1000')).body.items.map(({ external_id: id }) => id).sort();

  assert.deepEqual(stored.filter(({ outcome }) => outcome !== 'applied'), []);
  assert.equal((await made()).length, stored.length);
  for (const [i, answer] of before.entries()) if (answer) assert.ok((await made()).includes(ids[i]), ids[i]);
  for (const answer of await Promise.all(ids.map(send))) assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(await made(), [...ids].sort());
});
