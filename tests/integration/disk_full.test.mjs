// A disk that is really full, on a small file system of its own: calls are answered, moves can be ended, nothing that
// was acknowledged is lost, and all goes on by itself when there is room again. Needs the right to mount.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, statfs, writeFile } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { CalendarFeed, event } from './lib/calendar_feed.mjs';
import { eventually, startServer } from './lib/server.mjs';
import { Caller, contacts } from './lib/sip.mjs';

const MEBIBYTE = 1024 * 1024;

// A tmpfs; undefined: not permitted here.
async function mounted(t, size) {
  const folder = await mkdtemp(join(tmpdir(), 'sipmoved-full-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    await rm(folder, { recursive: true, force: true });
    return undefined;
  }
  t.after(async () => {
    execFileSync('umount', ['-l', folder]);
    await rm(folder, { recursive: true, force: true });
  });
  return folder;
}

async function freeBytes(folder) {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

// A file that leaves so much.
async function fill(folder, left) {
  const handle = await open(join(folder, 'filler'), 'a');
  const piece = Buffer.alloc(64 * 1024, 1);
  try {
    for (let free = await freeBytes(folder); free > left; free = await freeBytes(folder))
      await handle.write(piece.subarray(0, Math.min(piece.length, free - left)));
  } catch (error) {
    if (error.code !== 'ENOSPC') throw error;
  } finally {
    await handle.close();
  }
}

const MOUNT_MISSING = 'mounting a tmpfs is not permitted here';

test('on a full disk moves are ended and calls answered, and what makes new objects is refused until there is room', async (t) => {
  const folder = await mounted(t, '96m');
  if (!folder) return t.skip(MOUNT_MISSING);
  const dataDir = join(folder, 'data');
  const server = await startServer({ dataDir });
  t.after(() => server.halt());
  const caller = await Caller.open(server.sipPort);
  t.after(() => caller.close());
  const moves = [];
  for (let i = 0; i < 20; i += 1) moves.push(await server.move(`sip:f${i}@example.com`, 'sip:f@hotel.example.net'));
  await server.post('/v1/webhook-endpoints', { url: 'https://desk.example.net/hooks', events: ['node.*'], paused: true });
  const names = await readdir(dataDir);
  assert.ok(names.includes('ballast'), 'the ballast is there while there is room');

  await fill(folder, 0);
  const create = () => server.post('/v1/moves', { address: 'sip:more@example.com', targets: [{ uri: 'sip:m@hotel.example.net' }] });
  const refused = await eventually(create, ({ status }) => status !== 201);
  assert.equal(refused.status, 507, refused.text);
  assert.equal(refused.body.code, 'STORAGE_FULL');
  assert.equal((await readdir(dataDir)).includes('ballast'), false);
  // The ballast's room is taken away too, but for what the changes below need.
  await fill(folder, MEBIBYTE);

  for (const move of moves.slice(0, 10)) {
    const ended = await server.delete(`/v1/moves/${move.id}`);
    assert.equal(ended.status, 200, ended.text);
    assert.equal(ended.body.state, 'ended');
  }
  assert.equal((await caller.call('sip:f0@example.com')).status, 480);
  assert.deepEqual(contacts(await caller.call('sip:f19@example.com')), ['sip:f@hotel.example.net']);
  const ready = await server.get('/readyz?verbose');
  assert.equal(ready.status, 503);
  assert.match(ready.text, /^\[-\]disk failed$/m);
  assert.match((await server.get('/metrics')).text, /^sipmoved_disk_has_room 0$/m);
  const told = (type) => eventually(async () => (await server.get(`/v1/webhook-deliveries?type=${type}`)).body.items, ({ length }) => length > 0);
  const [degraded] = await told('node.degraded');

  await rm(join(folder, 'filler'));
  assert.equal((await eventually(create, ({ status }) => status !== 507, 20000)).status, 201);
  assert.equal((await readdir(dataDir)).includes('ballast'), true);
  assert.equal((await eventually(() => server.get('/readyz'), ({ status }) => status === 200, 20000)).status, 200);

  const [recovered] = await told('node.recovered');
  const failing = async ({ id }) => (await server.get(`/v1/webhook-deliveries/${id}`)).body.event.data.failing;
  assert.ok((await failing(degraded)).includes('disk'));
  assert.deepEqual(await failing(recovered), []);

  await server.halt('SIGKILL');
  const again = await startServer({ dataDir, token: server.token });
  t.after(() => again.halt());
  for (const [index, move] of moves.entries())
    assert.equal((await again.get(`/v1/moves/${move.id}`)).body.state, index < 10 ? 'ended' : 'active');
});

test('on a full disk a calendar ends and changes trips, and tells which it could not add', async (t) => {
  const folder = await mounted(t, '96m');
  if (!folder) return t.skip(MOUNT_MISSING);
  const feed = await CalendarFeed.open();
  t.after(() => feed.close());
  const dataDir = join(folder, 'data');
  await mkdir(dataDir, { mode: 0o700 });
  const server = await startServer({ dataDir, config: '[auth]\npassword_memory_kib = 19456\n[calendars]\nallow_http = yes\nallow_networks = 127.0.0.2\n' });
  t.after(() => server.halt());
  const trip = (uid, month) => event(uid, `DTSTART:2030${month}01T000000Z`, `DTEND:2030${month}05T000000Z`, 'LOCATION:sip:c@hotel.example.net', `SUMMARY:${uid}`);
  feed.serve('/full.ics', '"1"', trip('a@x', '07'), trip('b@x', '08'));
  const { cookie } = await server.logIn('full', { addresses: ['sip:full@example.com'] });
  const own = '/v1/me/calendar-subscriptions';
  const { body: made } = await server.post(own, { url: `${feed.origin}/full.ics` }, { cookie });
  const read = (before) => eventually(async () => (await server.get(`${own}/${made.id}`, { cookie })).body, ({ last_poll_at: at }) => at !== before);
  const first = await read(null);
  assert.equal(first.last_result.created, 2);

  await fill(folder, 0);
  await eventually(() => server.post('/v1/moves', { address: 'sip:more@example.com', targets: [{ uri: 'sip:m@hotel.example.net' }] }), ({ status }) => status === 507);
  await fill(folder, MEBIBYTE);
  feed.serve('/full.ics', '"2"', trip('b@x', '09'), trip('c@x', '10'));
  assert.equal((await server.post(`${own}/${made.id}/refresh`, {}, { cookie })).status, 200);
  const { last_error, next_poll_at, last_poll_at, last_result: { created, updated, cancelled, failed, errors } } = await read(first.last_poll_at);
  assert.deepEqual([last_error, created, updated, cancelled, failed], [null, 0, 1, 1, 1]);
  assert.deepEqual(errors.map(({ summary, code }) => [summary, code]), [['c@x', 'STORAGE_FULL']]);
  assert.equal(Date.parse(next_poll_at) - Date.parse(last_poll_at), 3600000);
});

test('a server starts on a full disk, and ends moves', async (t) => {
  const folder = await mounted(t, '96m');
  if (!folder) return t.skip(MOUNT_MISSING);
  const dataDir = join(folder, 'data');
  const first = await startServer({ dataDir });
  const move = await first.move('sip:s@example.com', 'sip:s@hotel.example.net');
  await first.halt();
  await fill(folder, 0);
  const second = await startServer({ dataDir, token: first.token });
  t.after(() => second.halt());
  const ended = await second.delete(`/v1/moves/${move.id}`);
  assert.equal(ended.status, 200, ended.text);
});

test('a backup for which there is no room is refused and leaves nothing, and the others stay', async (t) => {
  const folder = await mounted(t, '160m');
  if (!folder) return t.skip(MOUNT_MISSING);
  const dataDir = join(folder, 'data');
  const server = await startServer({ dataDir });
  t.after(() => server.halt());
  await server.move('sip:b@example.com', 'sip:b@hotel.example.net');
  const made = await server.post('/v1/backups', {});
  assert.equal(made.status, 201, made.text);
  await fill(folder, 32 * MEBIBYTE);
  const refused = await server.post('/v1/backups', {});
  assert.equal(refused.status, 507, refused.text);
  assert.match((await server.get('/metrics')).text, /^sipmoved_backup_failures_total 1$/m);
  assert.deepEqual((await readdir(join(dataDir, 'backups'))).sort(), [`${made.body.id}.db`, `${made.body.id}.json`]);
  await rm(join(folder, 'filler'));
  assert.equal((await server.post('/v1/backups', {})).status, 201);
});

test('a backup whose disk becomes full while it is made leaves nothing, and the server goes on', async (t) => {
  const folder = await mounted(t, '120m');
  if (!folder) return t.skip(MOUNT_MISSING);
  const server = await startServer({ config: `[backup]\ndir = ${folder}\n` });
  t.after(() => server.stop());
  const rows = Array.from({ length: 5000 }, (_, i) => JSON.stringify({ address: `sip:n${i}@example.com`, targets: [{ uri: 'sip:n@hotel.example.net' }] }));
  const imported = await server.post('/v1/move-imports', rows.join('\n'), { type: 'application/x-ndjson' });
  assert.equal(imported.status, 201, imported.text.slice(0, 300));
  let isOver = false;
  const asked = server.post('/v1/backups', {}).finally(() => { isOver = true; });
  // What the others on that disk do meanwhile.
  while (!isOver && !(await readdir(folder)).some((name) => name.endsWith('.partial'))) await new Promise(setImmediate);
  await writeFile(join(folder, 'filler'), Buffer.alloc(118 * MEBIBYTE)).catch(() => {});
  const answer = await asked;
  const names = (await readdir(folder)).filter((name) => name !== 'filler');
  if (answer.status === 201) { // it was faster
    assert.deepEqual(names.sort(), [`${answer.body.id}.db`, `${answer.body.id}.json`]);
  } else {
    assert.equal(answer.status, 507, answer.text);
    assert.deepEqual(names, []);
  }
  assert.equal((await server.move('sip:goes-on@example.com', 'sip:g@hotel.example.net')).state, 'active');
});
