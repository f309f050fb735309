// kill -9 at random moments during writes: what was acknowledged is there after
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
