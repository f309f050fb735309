// Logging in with a name and a password, and what a session's cookie opens.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { noClock, steppedServer } from './lib/clock.mjs';
import { cookieOf, eventually, startServer } from './lib/server.mjs';
import { codeOf } from './lib/totp.mjs';

const FAST = '[auth]\npassword_memory_kib = 19456\n';

async function serverFor(t, config = FAST) {
  const server = await startServer({ config });
  t.after(() => server.stop());
  return server;
}

function logIn(server, name, password, options = {}) {
  return server.post('/v1/sessions', { name, password }, { token: null, ...options });
}

// A problem without what differs from request to request.
function same(answer) {
  return { status: answer.status, ...answer.body, instance: undefined };
}

test('a log-in gives a cookie that no page can read and no other host sends', async (t) => {
  const server = await serverFor(t);
  const { password } = await server.logIn('alice');
  const answer = await logIn(server, 'alice', password);
  const [cookie, ...attributes] = answer.headers['set-cookie'][0].split('; ');

  assert.equal(answer.status, 201);
  assert.match(cookie, /^__Host-sipmoved=[A-Za-z0-9_-]{43}$/);
  assert.deepEqual(attributes.sort(), ['HttpOnly', 'Max-Age=2592000', 'Path=/', 'SameSite=Lax', 'Secure']);
  assert.ok(answer.headers['set-cookie'][0].length < 4096);
  assert.ok(!answer.text.includes(cookie.split('=')[1]));
  assert.equal(answer.headers['cache-control'], 'no-store');
});

test('a name logs in whatever the case of its letters', async (t) => {
  const server = await serverFor(t);
  const { password } = await server.logIn('Alice');

  assert.equal((await logIn(server, 'aLICE', password)).body.name, 'alice');
});

test('a log-in that fails says the same whatever is wrong', async (t) => {
  const server = await serverFor(t);
  const { password, user } = await server.logIn('alice');
  await server.post('/v1/users', { name: 'fresh', role: 'user' });
  const wrong = same(await logIn(server, 'alice', 'not the password'));
  const answers = [
    await logIn(server, 'nobody', 'not the password'),
    await logIn(server, 'no such name!', 'not the password'),
    await logIn(server, 'fresh', 'not the password'),
    await logIn(server, 'alice', ''),
    await logIn(server, 'alice', password.slice(0, -1)),
    await logIn(server, 'alice', `${password} `),
  ];
  await server.patch(`/v1/users/${user.id}`, { enabled: false });
  answers.push(await logIn(server, 'alice', password, { from: '127.0.9.1' }));

  assert.equal(wrong.status, 401);
  assert.equal(wrong.code, 'BAD_CREDENTIALS');
  for (const answer of answers) {
    assert.deepEqual(same(answer), wrong);
    assert.equal(answer.headers['set-cookie'], undefined);
  }
});

test('what fails to log in is one line of the log, in a form that stays', async (t) => {
  const server = await serverFor(t);
  await logIn(server, 'a"b\nc peer="9.9.9.9"', 'not the password');
  const [line] = await eventually(() => server.output.stderr.match(/^.*login_failed.*$/m) ?? [], (found) => found.length);

  assert.match(line, /^ts=\S+ level=warning event=login_failed name=".*" peer="127\.0\.0\.1" request_id=\S+$/);
  assert.ok(!line.includes(' peer="9.9.9.9"'));
  assert.ok(!server.output.stderr.includes('not the password'));
});

test('a session id is new at each log-in, and the one that the browser had is over', async (t) => {
  const server = await serverFor(t);
  const { cookie, password } = await server.logIn('alice');
  const again = await server.post('/v1/sessions', { name: 'alice', password }, { cookie });

  assert.equal(again.status, 201);
  assert.notEqual(cookieOf(again), cookie);
  assert.equal((await server.get('/v1/me', { cookie })).status, 401);
  assert.equal((await server.get('/v1/me', { cookie: cookieOf(again) })).status, 200);
});

test('a session is dead after the log-out', async (t) => {
  const server = await serverFor(t);
  const { cookie } = await server.logIn('alice');
  const out = await server.delete('/v1/sessions/current', { cookie });

  assert.equal(out.status, 204);
  assert.equal(out.headers['clear-site-data'], '"cache", "cookies", "storage"');
  assert.match(out.headers['set-cookie'][0], /^__Host-sipmoved=; .*Max-Age=0/);
  assert.equal((await server.get('/v1/me', { cookie })).status, 401);
});

