// What a machine does to a server: takes its database, its clock or its descriptors away. Calls go on, nothing is lost, and
// it is as before when the fault is over, without a restart.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { noClock, steppedServer } from './lib/clock.mjs';
import { eventually, startServer } from './lib/server.mjs';
import { Caller, contacts } from './lib/sip.mjs';

const run = promisify(execFile);
const HOTEL = 'sip:alice@hotel.example.net';

async function started(t, options) {
  const server = await startServer(options);
  t.after(() => server.stop());
  return server;
}

async function callerOf(t, server) {
  const caller = await Caller.open(server.sipPort);
  t.after(() => caller.close());
  return caller;
}

async function assertMoved(caller, target = HOTEL) {
  const answer = await caller.call('sip:alice@example.com');
  assert.equal(answer.status, 302);
  assert.deepEqual(contacts(answer), [target]);
}

test('with its database file taken away calls go on, readyz says so, no change is taken, and all is well when it is back', async (t) => {
  const server = await started(t);
  const caller = await callerOf(t, server);
  const file = join(server.dataDir, 'sipmoved.db');
  await server.move('sip:alice@example.com', HOTEL);

  await rename(file, `${file}.away`);
  const refused = await server.post('/v1/moves', { address: 'sip:bob@example.com', targets: [{ uri: HOTEL }] });
  assert.ok(refused.status === 503 || refused.status === 500, `answered ${refused.status}`);
  assert.match(refused.headers['content-type'], /problem\+json/);
  const ready = await server.get('/readyz?verbose');
  assert.equal(ready.status, 503);
  assert.match(ready.text, /\[-\]/);
  assert.equal((await server.get('/livez', { token: null })).status, 200);
  await assertMoved(caller);

  await rename(`${file}.away`, file);
  await eventually(() => server.get('/readyz', { token: null }), ({ status }) => status === 200);
  await server.move('sip:bob@example.com', HOTEL);
  assert.equal((await caller.call('sip:bob@example.com')).status, 302);
});

test('a clock that steps an hour, ahead and back, moves what is scheduled and disturbs no transaction', { skip: noClock }, async (t) => {
  const { server, stepTo } = await steppedServer(t);
  const caller = await callerOf(t, server);
  const at = (minutes) => new Date(Date.now() + minutes * 60000).toISOString();
  await server.move('sip:alice@example.com', HOTEL, { ends_at: at(30) });
  await server.move('sip:alice@example.com', 'sip:alice@beach.example.net', { starts_at: at(30), ends_at: at(90) });

  const parts = { uri: 'sip:alice@example.com', branch: 'z9hG4bKstepped', callId: 'stepped', fromTag: 'f' };
  const answers = [];
  caller.socket.on('message', (data) => { if (/z9hG4bKstepped/.test(data)) answers.push(data.toString()); });
  // An hour ago it was not there yet.
  for (const [seconds, target] of [[0, HOTEL], [3600, 'sip:alice@beach.example.net'], [-3600, undefined], [0, HOTEL]]) {
    await stepTo(seconds);
    await eventually(() => caller.call('sip:alice@example.com'), (answer) => contacts(answer)[0] === target);
    const seen = answers.length;
    caller.sendRaw(caller.compose(parts));
    await eventually(() => answers.length, (count) => count > seen);
  }
  assert.deepEqual(new Set(answers).size, 1);
  await assertMoved(caller);
});

test('without descriptors the API waits and calls are answered; with them it answers again', async (t) => {
  const server = await started(t);
  const caller = await callerOf(t, server);
  await server.move('sip:alice@example.com', HOTEL);
  const limit = (number) => run('prlimit', ['--pid', String(server.child.pid), `--nofile=${number}`]);
  const open = (await readdir(`/proc/${server.child.pid}/fd`)).length;

  await limit(`${open}:`);
  server.agent.destroy();
  const waiting = server.get('/v1/moves').catch((error) => error);
  await assertMoved(caller);
  await limit('1024:');
  await waiting;
  await eventually(() => server.get('/v1/moves').catch(() => ({})), ({ status }) => status === 200);
  assert.equal((await server.get('/v1/moves')).body.items.length, 1);
});

test('changes that are published as fast as can be leave no call without its answer', async (t) => {
  const server = await started(t);
  const caller = await callerOf(t, server);
  const move = await server.move('sip:alice@example.com', HOTEL);
  let isOver = false;
  let changes = 0;
  const writers = Array.from({ length: 8 }, async (_, writer) => {
    for (let i = 0; !isOver; i += 1) {
      const answer = await server.patch(`/v1/moves/${move.id}`, { note: `writer ${writer}, change ${i}` });
      assert.equal(answer.status, 200);
      changes += 1;
    }
  });
  for (let i = 0; i < 500 || changes < 100; i += 1) await assertMoved(caller);
  isOver = true;
  await Promise.all(writers);
});
