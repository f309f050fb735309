import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Authority } from './lib/certificates.mjs';
import { sippCall } from './lib/peers.mjs';
import { eventually, startServer } from './lib/server.mjs';
import { Caller, contacts } from './lib/sip.mjs';
import { StreamCaller } from './lib/stream.mjs';

const HASHES = { MD5: 'md5', 'SHA-256': 'sha256', 'SHA-512-256': 'sha512-256' };
const PASSWORD = 'zanzibar-9';
let authority;
let server;
let tlsPort;
let caller;
let users = 0;

before(async () => {
  authority = await Authority.open();
  const own = await authority.issue('sip.example.com', { san: 'DNS:sip.example.com' });
  server = await startServer({
    config: `[tls]\ncertificate = ${own.certFile}\nprivate_key = ${own.keyFile}\n`,
    args: ['--sip-listen', 'tls:127.0.0.1:0'],
  });
  tlsPort = Number(/^SIP {2}tls:127\.0\.0\.1:(\d+)$/m.exec(server.output.stdout)[1]);
  caller = await Caller.open(server.sipPort);
});

after(async () => {
  caller?.close();
  await server?.stop();
  await authority?.close();
});

function hash(algorithm, ...parts) {
  return createHash(HASHES[algorithm]).update(parts.join(':')).digest('hex');
}

function parameters(challenge) {
  const found = challenge.matchAll(/([a-z]+)=(?:"([^"]*)"|([^",\s]+))/gi);
  return Object.fromEntries([...found].map(([, name, quoted, token]) => [name, quoted ?? token]));
}

function challenges(response) {
  return (response.headers['www-authenticate'] ?? []).map(parameters);
}

// The Authorization line that a client makes of a challenge.
function authorization(challenge, { uri, username = 'bob', password = PASSWORD, method = 'INVITE', nc = 1, qop = true }) {
  const { algorithm, realm, nonce } = challenge;
  const ha1 = hash(algorithm, username, realm, password);
  const ha2 = hash(algorithm, method, uri);
  const count = nc.toString(16).padStart(8, '0');
  const response = qop ? hash(algorithm, ha1, nonce, count, '0a4f113b', 'auth', ha2) : hash(algorithm, ha1, nonce, ha2);
  return `Authorization: Digest username="${username}", realm="${realm}", nonce="${nonce}", uri="${uri}", ` +
    `response="${response}", algorithm=${algorithm}${qop ? `, qop=auth, nc=${count}, cnonce="0a4f113b"` : ''}`;
}

// A domain of its own with bob, an address that has moved, and what it asks.
async function domainAsking(members = {}) {
  users += 1;
  const name = `asks${users}.example`;
  const uri = `sip:alice@${name}`;
  await server.move(uri, 'sip:alice@hotel.example.net');
  const list = await server.get('/v1/domains?limit=1000');
  const { id } = list.body.items.find((domain) => domain.name === name);
  const path = `/v1/domains/${id}/authentication`;
  const user = await server.post('/v1/sip-users', { username: 'bob', domain: name, password: PASSWORD });
  assert.equal(user.status, 201, user.text);
  const asked = await server.put(path, { required: true, ...members });
  assert.equal(asked.status, 200, asked.text);
  return { name, id, uri, path, user: user.body };
}

async function metric(pattern) {
  const { text } = await server.get('/metrics');
  return Number(pattern.exec(text)?.[1]);
}

for (const algorithm of Object.keys(HASHES)) {
  test(`a caller who proves himself by ${algorithm} is redirected`, async () => {
    const { uri, name } = await domainAsking();
    const asked = await caller.call(uri);
    const challenge = challenges(asked).find((one) => one.algorithm === algorithm);
    const answer = await caller.call(uri, { headers: [authorization(challenge, { uri })] });
    const old = await caller.call(uri, {
      headers: [authorization(challenges(await caller.call(uri)).find((one) => one.algorithm === algorithm),
        { uri, qop: false })],
    });

    assert.equal(asked.status, 401);
    assert.equal(asked.headers['proxy-authenticate'], undefined);
    assert.deepEqual(challenges(asked).map((one) => [one.algorithm, one.realm, one.qop, one.stale]),
      [['SHA-512-256', name, 'auth', undefined], ['SHA-256', name, 'auth', undefined],
        ['MD5', name, 'auth', undefined]]);
    assert.equal(answer.status, 302, answer.text);
    assert.deepEqual(contacts(answer), ['sip:alice@hotel.example.net']);
    assert.equal(old.status, 302, old.text);
  });
}