test('a session outlives a restart of the server, its secret is not in the database', async (t) => {
  const server = await startServer({ config: FAST });
  t.after(() => server.stop());
  const { cookie } = await server.logIn('alice');
  await server.halt();
  const next = await startServer({ dataDir: server.dataDir, token: server.token, config: FAST });
  t.after(() => next.halt());
  const found = spawn('grep', ['-rqF', cookie.split('=')[1], server.dataDir]);
  const code = await new Promise((resolve) => { found.on('close', resolve); });

  assert.equal((await next.get('/v1/me', { cookie })).status, 200);
  assert.equal(code, 1);
});

test('cookies that are no sessions open nothing', async (t) => {
  const server = await serverFor(t);
  const { cookie } = await server.logIn('alice');
  const value = cookie.split('=')[1];
  const bad = ['', '__Host-sipmoved=', `__Host-sipmoved=${value}x`, `__Host-sipmoved=${value.slice(1)}`,
    `sipmoved=${value}`, `__host-sipmoved=${value}`, `${cookie}; ${cookie}`, `__Host-sipmoved=${'A'.repeat(43)}`,
    `__Host-sipmoved="${value}"`, ';;;=;', `x${cookie}`, `x_Host-sipmoved=${value}`];

  for (const one of bad)
    assert.equal((await server.get('/v1/me', { token: null, headers: { cookie: one } })).status, 401, one);
  for (const one of [`a=b; ${cookie}`, `${cookie};c=d`, `a;${cookie} ;`])
    assert.equal((await server.get('/v1/me', { token: null, headers: { cookie: one } })).status, 200, one);
});

test('whoever is not enabled any more, or has another role, is out with the next request', async (t) => {
  const server = await serverFor(t);

  for (const change of [{ enabled: false }, { role: 'helpdesk' }, { name: 'other' }]) {
    const name = `user${Object.keys(change)[0]}`;
    const { cookie, user } = await server.logIn(name);
    assert.equal((await server.get('/v1/me', { cookie })).status, 200);
    assert.equal((await server.patch(`/v1/users/${user.id}`, change)).status, 200);
    assert.equal((await server.get('/v1/me', { cookie })).status, 401, name);
  }
  const { cookie, user } = await server.logIn('gone');
  assert.equal((await server.delete(`/v1/users/${user.id}`)).status, 204);
  assert.equal((await server.get('/v1/me', { cookie })).status, 401);
});

test('who waits for a change hears of none after the session has ended, or the token was revoked', async (t) => {
  const server = await serverFor(t);
  const { cookie, user } = await server.logIn('alice', { addresses: ['sip:alice@example.com'] });
  const desk = (await server.post('/v1/tokens', { name: 'desk', role: 'helpdesk' })).body;
  const { revision } = (await server.get('/v1/moves')).body;
  const watch = (options) => server.get(`/v1/moves?since_revision=${revision}&wait=60`, options);
  const waiting = [watch({ cookie }), watch({ token: desk.token })];
  assert.equal((await server.patch(`/v1/users/${user.id}`, { enabled: false })).status, 200);
  assert.equal((await server.delete(`/v1/tokens/${desk.id}`)).status, 200);
  await server.move('sip:alice@example.com', 'sip:x@hotel.example.net');

  assert.deepEqual((await Promise.all(waiting)).map(({ status }) => status), [401, 401]);
});

test('users see and end their own sessions, and no other', async (t) => {
  const server = await serverFor(t);
  const alice = await server.logIn('alice');
  const bob = await server.logIn('bob');
  const second = await logIn(server, 'alice', alice.password);
  const own = (await server.get('/v1/sessions', { cookie: alice.cookie })).body.items;

  assert.deepEqual(own.map((one) => [one.name, one.current]), [['alice', true], ['alice', false]]);
  const refused = await server.get(`/v1/sessions?user=${bob.user.id}`, { cookie: alice.cookie });
  assert.equal(refused.status, 400);
  assert.equal((await server.delete(`/v1/sessions/${bob.session.id}`, { cookie: alice.cookie })).status, 404);
  assert.equal((await server.delete(`/v1/sessions/${second.body.id}`, { cookie: alice.cookie })).status, 204);
  assert.equal((await server.get('/v1/me', { cookie: cookieOf(second) })).status, 401);
  assert.equal((await server.get('/v1/me', { cookie: bob.cookie })).status, 200);
});

