// Users: how they come to be, how they get a password, and what they may say.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { cookieOf, runProgram, startServer } from './lib/server.mjs';

const FAST = '[auth]\npassword_memory_kib = 19456\n';
const PASSWORD = 'correct horse battery';

async function serverFor(t, options = {}) {
  const server = await startServer({ config: FAST, ...options });
  t.after(() => server.stop());
  return server;
}

function setupToken(server) {
  return /\/#\/setup\/(\S+)$/m.exec(server.output.stdout)?.[1];
}

function activate(server, token, password, options = {}) {
  return server.post('/v1/activations', { token, password }, { token: null, ...options });
}

function logIn(server, name, password) {
  return server.post('/v1/sessions', { name, password }, { token: null });
}

async function linkFor(server, id) {
  return (await server.post(`/v1/users/${id}/activation-links`, {})).body;
}

// What a program prints for a password that is written to its stdin.
async function hashOf(password) {
  const program = process.env.SIPMOVED_BIN ?? new URL('../../build/release/sipmoved', import.meta.url).pathname;
  const child = spawn(program, ['hash', '--set', 'auth.password_memory_kib=19456'], { stdio: ['pipe', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data) => { stdout += data; });
  child.stderr.on('data', (data) => { stderr += data; });
  child.stdin.end(`${password}\n`);
  const [code] = await once(child, 'close');
  return { code, stdout: stdout.trim(), stderr };
}

test('a new server has no account, and no password opens it', async (t) => {
  const server = await serverFor(t);

  assert.deepEqual((await server.get('/v1/users')).body.items, []);
  for (const [name, password] of [['admin', 'admin'], ['admin', ''], ['root', 'root'], ['admin', 'password']])
    assert.equal((await logIn(server, name, password)).status, 401);
});

test('the link of the first start makes one administrator, once', async (t) => {
  const server = await serverFor(t);
  const token = setupToken(server);
  const path = join(server.dataDir, 'setup-url');
  const setUp = (members) => server.post('/v1/setups', { token, name: 'boss', password: PASSWORD, ...members }, { token: null });

  assert.ok((await readFile(path, 'utf8')).trim().endsWith(`/#/setup/${token}`));
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.equal((await setUp({ token: 'A'.repeat(43) })).status, 404);
  assert.equal((await setUp({ token: '' })).status, 404);
  assert.deepEqual((await setUp({ password: '12345678', name: '' })).body.errors.map((fault) => fault.pointer),
    ['/name', '/password']);
  const made = await setUp();
  assert.equal(made.status, 201);
  assert.equal(made.body.role, 'admin');
  assert.equal((await server.get('/v1/users', { cookie: cookieOf(made) })).status, 200);
  assert.equal((await setUp({ name: 'other' })).status, 404);
  await assert.rejects(stat(path));
});

test('of two who use the link at once one wins', async (t) => {
  const server = await serverFor(t);
  const token = setupToken(server);
  const answers = await Promise.all(['one', 'two', 'three'].map((name) =>
    server.post('/v1/setups', { token, name, password: PASSWORD }, { token: null })));

  assert.deepEqual(answers.map((answer) => answer.status).sort(), [201, 404, 404]);
  assert.equal((await server.get('/v1/users')).body.items.length, 1);
});

test('a start with an administrator prints no link, and each start without one prints another', async (t) => {
  const first = await serverFor(t);
  await first.halt();
  const second = await startServer({ dataDir: first.dataDir, token: first.token, config: FAST });
  t.after(() => second.halt());
  const old = await second.post('/v1/setups', { token: setupToken(first), name: 'boss', password: PASSWORD }, { token: null });
  await second.post('/v1/users', { name: 'boss', role: 'admin' });
  await second.halt();
  const third = await startServer({ dataDir: first.dataDir, token: first.token, config: FAST });
  t.after(() => third.halt());

  assert.equal(old.status, 404);
  assert.notEqual(setupToken(second), setupToken(first));
  assert.equal(setupToken(third), undefined);
});

for (const running of [true, false]) {
  test(`create-admin prints a link that sets a password ${running ? 'while the server runs' : 'offline'}`, async (t) => {
    const server = await serverFor(t);
    if (!running) await server.halt();
    const create = (name) => runProgram(['user', 'create-admin', '--data-dir', server.dataDir, '--name', name]);
    const replaced = await create('Boss');
    const made = await create('boss');
    const bad = await create('two words');
    const live = running ? server : await startServer({ dataDir: server.dataDir, token: server.token, config: FAST });
    if (live !== server) t.after(() => live.halt());
    const tokenIn = (result) => /^http:\/\/\S+\/#\/activate\/(\S{43})\n$/.exec(result.stdout)[1];

    assert.equal(made.code, 0);
    // Where the server listens, which only the running one knows.
    if (running) assert.ok(made.stdout.startsWith(`http://127.0.0.1:${server.httpPort}/#/`), made.stdout);
    assert.equal(bad.code, 1);
    assert.match(bad.stderr, /sipmoved: name: must be 1 to 63 letters/);
    assert.equal((await activate(live, tokenIn(replaced), PASSWORD)).status, 404);
    assert.deepEqual((await activate(live, tokenIn(made), PASSWORD)).body, { name: 'boss' });
    assert.equal((await logIn(live, 'boss', PASSWORD)).body.role, 'admin');
    await live.post('/v1/users', { name: 'alice', role: 'user' });
    if (running) assert.match((await create('alice')).stderr, /"alice" is a user who is no admin/);
  });
}

test('a file with a hash makes the first administrator, and no later one', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'sipmoved-hash-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const { stdout } = await hashOf(PASSWORD);
  const path = join(folder, 'admin.phc');
  const config = `${FAST}bootstrap_admin_name = Chief\nbootstrap_admin_hash_file = ${path}\n`;
  await writeFile(path, `${stdout}\n`);
  const server = await serverFor(t, { config });
  await server.halt();
  await writeFile(path, 'rubbish\n');
  const second = await startServer({ dataDir: server.dataDir, token: server.token, config });
  t.after(() => second.halt());

  assert.match(stdout, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  assert.equal(setupToken(server), undefined);
  assert.equal((await logIn(second, 'chief', PASSWORD)).body.role, 'admin');
  assert.equal((await second.get('/v1/users')).body.items.length, 1);
  await assert.rejects(startServer({ config }), /bootstrap_failed/);
});

test('hash refuses a password that is none', async () => {
  for (const password of ['', 'short', '12345678', 'x'.repeat(129)]) {
    const { code, stdout, stderr } = await hashOf(password);
    assert.equal(code, 1);
    assert.equal(stdout, '');
    assert.match(stderr, /^sipmoved: the password /);
  }
});

test('a user is made, found, changed and deleted', async (t) => {
  const server = await serverFor(t);
  const made = await server.post('/v1/users', { name: 'Alice.A@example.com', role: 'user', display_name: 'Alice Ä', email: 'a@example.com',
    language: 'id', time_zone: 'Asia/Jakarta', addresses: ['SIP:Alice@EXAMPLE.com', 'tel:+1-555-0100'] });
  const { id } = made.body;
  const steady = { ...made.body };
  await server.post('/v1/users', { name: 'boss', role: 'admin', enabled: false });

  assert.equal(made.status, 201);
  assert.equal(made.headers.location, `/v1/users/${id}`);
  assert.deepEqual([steady.name, steady.display_name, steady.addresses, steady.enabled, steady.has_password, steady.last_login_at],
    ['alice.a@example.com', 'Alice Ä', ['sip:Alice@example.com', 'tel:+15550100'], true, false, null]);
  assert.deepEqual((await server.get(`/v1/users/${id}`)).body, steady);
  for (const query of ['name=ALICE.A@example.com', 'role=user', 'enabled=true', 'address=tel:%2B15550100', 'limit=1',
    'q=ALICE.a@', 'q=alice+%C3%84', 'q=A@example', 'q=15550', 'q=sip:ali', 'q=alice&role=user', 'q=%40'])
    assert.deepEqual((await server.get(`/v1/users?${query}`)).body.items, [steady], query);
  for (const query of ['name=nobody', 'role=operator', 'address=sip:x@example.com', 'q=nobody', 'q=alice&role=admin', 'q=user', 'q=%25', 'q=_'])
    assert.deepEqual((await server.get(`/v1/users?${query}`)).body.items, [], query);
  const changed = await server.patch(`/v1/users/${id}`, { email: null, display_name: 'Alice', addresses: [] });
  assert.deepEqual([changed.body.email, changed.body.display_name, changed.body.addresses], [null, 'Alice', []]);
  assert.equal((await server.patch(`/v1/users/${id}`, { email: null }, { headers: { 'if-match': '"r1"' } })).status, 412);
  assert.equal((await server.delete(`/v1/users/${id}?dry_run=true`)).status, 204);
  assert.equal((await server.delete(`/v1/users/${id}`)).status, 204);
  assert.equal((await server.get(`/v1/users/${id}`)).status, 404);
});

test('every fault of a user is told', async (t) => {
  const server = await serverFor(t);
  const answer = await server.post('/v1/users', { name: 'two words', role: 'king', email: 'nobody', language: '12', time_zone: 'Mars/Base',
    display_name: 'a\u0007', addresses: ['sip:ok@example.com', 'bob@example.com', 'sip:ok@example.com', 7], password: 'a secret', id: 'usr_1' });

  assert.equal(answer.status, 422);
  assert.deepEqual(answer.body.errors.map((fault) => fault.pointer).sort(), ['/addresses/1', '/addresses/2', '/addresses/3',
    '/display_name', '/email', '/id', '/language', '/name', '/password', '/role', '/time_zone']);
  assert.equal(answer.body.errors.find((fault) => fault.pointer === '/password').code, 'READ_ONLY_MEMBER');
  assert.deepEqual((await server.get('/v1/users')).body.items, []);
  assert.deepEqual((await server.get('/v1/addresses')).body.items, []);
});

test('a name and an address belong to one user', async (t) => {
  const server = await serverFor(t);
  const alice = await server.post('/v1/users', { name: 'alice', role: 'user', addresses: ['sip:alice@example.com'] });
  const name = await server.post('/v1/users', { name: 'ALICE', role: 'user' });
  const address = await server.post('/v1/users', { name: 'bob', role: 'user', addresses: ['sip:alice@example.com'] });
  const { items: [row] } = (await server.get('/v1/addresses')).body;

  assert.equal(name.status, 409);
  assert.deepEqual(name.body.conflicting_ids, [alice.body.id]);
  assert.deepEqual(address.body.errors.map((fault) => [fault.pointer, fault.code]), [['/addresses/0', 'DUPLICATE']]);
  assert.equal((await server.delete(`/v1/addresses/${row.id}`)).status, 409);
  await server.delete(`/v1/users/${alice.body.id}`);
  assert.equal((await server.delete(`/v1/addresses/${row.id}`)).status, 204);
});

test('an activation link sets a password once, and lets no common one through', async (t) => {
  const server = await serverFor(t);
  const user = (await server.post('/v1/users', { name: 'alice', role: 'user' })).body;
  const first = await linkFor(server, user.id);
  const link = await linkFor(server, user.id);
  const lives = Date.parse(link.expires_at) - Date.now();

  assert.equal(link.url, `http://127.0.0.1:${server.httpPort}/#/activate/${link.token}`);
  assert.ok(lives > 71 * 3600e3 && lives <= 72 * 3600e3);
  assert.equal((await activate(server, first.token, PASSWORD)).status, 404);
  for (const bad of ['seven77', 'Password123', 'x'.repeat(129), 'päßwör', '        '.slice(0, 7)]) {
    const answer = await activate(server, link.token, bad);
    assert.deepEqual(answer.body.errors?.map((fault) => [fault.pointer, fault.code]), [['/password', 'WEAK_PASSWORD']], bad);
  }
  assert.equal((await activate(server, link.token, PASSWORD)).status, 200);
  assert.equal((await activate(server, link.token, PASSWORD)).status, 404);
  assert.equal((await server.get(`/v1/users/${user.id}`)).body.has_password, true);
});

test('a password is any Unicode, and counts to its last character', async (t) => {
  const server = await serverFor(t);
  const long = '𝛼🙂é漢'.repeat(32);
  await server.logIn('alice', {}, long);

  assert.equal([...long].length, 128);
  assert.equal((await logIn(server, 'alice', long)).status, 201);
  assert.equal((await logIn(server, 'alice', `${long.slice(0, -1)}字`)).status, 401);
  assert.equal((await logIn(server, 'alice', [...long].slice(0, 127).join(''))).status, 401);
});

test('a new link lets back in who forgot the password, and ends the sessions', async (t) => {
  const server = await serverFor(t);
  const { user, cookie, password } = await server.logIn('alice');
  const link = await linkFor(server, user.id);
  assert.equal((await server.get('/v1/me', { cookie })).status, 200);
  await activate(server, link.token, PASSWORD);

  assert.equal((await server.get('/v1/me', { cookie })).status, 401);
  assert.equal((await logIn(server, 'alice', password)).status, 401);
  assert.equal((await logIn(server, 'alice', PASSWORD)).status, 201);
});

test('a link of a user who is not enabled opens nothing', async (t) => {
  const server = await serverFor(t);
  const user = (await server.post('/v1/users', { name: 'alice', role: 'user' })).body;
  const link = await linkFor(server, user.id);
  await server.patch(`/v1/users/${user.id}`, { enabled: false });

  assert.equal((await activate(server, link.token, PASSWORD)).status, 404);
});

test('a link that was made for another role opens nothing, nor one of a user who was out in between', async (t) => {
  const server = await serverFor(t);

  for (const changes of [[{ role: 'admin' }], [{ enabled: false }, { enabled: true }]]) {
    const user = (await server.post('/v1/users', { name: `user${changes.length}`, role: 'user' })).body;
    const link = await linkFor(server, user.id);
    for (const change of changes) assert.equal((await server.patch(`/v1/users/${user.id}`, change)).status, 200);
    assert.equal((await activate(server, link.token, PASSWORD)).status, 404);
  }
});

test('the last administrator who is enabled stays one', async (t) => {
  const server = await serverFor(t);
  const add = async (name) => `/v1/users/${(await server.post('/v1/users', { name, role: 'admin' })).body.id}`;
  const boss = await add('boss');
  const other = await add('other');
  assert.equal((await server.patch(other, { enabled: false })).status, 200);

  for (const answer of [await server.delete(boss), await server.patch(boss, { enabled: false }), await server.patch(boss, { role: 'operator' })]) {
    assert.deepEqual([answer.status, answer.body.code], [409, 'LAST_ADMIN']);
    assert.match(answer.body.detail, /create-admin/);
  }
  assert.equal((await server.patch(boss, { display_name: 'Boss' })).status, 200);
  assert.equal((await server.delete(other)).status, 204);
  await add('third');
  assert.equal((await server.patch(boss, { role: 'operator' })).status, 200);
});

for (const running of [true, false]) {
  test(`create-admin lets an administrator back in who is not enabled, ${running ? 'while the server runs' : 'offline'}`, async (t) => {
    const server = await serverFor(t);
    const boss = (await server.post('/v1/users', { name: 'boss', role: 'admin' })).body;
    await server.post('/v1/users', { name: 'other', role: 'admin' });
    await server.patch(`/v1/users/${boss.id}`, { enabled: false });
    if (!running) await server.halt();
    const made = await runProgram(['user', 'create-admin', '--data-dir', server.dataDir, '--name', 'boss']);
    const live = running ? server : await startServer({ dataDir: server.dataDir, token: server.token, config: FAST });
    if (live !== server) t.after(() => live.halt());

    assert.equal(made.code, 0, made.stderr);
    assert.equal((await activate(live, /activate\/(\S{43})/.exec(made.stdout)[1], PASSWORD)).status, 200);
    assert.equal((await logIn(live, 'boss', PASSWORD)).status, 201);
  });
}

test('a password is changed by who knows it, and the other sessions end', async (t) => {
  const server = await serverFor(t);
  const { cookie, password } = await server.logIn('alice');
  const other = cookieOf(await logIn(server, 'alice', password));
  const change = (current, next) => server.put('/v1/me/password', { current_password: current, new_password: next }, { cookie });

  assert.equal((await change('not this one', PASSWORD)).body.errors[0].code, 'WRONG_PASSWORD');
  assert.equal((await change(password, 'alice')).body.errors[0].code, 'WEAK_PASSWORD');
  assert.equal((await change(password, PASSWORD)).status, 204);
  assert.equal((await server.get('/v1/me', { cookie })).status, 200);
  assert.equal((await server.get('/v1/me', { cookie: other })).status, 401);
  assert.equal((await logIn(server, 'alice', password)).status, 401);
  assert.equal((await logIn(server, 'alice', PASSWORD)).status, 201);
});

test('nobody makes or takes over a user who may do more', async (t) => {
  const server = await serverFor(t);
  const boss = await server.logIn('boss', { role: 'admin' });
  const { body } = await server.post('/v1/tokens', { name: 'hr', scopes: ['users:admin', 'moves:read', 'moves:write', 'logs:read'] });
  const hr = { token: body.token };
  const user = (await server.post('/v1/users', { name: 'alice', role: 'user' }, hr)).body;

  assert.equal(user.role, 'user');
  for (const [method, path, members] of [
    ['POST', '/v1/users', { name: 'x', role: 'admin' }], ['PATCH', `/v1/users/${user.id}`, { role: 'admin' }],
    ['PATCH', `/v1/users/${boss.user.id}`, { role: 'user' }], ['PATCH', `/v1/users/${boss.user.id}`, { enabled: false }],
    ['POST', `/v1/users/${boss.user.id}/activation-links`, {}], ['DELETE', `/v1/users/${boss.user.id}`],
  ]) assert.equal((await server.request(method, path, members, hr)).status, 403, `${method} ${path}`);
  assert.equal((await server.get('/v1/me', { cookie: boss.cookie })).status, 200);
});

test('no token has the role of a user, and no user that of a service', async (t) => {
  const server = await serverFor(t);

  assert.equal((await server.post('/v1/tokens', { name: 'x', role: 'user' })).status, 422);
  assert.equal((await server.post('/v1/users', { name: 'x', role: 'service' })).status, 422);
});

test('passwords and secrets are in no log line, and not in the database', async (t) => {
  const server = await serverFor(t);
  const canary = 'canary-Pq7-password';
  const { user, cookie } = await server.logIn('alice', {}, canary);
  await logIn(server, 'alice', `${canary}-wrong`);
  await server.put('/v1/me/password', { current_password: canary, new_password: `${canary}-new` }, { cookie });
  const link = await linkFor(server, user.id);
  await server.halt();
  const { stdout, stderr } = server.output;
  const secrets = [canary, cookie.split('=')[1], link.token];
  const files = ['sipmoved.db', 'sipmoved.db-wal'].map((name) => readFile(join(server.dataDir, name), 'latin1').catch(() => ''));

  for (const secret of secrets) {
    assert.ok(!(stdout + stderr).includes(secret));
    for (const file of await Promise.all(files)) assert.ok(!file.includes(secret));
  }
});
