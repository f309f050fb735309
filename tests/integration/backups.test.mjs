// Backups are made while everything goes on, are checked before they are called so, and bring back exactly the
// state that they say they hold.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually, runProgram, startServer } from './lib/server.mjs';
import { Caller, contacts } from './lib/sip.mjs';

let server;
let folder;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sipmoved-backups-'));
  server = await startServer();
  await server.move('sip:alice@example.com', 'sip:alice@hotel.example.net');
});

after(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function madeBackup(at = server, body = {}) {
  const answer = await at.post('/v1/backups', body);
  assert.equal(answer.status, 201, answer.text);
  return answer;
}

const fileOf = (at, id, suffix = 'db') => join(at.dataDir, 'backups', `${id}.${suffix}`);

async function allMoves(at) {
  const moves = [];
  for (let path = '/v1/moves?limit=1000'; path;) {
    const { body } = await at.get(path);
    moves.push(...body.items);
    path = body.next_cursor && `/v1/moves?limit=1000&cursor=${encodeURIComponent(body.next_cursor)}`;
  }
  return moves;
}

async function restore(file, dataDir, ...more) {
  return runProgram(['restore', '--data-dir', dataDir, ...more, file]);
}

async function newFolder(name) {
  const path = join(folder, name);
  await rm(path, { recursive: true, force: true });
  return path;
}

test('a backup is made, listed, downloaded and deleted', async () => {
  const made = await madeBackup(server, { note: 'before the upgrade' });
  const { body: backup } = made;
  assert.equal(made.headers.location, `/v1/backups/${backup.id}`);
  assert.equal(backup.note, 'before the upgrade');
  assert.equal(backup.created_by, 'test');
  assert.equal(backup.scheduled, false);
  assert.deepEqual((await server.get(made.headers.location)).body, backup);
  assert.equal((await server.get(made.headers.location, { headers: { 'if-none-match': made.headers.etag } })).status, 304);
  const other = await madeBackup();
  const { body: first } = await server.get('/v1/backups?limit=1');
  assert.equal(first.items[0].id, other.body.id);
  const { body: second } = await server.get(`/v1/backups?limit=1&cursor=${encodeURIComponent(first.next_cursor)}`);
  assert.deepEqual(second.items, [backup]);
  await server.delete(other.headers.location);

  // Its manifest says what the API says.
  assert.deepEqual(JSON.parse(await readFile(fileOf(server, backup.id, 'json'), 'utf8')), backup);
  const bytes = await readFile(fileOf(server, backup.id));
  assert.equal(bytes.length, backup.size_bytes);
  assert.equal(createHash('sha256').update(bytes).digest('hex'), backup.sha256);
  const content = await server.get(`${made.headers.location}/content`);
  assert.equal(content.status, 200);
  assert.equal(content.headers['content-type'], 'application/vnd.sqlite3');
  assert.equal(content.headers['repr-digest'], `sha-256=:${Buffer.from(backup.sha256, 'hex').toString('base64')}:`);

  assert.equal((await server.delete(made.headers.location, { headers: { 'if-match': '"r1"' } })).status, 412);
  assert.equal((await server.delete(`${made.headers.location}?dry_run=true`)).status, 204);
  assert.equal((await server.get(made.headers.location)).status, 200);
  assert.equal((await server.delete(made.headers.location, { headers: { 'if-match': made.headers.etag } })).status, 204);
  assert.equal((await server.get(made.headers.location)).status, 404);
  assert.equal((await server.get(`${made.headers.location}/content`)).status, 404);
  assert.equal((await server.delete(made.headers.location)).status, 404);
  assert.equal(existsSync(fileOf(server, backup.id)), false);
  assert.equal((await server.post('/v1/backups', { zzz: 1, note: 7 })).body.errors.length, 2);
});

test('a POST that is sent again under its key gets the first one\'s answer', async () => {
  const options = { headers: { 'idempotency-key': 'a-backup-please' } };
  const first = await server.post('/v1/backups', {}, options);
  assert.equal(first.status, 201, first.text);
  const again = await server.post('/v1/backups', {}, options);
  assert.equal(again.status, 201, again.text);
  assert.deepEqual(again.body, first.body);
  assert.equal(again.headers['idempotent-replayed'], 'true');
  const { body } = await server.get('/v1/backups');
  for (const { id } of body.items) await server.delete(`/v1/backups/${id}`);
});

test('the figures tell how old the newest backup is, and how many there are', async () => {
  const made = await madeBackup();
  const { text } = await server.get('/metrics');
  assert.match(text, /^sipmoved_backups 1$/m);
  assert.match(text, /^sipmoved_backup_age_seconds \d/m);
  assert.match(text, /^sipmoved_backup_failures_total 0$/m);
  assert.match(text, /^sipmoved_database_sound 1$/m);
  assert.match(text, /^sipmoved_disk_free_bytes [1-9]/m);
  assert.match((await server.get('/readyz?verbose')).text, /^\[\+\]integrity ok$/m);
  await server.delete(made.headers.location);
});

// The answers of every writer, in the order of their revisions, are the history.
async function writeUntil(at, writer, done, history) {
  for (let i = 0; !done.value; i += 1) {
    const made = await at.post('/v1/moves', {
      address: `sip:w${writer}n${i}@example.com`, targets: [{ uri: `sip:w${writer}n${i}@target.example.net` }],
    });
    assert.equal(made.status, 201, made.text);
    history.push({ revision: Number(made.body.revision), id: made.body.id, exists: true, move: made.body });
    if (i % 3 !== 0) continue;
    const ended = await at.delete(`/v1/moves/${made.body.id}`);
    assert.equal(ended.status, 200, ended.text);
    history.push({ revision: Number(ended.body.revision), id: made.body.id, move: ended.body });
  }
}

const essence = ({ id, address, targets, ends_at, note, revision }) => ({ id, address, targets, ends_at, note, revision });

test('a backup taken under load brings back exactly the state of its revision', async (t) => {
  const busy = await startServer();
  t.after(() => busy.stop());
  // Enough that a copy takes many steps.
  const rows = Array.from({ length: 2000 }, (_, i) => JSON.stringify({ address: `sip:many${i}@example.com`, targets: [{ uri: 'sip:many@hotel.example.net' }] }));
  const imported = await busy.post('/v1/move-imports', rows.join('\n'), { type: 'application/x-ndjson' });
  assert.equal(imported.status, 201, imported.text.slice(0, 300));
  const first = await allMoves(busy);
  assert.equal(first.length, rows.length);
  const history = [];
  const done = { value: false };
  const writers = [1, 2, 3, 4].map((writer) => writeUntil(busy, writer, done, history));
  await eventually(async () => history.length, (count) => count > 100);
  const made = await madeBackup(busy);
  const count = history.length;
  await eventually(async () => history.length, (more) => more > count + 20);
  done.value = true;
  await Promise.all(writers);

  const expected = new Map(first.map((move) => [move.id, essence(move)]));
  for (const { revision, id, move } of history.sort((a, b) => a.revision - b.revision))
    if (revision <= Number(made.body.revision)) expected.set(id, essence(move));
  assert.ok(expected.size > first.length);
  assert.ok(history.some(({ revision }) => revision > Number(made.body.revision)));

  const dataDir = await newFolder('under-load');
  const result = await restore(fileOf(busy, made.body.id), dataDir);
  assert.equal(result.code, 0, result.stderr);
  assert.match(result.stdout, new RegExp(`restored ${made.body.id} of .*revision ${made.body.revision}\n`));
  const restored = await startServer({ dataDir, token: busy.token });
  t.after(() => restored.stop());
  const found = new Map((await allMoves(restored)).map((move) => [move.id, essence(move)]));
  assert.deepEqual(new Map([...found].sort()), new Map([...expected].sort()));

  // And calls are answered by it.
  const caller = await Caller.open(restored.sipPort);
  t.after(() => caller.close());
  const open = [...expected.values()].find((move) => move.ends_at === null);
  assert.deepEqual(contacts(await caller.call(open.address)), [open.targets[0].uri]);
});

test('who follows the changes is told that a restore made another history, and the old database is kept', async (t) => {
  const first = await startServer();
  const { dataDir, token } = first;
  t.after(() => rm(dataDir, { recursive: true, force: true }));
  await first.move('sip:kept@example.com', 'sip:kept@hotel.example.net');
  const made = await madeBackup(first);
  await first.move('sip:lost@example.com', 'sip:lost@hotel.example.net');
  const { body: before } = await first.get('/v1/moves');
  const names = (await readdir(dataDir)).sort();
  const bytes = await readFile(join(dataDir, 'sipmoved.db'));
  for (const more of [[], ['--force']]) {
    const running = await restore(fileOf(first, made.body.id), dataDir, ...more);
    assert.equal(running.code, 1);
    assert.equal(running.stdout, '');
    assert.equal(running.stderr, `sipmoved: a server runs on ${dataDir}: stop it, restore, and start it again\n`);
  }
  assert.deepEqual((await readdir(dataDir)).sort(), names);
  assert.deepEqual(await readFile(join(dataDir, 'sipmoved.db')), bytes);
  assert.deepEqual((await first.get('/v1/moves')).body, before);
  await first.halt('SIGKILL');

  const result = await restore(fileOf(first, made.body.id), dataDir);
  assert.equal(result.code, 0, result.stderr);
  const [, kept] = result.stdout.match(/is kept in (\S+)/);
  assert.ok(existsSync(join(kept, 'sipmoved.db')));
  const second = await startServer({ dataDir, token });
  t.after(() => second.halt());
  const { body: now } = await second.get('/v1/moves');
  assert.deepEqual(now.items.map((move) => move.address), ['sip:kept@example.com']);
  assert.notEqual(now.epoch, before.epoch);
  const watch = await second.get(`/v1/moves?since_revision=1&epoch=${before.epoch}`);
  assert.equal(watch.status, 410);
  assert.equal(watch.body.code, 'HISTORY_LOST');
  // Nothing of the restore is left but what was asked for, and what was there before can be put back.
  assert.deepEqual((await readdir(dataDir)).filter((name) => /restor/.test(name)), []);
  await second.halt();
  const back = await restore(join(kept, 'sipmoved.db'), dataDir);
  assert.equal(back.code, 1);
  assert.match(back.stderr, /no manifest.*--force/);
});

test('a file that is not there is what a restore tells of', async () => {
  const dataDir = await newFolder('missing');
  const answer = await restore(join(folder, 'missing.db'), dataDir);

  assert.equal(answer.code, 1);
  assert.match(answer.stderr, /missing\.db: the backup cannot be opened \(No such file or directory\)\n$/);
  assert.deepEqual((await readdir(dataDir)).filter((name) => /restor|sipmoved\.db/.test(name)), []);
});

test('a file that is damaged, of another manifest, newer, or no database is refused and changes nothing', async (t) => {
  const made = await madeBackup();
  const dataDir = await newFolder('refused');
  const file = join(folder, 'x.db');
  const manifest = join(folder, 'x.json');
  await copyFile(fileOf(server, made.body.id), file);
  await copyFile(fileOf(server, made.body.id, 'json'), manifest);
  assert.equal((await restore(file, dataDir)).code, 0);
  const target = await startServer({ dataDir, token: server.token });
  t.after(() => target.stop());
  await target.halt();
  const there = await readFile(join(dataDir, 'sipmoved.db'));
  const good = await readFile(file);

  const page = Buffer.from(good);
  page.fill(0xff, 4096 * 3, 4096 * 4);
  const newer = Buffer.from(good);
  newer.writeUInt32BE(9999, 60); // user_version
  for (const [bytes, more, why] of [
    [page, [], /not the one that its manifest describes/],
    [page, ['--force'], /not the one that its manifest describes/],
    [good.subarray(0, good.length - 4096), [], /not the one that its manifest describes/],
    [page, ['--force', 'alone'], /damaged/],
    [newer, ['--force', 'alone'], /newer program/],
    [Buffer.from('this is not a database\n'.repeat(1000)), ['--force', 'alone'], /damaged, or no database/],
    [Buffer.alloc(0), ['--force', 'alone'], /damaged, or no database/],
  ]) {
    await writeFile(file, bytes);
    const isAlone = more.includes('alone');
    if (isAlone) await rm(manifest, { force: true });
    const result = await restore(file, dataDir, ...more.slice(0, 1));
    assert.equal(result.code, 1, `${why}`);
    assert.match(result.stderr, why);
    assert.deepEqual(await readFile(join(dataDir, 'sipmoved.db')), there);
    assert.deepEqual((await readdir(dataDir)).filter((name) => /restor|replaced/.test(name)), []);
  }
  await writeFile(file, good);
  await writeFile(manifest, '{"id":"bak_../../etc/passwd"}');
  assert.match((await restore(file, dataDir)).stderr, /manifest cannot be read/);
  await rm(manifest);
  assert.match((await restore(file, dataDir)).stderr, /no manifest/);
  assert.equal((await restore(file, dataDir, '--force')).code, 0);
  assert.match((await restore(join(folder, 'nothing.db'), dataDir, '--force')).stderr, /cannot be opened/);
  await server.delete(made.headers.location);
});

test('the command line makes a backup with the server running and without', async (t) => {
  const own = await startServer();
  t.after(() => own.stop());
  await own.move('sip:cli@example.com', 'sip:cli@hotel.example.net');
  const online = await runProgram(['backup', '--data-dir', own.dataDir, '--note', 'by hand']);
  assert.equal(online.code, 0, online.stderr);
  assert.ok(existsSync(online.stdout.trim()));
  const { body: list } = await own.get('/v1/backups');
  assert.equal(list.items[0].note, 'by hand');
  const output = join(folder, 'cli.db');
  const fetched = await runProgram(['backup', '--data-dir', own.dataDir, '--output', output]);
  assert.equal(fetched.code, 0, fetched.stderr);
  assert.equal(fetched.stdout, `${output}\n`);
  assert.equal((await own.get('/v1/backups')).body.items.length, 1);
  await own.halt();
  for (const file of [output, join(folder, 'offline.db')]) {
    if (file !== output) {
      const offline = await runProgram(['backup', '--data-dir', own.dataDir, '--output', file]);
      assert.equal(offline.code, 0, offline.stderr);
      assert.equal(offline.stdout, `${file}\n`);
    }
    const dataDir = await newFolder('cli');
    const result = await restore(file, dataDir);
    assert.equal(result.code, 0, result.stderr);
    const restored = await startServer({ dataDir, token: own.token });
    assert.deepEqual((await allMoves(restored)).map((move) => move.address), ['sip:cli@example.com']);
    await restored.stop();
  }
  assert.equal((await runProgram(['backup', '--data-dir', join(folder, 'nobody')])).code, 1);
  assert.equal((await runProgram(['restore', '--data-dir', folder])).code, 2);
});

test('a kill while a backup is made leaves nothing that looks like one', async (t) => {
  let own = await startServer();
  const { dataDir, token } = own;
  t.after(async () => {
    await own.halt('SIGKILL');
    await rm(dataDir, { recursive: true, force: true });
  });
  for (let i = 0; i < 50; i += 1) await own.move(`sip:k${i}@example.com`, 'sip:k@hotel.example.net');
  for (let round = 0; round < 8; round += 1) {
    const asked = own.post('/v1/backups', {}).catch(() => undefined);
    await delay(round * 3);
    await own.halt('SIGKILL');
    await asked;
    own = await startServer({ dataDir, token });
    const { body } = await own.get('/v1/backups');
    const names = (await readdir(join(dataDir, 'backups'))).sort();
    // Each of them whole, with its manifest, and listed.
    assert.deepEqual(names, body.items.flatMap(({ id }) => [`${id}.db`, `${id}.json`]).sort());
    for (const { id, sha256 } of body.items)
      assert.equal(createHash('sha256').update(await readFile(fileOf(own, id))).digest('hex'), sha256);
  }
});

test('the schedule makes a backup when one is due, and keeps as many as it is told, and those that were asked for', async (t) => {
  const own = await startServer();
  const { dataDir, token } = own;
  t.after(() => rm(dataDir, { recursive: true, force: true }));
  const { body: backup } = await madeBackup(own);
  await own.halt();
  // Three of the schedule's, days old.
  const ids = ['bak_01J00000000000000000000001', 'bak_01J00000000000000000000002', 'bak_01J00000000000000000000003'];
  for (const id of ids) {
    await copyFile(fileOf(own, backup.id), fileOf(own, id));
    await writeFile(fileOf(own, id, 'json'), JSON.stringify({ ...backup, id, scheduled: true, created_at: '2024-01-01T00:00:00Z' }));
  }
  await writeFile(fileOf(own, backup.id, 'json'), JSON.stringify({ ...backup, created_at: '2024-01-02T00:00:00Z' }));
  const again = await startServer({ dataDir, token, config: '[backup]\nevery_hours = 1\nkeep = 2\n' });
  t.after(() => again.halt());
  const { body: list } = await eventually(() => again.get('/v1/backups'),
    ({ body }) => body.items.length === 3 && body.items.filter((item) => item.scheduled).length === 2);
  assert.equal(list.items[0].created_by, 'schedule');
  assert.deepEqual(list.items.map((item) => item.id), [list.items[0].id, backup.id, ids[2]]);
  assert.match((await again.get('/metrics')).text, /^sipmoved_backup_made_total 1$/m);
});

test('a start on a damaged database is refused and names the command that helps', async (t) => {
  const own = await startServer();
  const { dataDir, token } = own;
  t.after(() => rm(dataDir, { recursive: true, force: true }));
  for (let i = 0; i < 200; i += 1) await own.move(`sip:d${i}@example.com`, 'sip:d@hotel.example.net');
  const { body: backup } = await madeBackup(own);
  await own.halt();
  const file = join(dataDir, 'sipmoved.db');
  const bytes = await readFile(file);
  bytes.fill(0xff, 4096 * 2, bytes.length);
  await writeFile(file, bytes);
  await writeFile(join(dataDir, 'unclean'), '');
  await assert.rejects(startServer({ dataDir, token }), /exited with 1[\s\S]*sipmoved restore FILE/);
  const result = await restore(fileOf(own, backup.id), dataDir);
  assert.equal(result.code, 0, result.stderr);
  const again = await startServer({ dataDir, token });
  assert.equal((await allMoves(again)).length, 200);
  await again.halt();
});

test('damage that a backup finds is told, and the damaged copy is not kept', async (t) => {
  const own = await startServer();
  const { dataDir, token } = own;
  t.after(() => rm(dataDir, { recursive: true, force: true }));
  const { body: domain } = await own.post('/v1/domains', { name: 'audited.example' });
  await own.delete(`/v1/domains/${domain.id}`);
  await own.move('sip:well@example.com', 'sip:well@hotel.example.net');
  const { body: good } = await madeBackup(own);
  await own.halt();
  // The page of an index that has the id of what is gone: the audit's, which no start reads.
  const file = join(dataDir, 'sipmoved.db');
  const bytes = await readFile(file);
  const isLeafWithIt = (at) => bytes[at] === 0x0a && bytes.subarray(at, at + 4096).includes(domain.id);
  const at = Array.from({ length: bytes.length / 4096 }, (_, page) => page * 4096).find(isLeafWithIt);
  assert.ok(at > 0);
  bytes[at + 8] ^= 0xff; // where its first cell is
  await writeFile(file, bytes);

  const again = await startServer({ dataDir, token });
  t.after(() => again.halt());
  const refused = await again.post('/v1/backups', {});
  assert.equal(refused.status, 503, refused.text);
  assert.match(refused.body.detail, /damaged/);
  const ready = await again.get('/readyz?verbose');
  assert.equal(ready.status, 503);
  assert.match(ready.text, /^\[-\]integrity failed$/m);
  assert.match((await again.get('/metrics')).text, /^sipmoved_database_sound 0$/m);
  await eventually(async () => again.output.stderr, (text) => /event=database_damaged .*sipmoved restore FILE/.test(text));
  assert.deepEqual((await readdir(join(dataDir, 'backups'))).sort(), [`${good.id}.db`, `${good.id}.json`]);
  const caller = await Caller.open(again.sipPort);
  t.after(() => caller.close());
  assert.deepEqual(contacts(await caller.call('sip:well@example.com')), ['sip:well@hotel.example.net']);
});

test('a folder in which a restore was broken off is not served before it was run again', async (t) => {
  const made = await madeBackup();
  const dataDir = await newFolder('broken-off');
  t.after(() => server.delete(made.headers.location));
  await mkdir(dataDir);
  await writeFile(join(dataDir, 'restoring'), '');
  await assert.rejects(startServer({ dataDir, token: 'none' }), /restore was broken off/);
  assert.equal((await restore(fileOf(server, made.body.id), dataDir)).code, 0);
  const again = await startServer({ dataDir, token: server.token });
  assert.equal((await allMoves(again)).length, 1);
  await again.halt();
});