for (const transport of ['TCP', 'TLS'])
  test(`over ${transport} the challenge and its answer go over one connection, and every algorithm is offered`, async (t) => {
    const { uri } = await domainAsking();
    const tls = { ca: authority.certificate, servername: 'sip.example.com' };
    const connection = await (transport === 'TCP'
      ? StreamCaller.open(server.sipPort) : StreamCaller.open(tlsPort, { tls }));
    t.after(() => connection.close());
    const asked = await connection.call(uri);
    const offered = challenges(asked);
    const wrong = await connection.call(uri, { headers: [authorization(offered[0], { uri, password: 'zanzibar-8' })] });
    const right = await connection.call(uri, { headers: [authorization(offered[0], { uri })] });

    assert.deepEqual([asked, wrong, right].map((answer) => answer.status), [401, 401, 302]);
    assert.deepEqual(offered.map((one) => one.algorithm), ['SHA-512-256', 'SHA-256', 'MD5']);
  });

test('a wrong password is asked for again, a replay gets a fresh nonce', async () => {
  const { uri } = await domainAsking({ algorithms: ['SHA-256'] });
  const [challenge] = challenges(await caller.call(uri));
  const wrong = await caller.call(uri, { headers: [authorization(challenge, { uri, password: 'zanzibar-8' })] });
  const unknown = await caller.call(uri, { headers: [authorization(challenge, { uri, username: 'eve' })] });
  const right = await caller.call(uri, { headers: [authorization(challenge, { uri })] });
  const replay = await caller.call(uri, { headers: [authorization(challenge, { uri })] });
  const next = await caller.call(uri, { headers: [authorization(challenge, { uri, nc: 2 })] });
  const [fresh] = challenges(replay);
  const again = await caller.call(uri, { headers: [authorization(fresh, { uri })] });

  assert.deepEqual([wrong, unknown, right, replay, next, again].map((answer) => answer.status),
    [401, 401, 302, 401, 302, 302]);
  assert.deepEqual([wrong, unknown, replay].map((answer) => challenges(answer)[0].stale),
    [undefined, undefined, 'true']);
  assert.notEqual(fresh.nonce, challenge.nonce);
  await eventually(() => metric(/event="credentials_stale"\} (\d+)/), (count) => count >= 1);
  await eventually(() => metric(/event="credentials_wrong"\} (\d+)/), (count) => count >= 2);
});

test('a password is changed with the very next call, and never shown', async () => {
  const { uri, user } = await domainAsking({ algorithms: ['SHA-512-256'] });
  const path = `/v1/sip-users/${user.id}`;
  const changed = await server.patch(path, { password: 'another one' });
  const [challenge] = challenges(await caller.call(uri));
  const old = await caller.call(uri, { headers: [authorization(challenge, { uri })] });
  const now = await caller.call(uri, { headers: [authorization(challenge, { uri, password: 'another one' })] });
  const gone = await server.delete(path);
  const after = await caller.call(uri, { headers: [authorization(challenge, { uri, password: 'another one', nc: 2 })] });

  assert.equal(changed.status, 200, changed.text);
  assert.ok(!/another|ha1/.test(changed.text), changed.text);
  assert.deepEqual([old, now, after].map((answer) => answer.status), [401, 302, 401]);
  assert.equal(gone.status, 204);
});

test('what a domain asks is off by default, and off again when it is told', async () => {
  const { uri, path } = await domainAsking();
  const other = await server.post('/v1/domains', { name: 'quiet.example' });
  const quiet = await server.get(`/v1/domains/${other.body.id}/authentication`);
  const read = await server.get(path);
  const bad = await server.put(path, { algorithms: ['SHA-1'], nonce_seconds: 1, extra: 1 });
  const stale = await server.put(path, { required: false }, { headers: { 'if-match': '"r1"' } });
  const off = await server.put(path, { required: false }, { headers: { 'if-match': read.headers.etag } });
  const answer = await caller.call(uri);

  assert.deepEqual({ ...quiet.body, revision: null }, {
    domain: 'quiet.example', required: false, algorithms: ['SHA-512-256', 'SHA-256', 'MD5'],
    nonce_seconds: 300, require_qop: false, bind_nonce_to_source: false, revision: null,
  });
  assert.equal(read.body.required, true);
  assert.equal(bad.status, 422);
  assert.deepEqual(bad.body.errors.map((fault) => [fault.pointer, fault.code]).sort(), [
    ['/algorithms', 'OUT_OF_RANGE'], ['/extra', 'UNKNOWN_MEMBER'], ['/nonce_seconds', 'OUT_OF_RANGE'],
    ['/required', 'MISSING_MEMBER'],
  ]);
  assert.equal(stale.status, 412);
  assert.equal(off.status, 200, off.text);
  assert.equal(answer.status, 302);
});

