// The program as an operator meets it: verbs, signals, a second start.
import assert from 'node:assert/strict';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createToken, runProgram, startServer } from './lib/server.mjs';

async function folder(t) {
  const path = await mkdtemp(join(tmpdir(), 'sipmoved-'));
  t.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

test('a token made while the server is stopped opens the API later', async (t) => {
  const dataDir = await folder(t);
  const token = await createToken(dataDir, 'before', 'admin');
  assert.match(token, /^smv_[0-9A-Za-z]{8}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/);

  const server = await startServer({ dataDir, token });
  t.after(() => server.halt());
  assert.equal((await server.get('/v1/moves')).status, 200);
});

test('a token made while the server runs opens the API at once', async (t) => {
  const server = await startServer();
  t.after(() => server.stop());
  const token = await createToken(server.dataDir, 'while running', 'operator');

  assert.equal((await server.get('/v1/moves', { token })).status, 200);
  assert.equal((await server.post('/v1/domains', { name: 'example.com' }, { token })).status, 403);
});

test('only the token is printed on stdout, and bad wishes are told', async (t) => {
  const dataDir = await folder(t);
  const good = await runProgram(['token', 'create', '--data-dir', dataDir, '--name', 'a', '--role', 'admin']);
  assert.equal(good.stdout.trim().split('\n').length, 1);
  const again = await runProgram(['token', 'create', '--data-dir', dataDir, '--name', 'a', '--role', 'admin']);
  assert.equal(again.code, 1);
  assert.equal(again.stdout, '');
  assert.match(again.stderr, /a token named "a"/);
  const role = await runProgram(['token', 'create', '--data-dir', dataDir, '--name', 'b', '--role', 'king']);
  assert.equal(role.code, 1);
  assert.match(role.stderr, /"king" is no role/);
});

for (const running of [true, false]) {
  const way = running ? 'while the server runs' : 'while the server is stopped';
  test(`tokens are listed and revoked by name ${way}`, async (t) => {
    const server = await startServer();
    t.after(() => server.stop());
    const { dataDir } = server;
    const laptop = await createToken(dataDir, 'my laptop', 'operator');
    await createToken(dataDir, 'portal', 'service');
    if (!running) await server.halt();
    const token = (...args) => runProgram(['token', ...args, '--data-dir', dataDir]);

    const list = await token('list');
    assert.equal(list.code, 0, list.stderr);
    const rows = list.stdout.trim().split('\n').map((line) => line.split(/ {2,}/));
    assert.deepEqual(rows.map(([, state, role, , name]) => [state, role, name]), [
      ['STATE', 'ROLE', 'NAME'], ['active', 'operator', 'my laptop'], ['active', 'service', 'portal'],
      ['active', 'admin', 'test']]);
    assert.ok(laptop.startsWith(`smv_${rows[1][0]}_`));
    assert.ok(!list.stdout.includes(laptop.split('_')[2]));

    assert.equal((await token('revoke', '--name', 'my laptop')).code, 0);
    const again = await token('revoke', '--name', 'my laptop');
    assert.equal(again.code, 1);
    assert.match(again.stderr, /there is no token named "my laptop"/);
    const one = await token('list', '--name', 'my laptop');
    assert.match(one.stdout, /revoked {2}operator/);
    assert.equal(one.stdout.trim().split('\n').length, 2);
    const next = running ? server : await startServer({ dataDir, token: server.token });
    if (next !== server) t.after(() => next.halt());
    assert.equal((await next.get('/v1/moves', { token: laptop })).status, 401);
  });

  test(`a new token says on stderr when it expires ${way}`, async (t) => {
    const server = await startServer();
    t.after(() => server.stop());
    if (!running) await server.halt();
    const made = await runProgram(['token', 'create', '--data-dir', server.dataDir, '--name', 'a',
      '--role', 'admin', '--expires-in-days', '2']);
    const [, expires] = /expires at (\S+)/.exec(made.stderr);

    assert.equal(made.stdout.trim().split('\n').length, 1);
    assert.ok(Math.abs(Date.parse(expires) - Date.now() - 2 * 86400e3) < 60e3, made.stderr);
  });
}

test('every fault of a token is told while the server runs', async (t) => {
  const server = await startServer();
  t.after(() => server.stop());
  const bad = await runProgram(['token', 'create', '--data-dir', server.dataDir,
    '--name', 'n'.repeat(80), '--role', 'king']);

  assert.equal(bad.code, 1);
  assert.match(bad.stderr, /^sipmoved: name: must be at most 63 bytes long/m);
  assert.match(bad.stderr, /^sipmoved: role: must be admin, operator, helpdesk or service/m);
});

test('a token is not made in a folder that nobody named', async (t) => {
  const cwd = await folder(t);
  const made = await runProgram(['token', 'create', '--name', 'a', '--role', 'admin'], { cwd });
  const listed = await runProgram(['token', 'list', '--data-dir', join(cwd, 'data')]);

  for (const result of [made, listed]) {
    assert.equal(result.code, 1);
    assert.match(result.stderr, /no sipmoved data in .*data; name it with --data-dir, or start the server once/);
  }
  await assert.rejects(stat(join(cwd, 'data')));
});

test('tokens are listed and revoked over the API', async (t) => {
  const server = await startServer();
  t.after(() => server.stop());
  const made = await server.post('/v1/tokens', { name: 'portal', role: 'service' });
  const { items } = (await server.get('/v1/tokens?name=portal')).body;
  const dry = await server.delete(`/v1/tokens/${made.body.id}?dry_run=true`);
  const open = await server.get('/v1/moves', { token: made.body.token });
  const revoked = await server.delete(`/v1/tokens/${made.body.id}`);

  assert.equal(items.length, 1);
  assert.equal(items[0].token, undefined);
  assert.equal(items[0].state, 'active');
  assert.deepEqual(items[0].scopes, ['moves:read', 'moves:write']);
  assert.equal(dry.status, 200);
  assert.equal(open.status, 200);
  assert.equal(revoked.status, 200);
  assert.equal(revoked.body.state, 'revoked');
  assert.equal((await server.get('/v1/moves', { token: made.body.token })).status, 401);
  assert.equal((await server.get('/v1/tokens?name=portal&revoked=false')).body.items.length, 0);
  assert.equal((await server.delete('/v1/tokens/nothing')).status, 404);
});

test('a second start on the same data folder is refused and says why', async (t) => {
  const server = await startServer();
  t.after(() => server.stop());

  const second = await runProgram(['serve', '--data-dir', server.dataDir,
    '--sip-listen', 'udp:127.0.0.1:0', '--http-listen', '127.0.0.1:0']);

  assert.equal(second.code, 1);
  assert.match(second.stderr, /event=data_dir_in_use .*another sipmoved runs on this folder/);
  assert.equal((await server.get('/livez', { token: null })).status, 200);
});

test('a busy port is named, and nothing is left behind', async (t) => {
  const server = await startServer();
  t.after(() => server.stop());
  const dataDir = await folder(t);

  const second = await runProgram(['serve', '--data-dir', dataDir,
    '--sip-listen', `udp:127.0.0.1:${server.sipPort}`, '--http-listen', '127.0.0.1:0']);
  assert.equal(second.code, 1);
  assert.match(second.stderr, new RegExp(`event=sip_listen_failed host=127.0.0.1 port=${server.sipPort}`));
});

for (const signal of ['SIGTERM', 'SIGINT']) {
  test(`${signal} stops it with 0 and loses nothing`, async (t) => {
    const dataDir = await folder(t);
    const first = await startServer({ dataDir });
    const { token } = first;
    await first.move('sip:alice@example.com', 'sip:alice@hotel.example.net');
    assert.equal(await first.halt(signal), 0);
    assert.match(first.output.stderr, /event=stopped/);

    const second = await startServer({ dataDir, token });
    t.after(() => second.halt());
    const { body } = await second.get('/v1/moves');
    assert.equal(body.items.length, 1);
  });
}

test('files of the data folder are for their owner alone', async (t) => {
  const server = await startServer();
  t.after(() => server.stop());
  const mode = async (name) => (await stat(join(server.dataDir, name))).mode & 0o777;

  assert.equal(await mode('sipmoved.db'), 0o600);
  assert.equal(await mode('sipmoved.sock') & 0o077, 0);
});

test('check-config tells every error with its line and starts nothing', async (t) => {
  const dataDir = await folder(t);
  const path = join(dataDir, 'bad.conf');
  await writeFile(path, '[sip]\nworkers = many\n[htpp]\nlisten = 127.0.0.1:80\n');

  const bad = await runProgram(['check-config', '--config', path]);
  assert.equal(bad.code, 1);
  assert.match(bad.stderr, /bad\.conf:2: \[sip\] workers: "many" is not a whole number from 1 to 32/);
  assert.match(bad.stderr, /bad\.conf:4: \[htpp\] listen: no such setting; did you mean \[http\] listen\?/);
  assert.match(bad.stderr, /2 errors in the configuration/);

  await writeFile(path, '[sip]\nworkers = 2\n');
  assert.equal((await runProgram(['check-config', '--config', path])).code, 0);
});

test('several workers answer on several addresses', async (t) => {
  const { Caller } = await import('./lib/sip.mjs');
  const server = await startServer({ config: '[sip]\nworkers = 3\n' });
  t.after(() => server.stop());
  await server.move('sip:alice@example.com', 'sip:alice@hotel.example.net');
  const callers = await Promise.all(Array.from({ length: 8 }, () => Caller.open(server.sipPort)));
  t.after(() => callers.forEach((caller) => caller.close()));

  const answers = await Promise.all(callers.map((caller) => caller.call('sip:alice@example.com')));
  for (const answer of answers) assert.equal(answer.status, 302);
});