test('an administrator sees and ends the sessions of all', async (t) => {
  const server = await serverFor(t);
  const bob = await server.logIn('bob');
  const admin = await server.logIn('boss', { role: 'admin' });

  assert.equal((await server.get('/v1/sessions', { cookie: admin.cookie })).body.items.length, 1);
  assert.equal((await server.get('/v1/sessions?user=*', { cookie: admin.cookie })).body.items.length, 2);
  assert.equal((await server.get(`/v1/sessions?user=${bob.user.id}`)).body.items[0].id, bob.session.id);
  assert.equal((await server.delete(`/v1/sessions/${bob.session.id}`)).status, 204);
  assert.equal((await server.get('/v1/me', { cookie: bob.cookie })).status, 401);
});

test('a change that comes with a cookie must come from a page of this server', async (t) => {
  const server = await serverFor(t, `${FAST}[http]\npublic_origin = https://moves.example.com\n`);
  const { cookie } = await server.logIn('alice');
  const send = (headers) => server.patch('/v1/me', { language: 'id' }, { token: null, headers: { cookie, ...headers } });
  const good = [{ 'sec-fetch-site': 'same-origin' }, { 'sec-fetch-site': 'none' },
    { origin: 'https://moves.example.com' }];
  const bad = [{}, { 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'cross-site', origin: 'https://moves.example.com' }, { origin: 'https://evil.example' },
    { origin: 'null' }, { origin: 'http://moves.example.com' }];

  for (const headers of good) assert.equal((await send(headers)).status, 200, JSON.stringify(headers));
  for (const headers of bad) {
    const answer = await send(headers);
    assert.equal(answer.status, 403, JSON.stringify(headers));
    assert.equal(answer.body.code, 'FOREIGN_ORIGIN');
  }
  assert.equal((await server.get('/v1/me', { token: null, headers: { cookie } })).status, 200);
});

test('no other site logs anyone in, and forms are not understood', async (t) => {
  const server = await serverFor(t);
  const { password } = await server.logIn('alice');
  const body = { name: 'alice', password };

  assert.equal((await server.post('/v1/sessions', body, { token: null, headers: { 'sec-fetch-site': 'cross-site' } })).status, 403);
  assert.equal((await server.post('/v1/sessions', body, { token: null, headers: { origin: 'https://evil.example' } })).status, 403);
  for (const type of ['text/plain', 'application/x-www-form-urlencoded'])
    assert.equal((await server.post('/v1/sessions', body, { token: null, type })).status, 415);
});

test('a token says more than a cookie that comes with it', async (t) => {
  const server = await serverFor(t);
  const { cookie } = await server.logIn('alice');
  const answer = await server.get('/v1/tokens', { headers: { cookie } });

  assert.equal(answer.status, 200);
  assert.equal((await server.get('/v1/tokens', { token: 'smv_wrong', headers: { cookie } })).status, 401);
});

test('guessing is slowed down, and the owner gets in from another network', async (t) => {
  const server = await serverFor(t);
  const { password } = await server.logIn('alice');
  const statuses = [];
  for (let i = 0; i < 20; i += 1)
    statuses.push((await logIn(server, 'alice', `guess number ${i}`, { from: '127.0.1.1' })).status);
  const late = await logIn(server, 'alice', password, { from: '127.0.1.2' });

  assert.deepEqual(statuses.slice(0, 5), [401, 401, 401, 401, 401]);
  // However slow the machine, a second for each try is more than it needs.
  assert.ok(statuses.filter((status) => status === 429).length >= 5, statuses.join());
  if (late.status === 429) assert.ok(Number(late.headers['retry-after']) >= 1);
  assert.equal((await logIn(server, 'alice', password, { from: '127.0.2.1' })).status, 201);
});