test('users are listed, noted on, and never renamed', async () => {
  const { name, id, user } = await domainAsking();
  const path = `/v1/sip-users/${user.id}`;
  const twice = await server.post('/v1/sip-users', { username: 'bob', domain: name, password: PASSWORD });
  const second = await server.post('/v1/sip-users', { username: 'carol', domain: name, password: PASSWORD, note: 'n' });
  const bad = await server.post('/v1/sip-users', { username: 'a"b', domain: 'unserved.example', password: 'short' });
  const unserved = await server.post('/v1/sip-users', { username: 'a', domain: 'unserved.example', password: PASSWORD });
  const first = await server.get(`/v1/sip-users?domain=${name}&limit=1`);
  const rest = await server.get(`/v1/sip-users?domain=${name}&limit=1&cursor=${first.body.next_cursor}`);
  const one = await server.get(`/v1/sip-users?domain=${name}&username=carol`);
  const noted = await server.patch(path, { note: 'trunk' }, { headers: { 'if-match': `"r${user.revision}"` } });
  const renamed = await server.patch(path, { username: 'x', domain: 'y.example' });
  const used = await server.delete(`/v1/domains/${id}`);

  assert.equal(twice.status, 409);
  assert.deepEqual(twice.body.conflicting_ids, [user.id]);
  assert.equal(second.headers.location, `/v1/sip-users/${second.body.id}`);
  assert.deepEqual(bad.body.errors.map((fault) => fault.pointer).sort(), ['/password', '/username']);
  assert.deepEqual(unserved.body.errors.map((fault) => [fault.pointer, fault.code]), [['/domain', 'UNKNOWN_DOMAIN']]);
  assert.deepEqual([first, rest, one].map((page) => page.body.items.map((item) => item.username)),
    [['bob'], ['carol'], ['carol']]);
  assert.equal(rest.body.next_cursor, null);
  assert.equal(noted.body.note, 'trunk');
  assert.equal(noted.body.password_changed_at, user.password_changed_at);
  assert.deepEqual(renamed.body.errors.map((fault) => fault.pointer).sort(), ['/domain', '/username']);
  assert.equal(used.status, 409);
});

// Bytes of our own choosing, and whatever comes back to them.
async function sendAndListen(messages, quietMs = 600) {
  const socket = createSocket('udp4');
  const heard = [];
  socket.on('message', (data) => heard.push(data.toString('latin1')));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  for (const message of messages) {
    socket.send(message(socket.address().port), server.sipPort, '127.0.0.1');
    await delay(1);
  }
  await delay(quietMs);
  socket.close();
  return heard;
}

function raw(method, uri, branch, callId) {
  return (port) => [`${method} ${uri} SIP/2.0`, `Via: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bK${branch};rport`,
    'From: <sip:c@caller.example>;tag=1', `To: <${uri}>`, `Call-ID: ${callId}`, `CSeq: 1 ${method}`,
    'Content-Length: 0', '', ''].join('\r\n');
}

test('an ACK after a 401 gets nothing, and a CANCEL is never challenged', async () => {
  const { uri } = await domainAsking();
  const heard = await sendAndListen([raw('INVITE', uri, 'a1', 'ack-1'), raw('ACK', uri, 'a1', 'ack-1'),
    raw('CANCEL', uri, 'a2', 'ack-2')], 1200);

  assert.deepEqual(heard.map((text) => text.slice(8, 11)), ['401', '481']);
});

test('a flood of strangers leaves no transaction behind', async () => {
  const { uri } = await domainAsking();
  const live = /^sipmoved_sip_transactions(?:\{\})? (\d+)$/m;
  const counted = /^sipmoved_sip_responses_total\{[^}]*401[^}]*\} (\d+)$/m;
  const before401 = await metric(counted);
  const before = await metric(live);
  const heard = await sendAndListen(Array.from({ length: 300 }, (_, i) => raw('INVITE', uri, `f${i}`, `flood-${i}`)));

  assert.ok(heard.length >= 250, `${heard.length} answers`);
  assert.ok(heard.every((text) => text.startsWith('SIP/2.0 401 ')));
  assert.ok(await metric(live) <= before, 'no transaction was made');
  await eventually(() => metric(counted), (count) => count >= before401 + heard.length);
});

test('SIPp answers the challenge and is redirected', async () => {
  await server.move('sip:dave@example.com', 'sip:dave@hotel.example.net');
  const { body } = await server.get('/v1/domains?limit=1000');
  const { id } = body.items.find((domain) => domain.name === 'example.com');
  await server.post('/v1/sip-users', { username: 'sipp', domain: 'example.com', password: PASSWORD });
  await server.put(`/v1/domains/${id}/authentication`, { required: true, algorithms: ['MD5'] });

  const right = await sippCall('digest', { port: server.sipPort, service: 'dave',
    args: ['-au', 'sipp', '-ap', PASSWORD] });
  const wrong = await sippCall('digest', { port: server.sipPort, service: 'dave',
    args: ['-au', 'sipp', '-ap', 'something else'] });

  assert.equal(right.code, 0, right.output + right.errors);
  assert.notEqual(wrong.code, 0);
  const entry = await eventually(async () => {
    const logs = await server.get('/v1/redirect-logs?address=sip:dave@example.com&limit=50');
    return logs.body.items.find((item) => item.status === 302);
  }, (found) => found?.ack_seen);
  assert.equal(entry.user_agent, 'SIPp');
});
