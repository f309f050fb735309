// Memory runs out at each place of a request, one after the other: the client gets a problem that tells nothing of the
// inside, nothing is half done, and the server goes on.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startServer } from './lib/server.mjs';

const SOURCE = new URL('../preload/failing_malloc.c', import.meta.url).pathname;
const skip = /san$/.test(process.env.SIPMOVED_MODE ?? '') ? 'a sanitizer has an allocator of its own' : false;
const PLACES_MAX = 3000;
const MOVE = { address: 'sip:alice@example.com', targets: [{ uri: 'sip:alice@hotel.example.net' }], note: 'kept' };

// For want of memory a field may be left out (api/http_answer.c), so these answers are judged here alone.
delete process.env.SIPMOVED_REPLIES;

let folder;
let control;
let server;
let move;

before(async () => {
  if (skip) return;
  folder = await mkdtemp(join(tmpdir(), 'sipmoved-memory-'));
  const library = join(folder, 'failing_malloc.so');
  execFileSync('cc', ['-O1', '-shared', '-fPIC', '-o', library, SOURCE]);
  control = await open(join(folder, 'control'), 'w+');
  await allow();
  server = await startServer({ env: { LD_PRELOAD: library, FAILING_MALLOC: join(folder, 'control') } });
  move = await server.move(MOVE.address, MOVE.targets[0].uri, { note: MOVE.note });
});

after(async () => {
  await control?.close();
  await server?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

async function write(after_, thread) {
  const bytes = Buffer.alloc(24);
  bytes.writeInt32LE(after_, 0);
  bytes.write(thread, 8);
  await control.write(bytes, 0, bytes.length, 0);
}

function allow() { return write(-1, ''); }

// Fails the allocation of that thread which `count` others come before. False: there were not as many.
async function failAfter(count, thread, ask) {
  await write(count, thread);
  // Where there is no memory for an answer, the connection ends.
  const answer = await ask().catch((error) => error);
  const { buffer } = await control.read(Buffer.alloc(8), 0, 8, 0);
  await allow();
  return { answer, failed: buffer.readInt32LE(4) > 0 };
}

const REQUESTS = {
  'a list': () => server.get('/v1/moves?q=kept&count=exact'),
  'a move that is made': () => server.post('/v1/moves?on_conflict=replace&dry_run=true', MOVE,
    { headers: { 'idempotency-key': `key-${Math.random()}` } }),
  'a move that is changed': () => server.patch(`/v1/moves/${move.id}`, { note: `kept ${Math.random()}` }),
  'an import': () => server.post('/v1/move-imports?dry_run=true&on_conflict=replace', [MOVE]),
  'a lookup': () => server.post('/v1/redirect-lookups', { address: MOVE.address }),
  'a document with faults': () => server.post('/v1/moves', { adress: 1, targets: [{ uri: 2 }] }),
  'the audit': () => server.get('/v1/audit-events?limit=3'),
};

for (const [name, ask] of Object.entries(REQUESTS))
  for (const thread of ['http', 'store'])
    test(`${name} without memory on the thread ${thread} is a problem, and no more`, { skip }, async (t) => {
      const usual = (await ask()).status;
      const seen = { answered: 0, refused: 0, ended: 0 };
      for (let count = 0, failed = true; failed; count += 1) {
        assert.ok(count < PLACES_MAX, 'the request never ends');
        const result = await failAfter(count, thread, ask);
        const { answer } = result;
        failed = result.failed;
        if (answer instanceof Error) seen.ended += 1;
        else if (answer.status === usual) seen.answered += 1;
        else {
          seen.refused += 1;
          assert.ok([500, 503].includes(answer.status), `${count}: ${answer.status} ${answer.text}`);
          assert.equal(answer.headers['content-type'], 'application/problem+json');
          assert.ok(['INTERNAL', 'UNAVAILABLE'].includes(answer.body.code), answer.text);
          assert.doesNotMatch(answer.text, /sqlite|malloc|errno|\.db|\.c\b|\/tmp|0x|insert|select/i);
        }
      }
      t.diagnostic(JSON.stringify(seen));
      assert.equal((await ask()).status, usual);
      assert.equal((await server.get('/livez', { token: null })).status, 200);
      assert.equal(server.child.exitCode, null);
    });

test('what could not be done for want of memory was not done by half', { skip }, async () => {
  const { body } = await server.get('/v1/moves');

  assert.equal(body.items.length, 1);
  assert.equal(body.items[0].id, move.id);
  assert.match(body.items[0].note, /^kept /);
  assert.equal((await server.get('/readyz', { token: null })).status, 200);
});