test('a hundred wrong passwords are slowed down, and keep nobody out who comes from elsewhere', async (t) => {
  const server = await serverFor(t);
  const { password } = await server.logIn('alice');
  const answers = await Promise.all(Array.from({ length: 100 }, (_, i) =>
    logIn(server, 'alice', `guess number ${i}`, { from: `127.0.1.${1 + (i % 200)}` })));
  const looked = answers.filter(({ status }) => status === 401);

  assert.deepEqual([...new Set(answers.map(({ status }) => status))].sort(), [401, 429]);
  // Five at once, and what the delays let through while this ran.
  assert.ok(looked.length >= 5 && looked.length < 20, `${looked.length} passwords were looked at`);
  for (const { status, headers, body } of answers) if (status === 429) {
    assert.match(body.detail, /^There were too many tries\./);
    assert.ok(Number(headers['retry-after']) >= 1);
  }
  assert.equal((await logIn(server, 'alice', password, { from: '127.0.2.1' })).status, 201);
});

// Nanoseconds of CPU that the thread which hashes passwords has had.
async function hashingTime(server) {
  const tasks = `/proc/${server.child.pid}/task`;
  for (const task of await readdir(tasks))
    if ((await readFile(`${tasks}/${task}/comm`, 'utf8')) === 'hash-0\n')
      return Number((await readFile(`${tasks}/${task}/schedstat`, 'utf8')).split(' ')[0]);
  throw new Error('there is no thread hash-0');
}

test('a user who is unknown costs what a wrong password costs, and gets the same answer', async (t) => {
  const server = await serverFor(t);
  await server.logIn('alice');
  await server.post('/v1/users', { name: 'fresh', role: 'user' });
  const spent = { alice: 0, nobody: 0, fresh: 0 };
  const answers = [];

  for (let i = 0; i < 6; i += 1)
    for (const name of Object.keys(spent)) {
      const start = await hashingTime(server);
      answers.push(same(await logIn(server, name, `guess number ${i}`, { from: `127.0.${30 + i}.1` })));
      spent[name] += await hashingTime(server) - start;
    }
  for (const answer of answers) assert.deepEqual(answer, answers[0]);
  for (const name of ['nobody', 'fresh']) {
    const ratio = spent[name] / spent.alice;
    assert.ok(ratio > 0.5 && ratio < 2, `${name} takes ${ratio.toFixed(2)} of the work for a wrong password`);
  }
});

const MINUTE = 60;
const HOUR = 60 * MINUTE;
for (const [role, idle, life] of [['user', 12 * HOUR, 30 * 24 * HOUR], ['admin', 30 * MINUTE, 12 * HOUR]])
  test(`a session of the role ${role} ends when it was not used, and at the latest when its time is over`, { skip: noClock }, async (t) => {
    const { server, stepTo } = await steppedServer(t, { config: FAST });
    const used = await server.logIn('used', { role });
    const unused = await server.logIn('unused', { role });
    const other = await server.logIn('other', { role });
    const status = async ({ cookie }) => (await server.get('/v1/me', { cookie })).status;

    await stepTo(idle - MINUTE);
    assert.equal(await status(used), 200);
    assert.equal(await status(other), 200);
    await stepTo(idle + MINUTE);
    assert.equal(await status(unused), 401);
    assert.equal(await status(other), 200);
    for (let at = idle + MINUTE; at < life - MINUTE; at += idle - MINUTE) {
      await stepTo(at);
      assert.equal(await status(used), 200, `after ${at} s`);
    }
    // However lately it was used.
    await stepTo(life - MINUTE);
    assert.equal(await status(used), 200);
    await stepTo(life + MINUTE);
    assert.equal(await status(used), 401);
    assert.equal(await status(other), 401);
    assert.equal((await server.get('/v1/sessions?user=*')).body.items.length, 0);
  });

test('the link that makes the first administrator is good for thirty minutes', { skip: noClock }, async (t) => {
  const { server, stepTo } = await steppedServer(t, { config: FAST });
  const [, token] = /\/#\/setup\/(\S+)$/m.exec(server.output.stdout);
  const setUp = (members) => server.post('/v1/setups', { token, name: 'boss', password: 'the password of boss', ...members }, { token: null });

  await stepTo(29 * MINUTE);
  assert.equal((await setUp({ password: 'short' })).status, 422);
  await stepTo(31 * MINUTE);
  assert.equal((await setUp()).status, 404);
  assert.deepEqual((await server.get('/v1/users')).body.items, []);
});

