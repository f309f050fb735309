// sipmovedctl as people and scripts use it: the real program against a real server.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { eventually, startServer } from './lib/server.mjs';
import { Caller } from './lib/sip.mjs';

const PROGRAM = resolve(process.env.SIPMOVED_BIN ??
  new URL('../../build/release/sipmoved', import.meta.url).pathname);
const DEADLINE_MS = 60000;

let server;
let caller;
let folder;

before(async () => {
  server = await startServer();
  caller = await Caller.open(server.sipPort);
  folder = await mkdtemp(join(tmpdir(), 'sipmovedctl-'));
});

after(async () => {
  caller?.close();
  await server?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

function start(args, { env, program = PROGRAM, words = ['ctl'] } = {}) {
  const child = spawn(program, [...words, ...args], { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
  const run = { child, stdout: '', stderr: '' };
  child.stdout.on('data', (data) => { run.stdout += data; });
  child.stderr.on('data', (data) => { run.stderr += data; });
  child.stdin.on('error', () => {}); // it may not read it
  return run;
}

async function run(args, options = {}) {
  const started = start(args, options);
  const killer = setTimeout(() => started.child.kill('SIGKILL'), DEADLINE_MS);
  started.child.stdin.end(options.input ?? '');
  const [code] = await once(started.child, 'close');
  clearTimeout(killer);
  return { code, stdout: started.stdout, stderr: started.stderr };
}

// On the server's local socket.
const ctl = (...args) => run([...args, '--data-dir', server.dataDir]);

async function good(...args) {
  const result = await ctl(...args);
  assert.equal(result.code, 0, `${args.join(' ')}: ${result.stdout}${result.stderr}`);
  return result.stdout;
}

async function json(...args) {
  return JSON.parse(await good(...args, '-o', 'json'));
}

test('a move is added, listed, shown, extended and ended by its address', async () => {
  const added = await good('moves', 'add', 'alice@example.com', 'alice@hotel.example.net,q=0.5', '+62215550100',
    '--for', '3d', '--note', 'a trip');
  assert.match(added, /^ID +STATE +ADDRESS +TARGETS/);
  assert.match(added, /active +sip:alice@example\.com +sip:alice@hotel\.example\.net tel:\+62215550100/);
  const [move] = await json('moves', 'list', '--address', 'sip:alice@example.com');
  assert.deepEqual(move.targets.map(({ uri, q }) => [uri, q]),
    [['sip:alice@hotel.example.net', 0.5], ['tel:+62215550100', 1]]);
  assert.ok(Math.abs(Date.parse(move.ends_at) - Date.now() - 3 * 86400e3) < DEADLINE_MS);

  assert.match(await good('moves', 'show', 'alice@example.com'), /^note +a trip$/m);
  const shorter = await ctl('moves', 'extend', 'alice@example.com', '--for', '2d');
  assert.equal(shorter.code, 1);
  assert.match(shorter.stderr, new RegExp(`this move ends at ${move.ends_at}, .*--ends-at if that is meant`));
  await good('moves', 'extend', 'alice@example.com', '--for', '4d');
  assert.ok((await json('moves', 'show', move.id)).ends_at > move.ends_at);
  await good('moves', 'extend', 'alice@example.com', '--ends-at', 'none');
  const open = await ctl('moves', 'extend', 'alice@example.com', '--for', '5d');
  assert.equal(open.code, 1);
  assert.match(open.stderr, /this move has no end, .*--ends-at if that is meant/);
  assert.equal((await json('moves', 'show', move.id)).ends_at, null);
  await good('moves', 'end', 'alice@example.com', '--dry-run');
  assert.equal((await json('moves', 'show', move.id)).state, 'active');
  assert.match(await good('moves', 'end', 'alice@example.com'), / ended /);
  const again = await ctl('moves', 'end', 'alice@example.com');
  assert.equal(again.code, 4);
  assert.match(again.stderr, /has no move that is in force or to come/);
});

test('a table is aligned, JSON is an array, CSV guards formulas', async () => {
  await server.move('sip:long-name-of-somebody@example.com', 'sip:x@hotel.example.net', { note: '=cmd()' });
  await server.move('sip:b@example.com', 'sip:y@hotel.example.net', { note: 'ümlaut, 東京' });
  const lines = (await good('moves', 'list', '--state', 'active')).trimEnd().split('\n');
  const at = lines[0].indexOf('ADDRESS');
  assert.ok(lines.length >= 3);
  for (const line of lines.slice(1)) assert.match(line.slice(at), /^(sip|tel):/);

  const items = await json('moves', 'list', '--state', 'active');
  assert.ok(items.some(({ note }) => note === 'ümlaut, 東京'));
  assert.deepEqual(await json('moves', 'list', '--address', 'sip:nobody@example.com'), []);
  for (const [flag, value] of [['--address', 'b@example.com'], ['--target', 'y@hotel.example.net'], ['--address', 'sip:b*']])
    assert.deepEqual((await json('moves', 'list', flag, value)).map(({ address }) => address), ['sip:b@example.com'], value);
  const csv = await good('moves', 'list', '-o', 'csv');
  assert.match(csv, /^id,state,address,targets,starts_at,ends_at,note\r\n/);
  assert.match(csv, /,'=cmd\(\)\r\n/);
});

test('a list is read page by page, and says when there is more', async () => {
  for (let i = 0; i < 3; i++) await server.post('/v1/target-rules', { action: 'deny', kind: 'country', value: ['DE', 'FR', 'ID'][i] });
  const some = await ctl('targets', 'list', '--limit', '2', '-o', 'json');
  assert.equal(JSON.parse(some.stdout).length, 2);
  assert.match(some.stderr, /there are more: --limit 0 shows all/);
  assert.equal((await json('targets', 'list', '--limit', '0')).length, 3);
  for (const { id } of await json('targets', 'list')) await good('targets', 'rm', id);
});

test('every fault of a refused change is told with its place', async () => {
  const bad = await ctl('moves', 'add', 'nonsense', 'sip:b@hotel.example.net;method=BYE', '--time-zone', 'Mars/Base');
  assert.equal(bad.code, 1);
  assert.equal(bad.stdout, '');
  assert.match(bad.stderr, /^sipmoved ctl: 422 INVALID: /);
  assert.match(bad.stderr, /^ {2}\/address: /m);
  assert.match(bad.stderr, /^ {2}\/targets\/0\/uri: must not have a method parameter$/m);
  assert.match(bad.stderr, /^ {2}\/time_zone: is no time zone/m);
});

test('exit codes tell conflict, not found, not allowed, usage and no answer apart', async () => {
  await server.move('sip:taken@example.com', 'sip:t@hotel.example.net');
  const conflict = await ctl('moves', 'add', 'taken@example.com', 'sip:u@hotel.example.net');
  assert.equal(conflict.code, 6);
  assert.match(conflict.stderr, /in the way: mov_\w+, from .* until it is ended/);
  assert.equal((await ctl('log', 'show', 'log_0000000000000')).code, 4);
  for (const args of [[], ['nonsense'], ['moves'], ['moves', 'list', '--nonsense'], ['moves', 'add', 'x'], ['ping', 'x'],
    ['moves', 'list', '--limit'], ['moves', 'list', '--limit', 'x'], ['status', '-o', 'xml'], ['moves', 'list', '--dry-run'],
    ['ping', '--watch', '2'], ['moves', 'extend', 'x'], ['policy', 'replay']])
    assert.equal((await ctl(...args)).code, 2, args.join(' '));
  assert.match((await ctl('moves')).stderr, /moves add ADDRESS TARGET/);
  assert.match((await ctl('moves', 'add', 'x@example.com', 'y@example.com', '--until', 'friday')).stderr,
    /--until is not understood; it takes .*--ends-at --for/);
  assert.match(await good('help', 'moves', 'add'), /TIME is written 2026-12-01T18:00:00\+07:00; with --time-zone/);

  const nobody = await run(['ping', '--data-dir', folder]);
  assert.equal(nobody.code, 3);
  assert.match(nobody.stderr, /no server answers on .*sipmoved\.sock/);
  assert.match(nobody.stderr, /--data-dir.*--socket.*--url/);
});

test('another machine is asked with a token out of a file, and never out of the command line', async () => {
  const url = `http://127.0.0.1:${server.httpPort}`;
  const file = join(folder, 'token');
  await writeFile(file, `${server.token}\n`, { mode: 0o600 });
  const none = await run(['moves', 'list', '--url', url]);
  assert.equal(none.code, 5);
  assert.match(none.stderr, /--token-file/);
  assert.equal((await run(['moves', 'list', '--url', url, '--token-file', file])).code, 0);
  const byEnvironment = await run(['moves', 'list'], { env: { SIPMOVED_URL: `${url}/`, SIPMOVED_TOKEN_FILE: file } });
  assert.equal(byEnvironment.code, 0, byEnvironment.stderr);
  await chmod(file, 0o644);
  assert.match((await run(['ping', '--url', url, '--token-file', file])).stderr, /others can read the token: chmod 600/);
  await writeFile(file, 'two words\r\nX-Evil: 1\n');
  assert.equal((await run(['ping', '--url', 'ftp://127.0.0.1', '--token-file', file])).code, 2);
  await writeFile(file, '');
  assert.equal((await run(['ping', '--url', url, '--token-file', file])).code, 2);
  assert.equal((await run(['ping', '--url', 'http://127.0.0.1:1'])).code, 3);
});

test('a lookup tells in words what a call gets, and by which move', async () => {
  const move = await server.move('sip:looked@example.com', 'sip:up@hotel.example.net');
  const told = await good('lookup', 'looked@example.com', '--from', 'bob@caller.example', '--source', '192.0.2.1', '-v');
  assert.match(told, /^answer +302 Moved Temporarily$/m);
  assert.match(told, /^why +a move is in force \(moved\)$/m);
  assert.match(told, /^to +sip:up@hotel\.example\.net {2}q=1\.0$/m);
  assert.match(told, new RegExp(`^move +${move.id} {2}answers`, 'm'));
  assert.match(told, /^source +192\.0\.2\.1: none$/m);
  assert.match(told, /^Contact: <sip:up@hotel\.example\.net>/m);
  assert.equal((await json('lookup', 'looked@example.com', '--at', '2020-01-01T00:00:00Z')).status, 480);
  const pasted = await run(['lookup', '-', '--data-dir', server.dataDir],
    { input: 'INVITE sip:looked@example.com SIP/2.0\r\nRequire: foo\r\n\r\n' });
  assert.match(pasted.stdout, /^answer +420 Bad Extension$/m);
  assert.match(pasted.stdout, /^tag +foo in require: reject, by rul_/m);
});

test('the policy is shown, tried, changed by a rule, compared and restored', async () => {
  assert.match(await good('policy', 'show'), /^preset +standard\n\nID +ACTION +TAG/);
  assert.match(await good('policy', 'presets'), /^refuse-all/m);
  const refused = await good('policy', 'test', 'example.com', '--require', '100rel, foo');
  assert.match(refused, /^answer +420 Bad Extension\nrefused +foo$/m);
  const { number } = (await json('policy', 'versions', '--limit', '1'))[0];
  const rule = await json('policy', 'rule', 'add', 'foo', 'ignore', '--note', 'for a test');
  assert.match(await good('policy', 'test', 'example.com', '--require', 'foo'), /^refused +none$/m);
  const request = 'INVITE sip:somebody@example.com SIP/2.0\r\nRequire: bar\r\n\r\n';
  const pasted = await run(['policy', 'test', '-', '--data-dir', server.dataDir], { input: request });
  assert.match(pasted.stdout, /^tag +bar in require: reject/m);
  assert.ok((await json('policy', 'rule', 'list', '--limit', '0')).some(({ id }) => id === rule.id));
  assert.match(await good('policy', 'diff', String(number + 1)), /Added: `foo`/);
  assert.match(await good('policy', 'diff', String(number), '--against', 'current'), /Removed: `foo`/);
  assert.equal(await good('policy', 'rule', 'rm', rule.id, '--dry-run'), '');
  await good('policy', 'restore', String(number), '--note', 'back');
  assert.equal((await ctl('policy', 'rule', 'rm', rule.id)).code, 4);
  await good('policy', 'set', 'refuse-all', '--dry-run');
  await good('policy', 'set', 'transparent', '--note', 'all may pass');
  assert.equal((await json('policy', 'show')).preset, 'transparent');
  assert.match(await good('policy', 'replay', '--preset', 'refuse-all'), /would have refused/);
  await good('policy', 'set', 'standard');
});

test('the log is queried and followed, and what a caller wrote does not reach the terminal', async () => {
  const tail = start(['logs', 'tail', '--data-dir', server.dataDir, '--count', '1']);
  const closed = once(tail.child, 'close');
  // A call is made until the tail has begun and shows one.
  const hostile = '\u001b]0;pwned\u0007';
  await eventually(async () => {
    await caller.call('sip:tailed@example.com', { headers: [`User-Agent: x${hostile}\u009b2Jy`] });
    return tail.child.exitCode !== null;
  }, Boolean, DEADLINE_MS);
  const [code] = await closed;
  assert.equal(code, 0, tail.stderr);
  assert.match(tail.stdout, /^RECEIVED AT +METHOD +STATUS/);
  assert.match(tail.stdout, /INVITE +404 +address_unknown +sip:tailed@example\.com/);

  const records = await eventually(() => json('logs', 'query', '--address', 'sip:tailed@example.com'),
    (items) => items.length > 0);
  assert.ok(Array.isArray(await json('logs', 'unfollowed')));
  assert.match(await good('logs', 'unfollowed'), /^SOURCE +USER AGENT +REDIRECTED/);
  const shown = await good('log', 'show', records[0].id);
  const raw = await good('log', 'show', records[0].id, '-o', 'json');
  for (const text of [shown, raw]) assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/u);
  assert.match(shown, /^user_agent +x.*pwned/m);
  assert.match(shown, /nobody of that name is known$/m);
});

test('moves go out into a file and come in again, and bad rows are told', async () => {
  const file = join(folder, 'moves.csv');
  await good('moves', 'export', '--to', file, '--state', 'active,scheduled');
  const exported = await readFile(file, 'utf8');
  assert.match(exported, /^id,address,target_1/);
  assert.match(await good('moves', 'export', '-o', 'json'), /"_end":true/);
  assert.match(await good('moves', 'import', file, '--dry-run'), / 0 failed$/m);

  await writeFile(file, 'address,target_1\nsip:imported@example.com,sip:i@hotel.example.net\nnonsense,sip:j@hotel.example.net\n');
  const refused = await ctl('moves', 'import', file);
  assert.equal(refused.code, 1);
  assert.match(refused.stdout, /^2 rows, .*1 failed$/m);
  assert.match(refused.stdout, /line 3: .*column address: /);
  assert.match(refused.stderr, /nothing was imported/);
  const partial = await ctl('moves', 'import', file, '--mode', 'partial');
  assert.equal(partial.code, 1);
  assert.match(partial.stdout, /1 created/);
  assert.equal((await json('moves', 'list', '--address', 'sip:imported@example.com')).length, 1);
  assert.equal((await ctl('moves', 'import', join(folder, 'none.csv'))).code, 2);
});

test('tokens are made with their secret alone on stdout, listed and revoked', async () => {
  const made = await ctl('tokens', 'create', 'by ctl', '--role', 'operator', '--expires-in-days', '2');
  assert.match(made.stdout, /^smv_\w{8}_\w{43}_\w{6}\n$/);
  assert.match(made.stderr, /shown this once/);
  assert.equal((await server.get('/v1/moves', { token: made.stdout.trim() })).status, 200);
  const [token] = await json('tokens', 'list', '--name', 'by ctl');
  assert.match(await good('tokens', 'revoke', token.id), /revoked/);
  assert.equal((await server.get('/v1/moves', { token: made.stdout.trim() })).status, 401);
  assert.equal((await ctl('tokens', 'create', 'x')).code, 2);
});

test('domains, addresses, targets, sources and bans are added, listed and removed', async () => {
  for (const [noun, ...operands] of [['domains', 'ctl.example'], ['addresses', 'known@example.com'],
    ['targets', 'deny', 'country', 'AQ'], ['sources', '198.51.100.0/24', 'allow'], ['bans', '203.0.113.9', '--for', '1h']]) {
    const made = await json(noun, 'add', ...operands);
    assert.ok((await json(noun, 'list', '--limit', '0')).some(({ id }) => id === made.id), noun);
    assert.ok((await good(noun, 'list')).includes(made.id), noun);
    assert.equal((await ctl(noun, 'rm', made.id, '--yes')).code, 0, noun);
    assert.ok(!(await json(noun, 'list', '--limit', '0')).some(({ id }) => id === made.id), noun);
    assert.equal((await ctl(noun, 'rm', made.id)).code, 4, noun);
  }
});

test('webhooks are added, tested, looked at, changed and removed', async () => {
  const made = await json('webhooks', 'add', 'https://127.0.0.2.example/hook', '--events', 'move.*,policy.updated', '--description', 'desk');
  assert.deepEqual(made.events, ['move.*', 'policy.updated']);
  assert.match(made.secret, /^whsec_/);
  assert.ok((await good('webhooks', 'list')).includes(made.id));
  const test = await json('webhooks', 'test', made.id);
  assert.equal((await json('webhooks', 'deliveries', '--endpoint-id', made.id))[0].id, test.delivery_id);
  assert.equal((await json('webhooks', 'retry', test.delivery_id)).status, 'pending');
  assert.equal((await json('webhooks', 'set', made.id, '--paused', 'yes')).state, 'paused');
  assert.equal((await ctl('webhooks', 'add', 'ftp://example.com')).code, 1);
  assert.equal((await ctl('webhooks', 'rm', made.id, '--yes')).code, 0);
  assert.equal((await ctl('webhooks', 'test', made.id)).code, 4);
});

test('calendars of users are listed, read now and removed', async () => {
  const user = (await server.post('/v1/users', { name: 'traveller', role: 'user', addresses: ['sip:traveller@example.com'] })).body;
  const made = (await server.post('/v1/calendar-subscriptions', { user_id: user.id, url: 'https://calendar.example.net/secret.ics', name: 'Trips' })).body;
  const [listed] = await json('calendars', 'list', '--user-id', user.id);
  assert.deepEqual([listed.id, listed.name, listed.url_origin], [made.id, 'Trips', 'https://calendar.example.net']);
  assert.equal((await json('calendars', 'refresh', made.id)).id, made.id);
  assert.equal((await ctl('calendars', 'rm', made.id, '--yes')).code, 0);
  assert.equal((await ctl('calendars', 'refresh', made.id)).code, 4);
});

test('status tells what the server is and holds, once or again and again', async () => {
  const status = await json('status');
  assert.equal(status.ready, true);
  assert.equal(status.server_version, status.client_version);
  assert.equal(status.parts.store, 'ok');
  assert.ok(status.revision > 1 && status.moves.active > 0);
  assert.match(await good('status'), /^moves\.active +\d+$/m);
  assert.match(await good('ping'), /^ready, in [\d.]+ ms\n$/);
  const watched = start(['status', '--watch', '1', '--data-dir', server.dataDir]);
  const closed = once(watched.child, 'close');
  await eventually(() => watched.stdout.match(/^ready/gm)?.length ?? 0, (count) => count >= 2, DEADLINE_MS);
  watched.child.kill();
  await closed;
});

test('a server that drains says so to load balancers, still answers calls, and takes it back', async () => {
  const options = () => caller.call('sip:127.0.0.1', { method: 'OPTIONS' });
  assert.equal((await options()).status, 200);
  await good('drain', '--dry-run');
  assert.equal((await ctl('ping')).code, 0);
  await good('drain');
  assert.equal((await server.get('/readyz')).status, 503);
  assert.equal((await options()).status, 503);
  assert.equal((await caller.call('sip:looked@example.com')).status, 302);
  assert.equal((await ctl('ping')).code, 1);
  const status = await ctl('status', '-o', 'json');
  assert.equal(status.code, 1);
  assert.equal(JSON.parse(status.stdout).parts.serving, 'failed');
  assert.equal((await json('drain', '--undo')).draining, false);
  assert.equal((await options()).status, 200);
  assert.equal((await ctl('ping')).code, 0);
});

test('the log level is changed until the server ends, and what is none is refused', async () => {
  assert.match(await good('loglevel'), /^level +info$/m);
  assert.equal((await json('loglevel', 'debug', '--dry-run')).level, 'debug');
  assert.equal((await json('loglevel')).level, 'info');
  assert.equal((await json('loglevel', 'debug')).level, 'debug');
  const { body } = await server.get('/v1/log-level');
  assert.deepEqual(body, { level: 'debug' });
  assert.equal((await ctl('loglevel', 'loud')).code, 1);
  await good('loglevel', 'info');
});

test('how the process runs is changed by whole documents alone', async () => {
  for (const [path, body] of [['/v1/log-level', { level: 'info' }], ['/v1/drain', { draining: false }]]) {
    assert.equal((await server.put(path, body)).status, 200);
    assert.deepEqual((await server.get(path)).body, body);
    assert.equal((await server.put(path, body, { headers: { prefer: 'return=minimal' } })).status, 204);
    for (const bad of [{}, { ...body, more: 1 }, { [Object.keys(body)[0]]: 7 }, { [Object.keys(body)[0]]: null }]) {
      const refused = await server.put(path, bad);
      assert.equal(refused.status, 422, refused.text);
    }
    for (const method of ['GET', 'PUT']) {
      const send = method === 'PUT' ? body : undefined;
      assert.equal((await server.request(method, path, send, { token: null })).status, 401);
    }
    const helpdesk = (await server.post('/v1/tokens', { name: `mode ${path}`, role: 'helpdesk' })).body.token;
    assert.equal((await server.get(path, { token: helpdesk })).status, 403);
    assert.equal((await server.put(path, body, { token: helpdesk })).status, 403);
  }
});

test('doctor tells what is well, and fails when the server is away', async () => {
  const well = await ctl('doctor');
  assert.match(well.stdout, /^\[ok\] {3}settings: /m);
  assert.match(well.stdout, /^\[ok\] {3}store: ready$/m);
  assert.ok(Array.isArray(JSON.parse((await ctl('doctor', '-o', 'json')).stdout)));
  assert.match((await ctl('doctor', '-o', 'csv')).stdout, /^verdict,check,detail\r\n/);
  const away = await run(['doctor', '--data-dir', folder]);
  assert.equal(away.code, 3);
  assert.match(away.stdout, /^\[fail\] server: it does not answer/m);
  const config = join(folder, 'bad.conf');
  await writeFile(config, '[sip]\nworkrs = 2\n');
  const bad = await run(['doctor', '--config', config, '--socket', join(server.dataDir, 'sipmoved.sock')]);
  assert.equal(bad.code, 1);
  assert.match(bad.stdout, /^\[fail\] settings: .*workrs/m);
});

test('doctor asks the SIP sockets of the server, and says when they keep silent', async () => {
  const line = `SIP: udp:127.0.0.1:${server.sipPort}`;
  assert.ok((await good('doctor')).includes(`[ok]   ${line} answers OPTIONS\n`));
  const { id } = await json('bans', 'add', '127.0.0.1', '--for', '1h');
  const silent = await ctl('doctor');
  await good('bans', 'rm', id);
  assert.equal(silent.code, 1);
  assert.ok(silent.stdout.includes(`[fail] ${line} does not answer OPTIONS`), silent.stdout);
});

test('settings are read again, and the answer tells what changed', async () => {
  assert.match(await good('reload', '--dry-run'), /^applied +-$/m);
  assert.deepEqual((await json('reload')).faults, []);
});

test('users are made, listed, shown, sent a link, disabled and enabled', async () => {
  const user = await json('users', 'create', 'carol', 'user', '--addresses', 'sip:carol@example.com', '--display-name', 'Carol');
  assert.match(await good('users', 'list'), /^usr_\w+ +carol +user +true +Carol +sip:carol@example\.com/m);
  assert.match(await good('users', 'show', user.id), /^display_name +Carol$/m);
  const link = await ctl('users', 'activation-link', user.id);
  assert.equal(link.code, 0, link.stderr);
  assert.match(link.stdout, /^\S+\n$/);
  assert.equal((await json('users', 'disable', user.id)).enabled, false);
  assert.equal((await json('users', 'enable', user.id)).enabled, true);
});

test('backups are made and listed where the server makes them, and put back by the server\'s own command', async () => {
  const made = await ctl('backup', '--note', 'by hand', '-o', 'json');
  const list = await ctl('backup', 'list', '-o', 'json');
  assert.equal(list.code, made.code);
  if (made.code === 0) assert.equal(JSON.parse(list.stdout)[0].id, JSON.parse(made.stdout).id);
  else assert.equal(made.code, 4, made.stderr);
  assert.match((await run(['restore', 'b.db'])).stderr, /sipmoved restore b\.db/);
});

// As on a terminal: script(1) makes one.
function onTerminal(args, options) {
  const command = [PROGRAM, 'ctl', ...args, '--data-dir', server.dataDir].map((word) => `'${word}'`).join(' ');
  return run(['-qec', command, '/dev/null'], { ...options, program: 'script', words: [] });
}

test('on a terminal what ends a move is asked for, and colours are there unless NO_COLOR says no', async () => {
  const move = await server.move('sip:asked@example.com', 'sip:a@hotel.example.net');
  const no = await onTerminal(['moves', 'end', move.id], { input: 'n\n' });
  assert.equal(no.code, 1);
  assert.match(no.stdout, /moves end mov_\w+: are you sure\? \[y\/N\]/);
  assert.equal((await json('moves', 'show', move.id)).state, 'active');
  const coloured = await onTerminal(['moves', 'list']);
  assert.ok(coloured.stdout.includes('\u001b[1mID'));
  const plain = await onTerminal(['moves', 'list'], { env: { NO_COLOR: '1' } });
  assert.ok(!plain.stdout.includes('\u001b'));
  assert.ok(!(await good('moves', 'list')).includes('\u001b'));
  const yes = await onTerminal(['moves', 'end', move.id], { input: 'y\n' });
  assert.equal(yes.code, 0, yes.stdout);
  assert.equal((await json('moves', 'show', move.id)).state, 'ended');
});

test('help tells every verb, and completion scripts are good shell', async () => {
  const help = await run(['help']);
  assert.equal(help.code, 0);
  for (const verb of ['status', 'moves add', 'lookup', 'policy rule add', 'logs tail', 'users activation-link', 'doctor'])
    assert.ok(help.stdout.includes(`  ${verb} `), verb);
  assert.match((await run(['moves', 'add', '--help'])).stdout, /--time-zone ZONE/);
  assert.match((await run(['version'])).stdout, /^sipmoved ctl \d+\.\d+/);
  const { stdout } = await run(['completion', 'bash']);
  const complete = `${stdout}\nCOMP_WORDS=(sipmovedctl moves ""); COMP_CWORD=2; _sipmovedctl; echo "\${COMPREPLY[@]}"\n` +
    'COMP_WORDS=(sipmovedctl moves add --fo); COMP_CWORD=3; _sipmovedctl; echo "${COMPREPLY[@]}"\n';
  const bash = await run(['-c', complete], { program: 'bash', words: [] });
  assert.equal(bash.stderr, '');
  const [words, flags] = bash.stdout.split('\n');
  for (const word of ['list', 'show', 'add', 'extend', 'end', 'import', 'export']) assert.ok(words.split(' ').includes(word), words);
  assert.ok(!words.split(' ').includes('versions'));
  assert.equal(flags, '--for');
  assert.match((await run(['completion', 'zsh'])).stdout, /^#compdef sipmovedctl\n/);
  assert.equal((await run(['completion', 'fish'])).code, 2);
});

test('the manual page has every verb', async () => {
  const page = await readFile(new URL('../../docs/man/sipmovedctl.1', import.meta.url), 'utf8');
  const text = page.replaceAll(/ (Cm|Ar|Fl|Op|Ns|Oo|Oc)\b/g, '');
  const verbs = [...(await run(['help'])).stdout.matchAll(/^ {2}([a-z][a-z -]*?) {2,}\S/gm)].map(([, words]) => words);
  assert.ok(verbs.length > 50);
  for (const verb of verbs) {
    const [noun, action] = [verb.split(' ')[0], verb.split(' ').at(-1)];
    assert.ok(text.split('\n').some((line) => line.startsWith(`.It ${noun}`) && line.includes(action)), verb);
  }
});

test('the manual page of the settings has every section and setting, and no other', async () => {
  const page = await readFile(new URL('../../docs/man/sipmoved.conf.5', import.meta.url), 'utf8');
  const shown = (await run(['print-config'], { words: [] })).stdout;
  const settings = shown.match(/^(\[\w+\]|\w+(?= ?=))/gm).sort();
  assert.deepEqual(page.match(/(?<=^\.Ss )\[\w+\]|(?<=^\.It Va )\w+/gm).sort(), settings);
});

test('it is the same program by another name', async () => {
  const link = join(folder, 'sipmovedctl');
  await symlink(PROGRAM, link);
  const result = await run(['version'], { program: link, words: [] });
  assert.match(result.stdout, /^sipmovedctl \d+\.\d+/);
  assert.ok((await stat(link)).isFile());
});