test('more log-ins at a time than can wait are asked to come again', async (t) => {
  const server = await serverFor(t, '');
  const answers = await Promise.all(Array.from({ length: 40 }, (_, i) =>
    logIn(server, `user${i}`, 'not the password', { from: `127.0.${20 + i}.1` })));
  const statuses = answers.map((answer) => answer.status);

  assert.deepEqual([...new Set(statuses)].filter((status) => status !== 429), [401]);
  assert.ok(statuses.filter((status) => status === 401).length >= 16);
});

test('a flood of log-ins does not keep other requests waiting', async (t) => {
  const server = await serverFor(t, '');
  const flood = Promise.all(Array.from({ length: 16 }, (_, i) =>
    logIn(server, `user${i}`, 'not the password', { from: `127.0.${20 + i}.1` })));
  let answered = 0;
  const quick = (async () => { for (; answered < 10; answered += 1) await server.get('/v1/moves'); })();
  await Promise.race([quick, flood]);

  assert.equal(answered, 10);
  await flood;
});

async function turnOnCodes(server, person) {
  const { body } = await server.post('/v1/me/totp', { password: person.password }, { cookie: person.cookie });
  const confirmed = await server.post('/v1/me/totp/confirmations', { code: codeOf(body.secret) }, { cookie: person.cookie });
  assert.equal(confirmed.status, 200, confirmed.text);
  return { ...body, codes: confirmed.body.recovery_codes };
}

test('with codes turned on the password alone opens nothing, and a code is good once', async (t) => {
  const server = await serverFor(t);
  const boss = await server.logIn('boss', { role: 'admin' });
  const pending = (await server.post('/v1/me/totp', { password: boss.password }, { cookie: boss.cookie })).body;
  assert.equal((await logIn(server, 'boss', boss.password)).status, 201);
  const wrong = await server.post('/v1/me/totp/confirmations', { code: '000000x' }, { cookie: boss.cookie });
  const { secret, uri, codes } = await turnOnCodes(server, boss);
  const withCode = (totp) => server.post('/v1/sessions', { name: 'boss', password: boss.password, totp }, { token: null });
  const none = await logIn(server, 'boss', boss.password);
  const code = codeOf(secret, 1);

  assert.equal(wrong.body.errors[0].pointer, '/code');
  assert.notEqual(secret, pending.secret);
  assert.equal(uri, `otpauth://totp/sipmoved:boss?secret=${secret}&issuer=sipmoved`);
  assert.equal(none.status, 401);
  assert.equal((await withCode(codeOf(pending.secret))).status, 401);
  assert.equal((await withCode(code)).status, 201);
  assert.equal((await withCode(code)).status, 401);
  assert.equal(codes.length, 10);
  assert.equal((await withCode(codes[3].toLowerCase().replaceAll('-', ''))).status, 201);
  assert.equal((await withCode(codes[3])).status, 401);
  assert.equal((await server.get('/v1/me', { cookie: boss.cookie })).body.has_totp, true);
  assert.equal((await server.post('/v1/me/totp', { password: boss.password }, { cookie: boss.cookie })).status, 409);
});

test('codes are turned on by who knows the password alone', async (t) => {
  const server = await serverFor(t);
  const alice = await server.logIn('alice');
  const begin = (body) => server.post('/v1/me/totp', body, { cookie: alice.cookie });

  assert.equal((await begin({})).body.errors[0].pointer, '/password');
  assert.equal((await begin({ password: 'not the password' })).body.errors[0].code, 'WRONG_PASSWORD');
  assert.equal((await server.post('/v1/me/totp/confirmations', { code: '123456' }, { cookie: alice.cookie })).status, 404);
  assert.equal((await begin({ password: alice.password })).status, 201);
});

test('codes are turned off by who knows the password, or by an administrator', async (t) => {
  const server = await serverFor(t);
  const alice = await server.logIn('alice');
  await turnOnCodes(server, alice);
  const remove = (password) => server.post('/v1/me/totp/removals', { password }, { cookie: alice.cookie });

  assert.equal((await remove('not the password')).body.errors[0].code, 'WRONG_PASSWORD');
  assert.equal((await remove(alice.password)).status, 204);
  assert.equal((await logIn(server, 'alice', alice.password)).status, 201);
  assert.equal((await remove(alice.password)).status, 404);
  await turnOnCodes(server, alice);
  assert.equal((await server.delete(`/v1/users/${alice.user.id}/totp`)).status, 204);
  assert.equal((await logIn(server, 'alice', alice.password)).status, 201);
});

test('a proxy says who asks, if it is trusted and knows the secret', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'sipmoved-proxy-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const secret = 'a secret of the proxy';
  await writeFile(join(folder, 'secret'), `${secret}\n`);
  const server = await serverFor(t, `${FAST}proxy_networks = 127.0.5.0/24\nproxy_secret_file = ${join(folder, 'secret')}\n`);
  const alice = (await server.post('/v1/users', { name: 'alice', role: 'user', addresses: ['sip:alice@example.com'] })).body;
  await server.move('sip:bob@example.com', 'sip:bob@there.example.net');
  const ask = (headers, from = '127.0.5.1', path = '/v1/me') => server.get(path, { token: null, headers, from });
  const good = { 'x-remote-user': 'Alice', 'x-proxy-secret': secret };

  assert.equal((await ask(good)).body.id, alice.id);
  assert.deepEqual((await ask(good, '127.0.5.1', '/v1/moves')).body.items, []);
  for (const [headers, from] of [
    [good, '127.0.6.1'], [good, undefined], [{ 'x-remote-user': 'alice' }], [{ ...good, 'x-proxy-secret': `${secret}x` }],
    [{ ...good, 'x-proxy-secret': '' }], [{ ...good, 'x-remote-user': 'nobody' }], [{ ...good, 'x-remote-user': '' }],
    [{ ...good, 'x-remote-user': ['alice', 'root'] }], [{ 'x-forwarded-user': 'alice', 'x-proxy-secret': secret }],
    [{ ...good, 'x-forwarded-for': '127.0.5.1' }, '127.0.6.1'],
  ]) assert.equal((await ask(headers, from ?? (from === undefined && headers === good ? '127.0.0.1' : '127.0.5.1'))).status, 401,
    JSON.stringify([headers, from]));
  const change = (headers) => server.patch('/v1/me', { language: 'id' }, { token: null, headers: { ...good, ...headers }, from: '127.0.5.1' });
  assert.equal((await change({})).status, 403);
  assert.equal((await change({ 'sec-fetch-site': 'same-origin' })).status, 200);
  await server.patch(`/v1/users/${alice.id}`, { name: 'alicia' });
  const renamed = { ...good, 'x-remote-user': 'alicia' };
  assert.equal((await ask(good)).status, 401);
  assert.equal((await ask(renamed)).body.id, alice.id);
  await server.patch(`/v1/users/${alice.id}`, { enabled: false });
  assert.equal((await ask(renamed)).status, 401);
  await server.patch(`/v1/users/${alice.id}`, { enabled: true });
  assert.equal((await ask(renamed)).status, 200);
  await server.delete(`/v1/users/${alice.id}`);
  assert.equal((await ask(renamed)).status, 401);
});

test('one address has 64 connections, and a trusted proxy, behind which there are many, more', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'sipmoved-proxy-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'secret'), 'a secret of the proxy\n');
  const server = await serverFor(t, `${FAST}proxy_networks = 127.0.5.0/24\nproxy_secret_file = ${join(folder, 'secret')}\n`);
  const port = server.httpPort;
  // Told by its answer whether it was let in: 200, or an end without any.
  const connect = (localAddress) => new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port, localAddress });
    t.after(() => socket.destroy());
    socket.on('error', () => resolve(false));
    socket.on('close', () => resolve(false));
    socket.on('data', () => resolve(true));
    socket.write('GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n');
  });
  const openFrom = async (address) => {
    const opened = [];
    for (let i = 0; i < 70; i++) opened.push(await connect(address));
    return opened.filter(Boolean).length;
  };

  assert.equal(await openFrom('127.0.6.1'), 64);
  assert.equal(await openFrom('127.0.5.1'), 70);
});

test('a proxy without a secret worth the name is refused at the start', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'sipmoved-proxy-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'secret'), 'short\n');

  await assert.rejects(startServer({ config: `${FAST}proxy_networks = 127.0.0.1\n` }), /proxy_secret_file: names no file/);
  await assert.rejects(startServer({ config: `${FAST}proxy_networks = 127.0.0.1\nproxy_secret_file = ${join(folder, 'secret')}\n` }),
    /proxy_secret_failed/);
});
