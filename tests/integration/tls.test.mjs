// SIP over TLS: versions, certificates by name, mutual TLS, new certificates
// while connections live.
import assert from 'node:assert/strict';
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Authority } from './lib/certificates.mjs';
import { baresipCaller, sippCallee } from './lib/peers.mjs';
import { eventually, runProgram, startServer } from './lib/server.mjs';
import { Caller, contacts } from './lib/sip.mjs';
import { askFirstAndListenLater, composeRequest, StreamCaller } from './lib/stream.mjs';

const TARGET = 'sips:alice@hotel.example.net';
let authority;
let stranger;
let ours;
let other;
let server;

// settings: more lines of [tls]; sip: of [sip].
async function startTls({ settings = '', sip = '', certFile = ours.certFile, keyFile = ours.keyFile } = {}) {
  const started = await startServer({
    config: `[sip]\n${sip}\n[tls]\ncertificate = ${certFile}\nprivate_key = ${keyFile}\n${settings}\n`,
    args: ['--sip-listen', 'tls:127.0.0.1:0'],
  });
  started.tlsPort = Number(/^SIP {2}tls:127\.0\.0\.1:(\d+)$/m.exec(started.output.stdout)[1]);
  await started.move('sip:alice@example.com', TARGET);
  return started;
}

async function start(t, options) {
  const started = await startTls(options);
  t.after(() => started.stop());
  return started;
}

async function open(t, port, tls = {}) {
  const caller = await StreamCaller.open(port,
    { tls: { ca: authority.certificate, servername: 'sip.example.com', ...tls } });
  t.after(() => caller.close());
  return caller;
}

// A TLS 1.3 client hears of a refusal only after its own handshake: it ends.
async function refused(port, tls) {
  let caller;
  try {
    caller = await StreamCaller.open(port,
      { tls: { ca: authority.certificate, servername: 'sip.example.com', ...tls } });
    const answer = await caller.call('sip:alice@example.com');
    return answer.status;
  } catch (error) {
    return error.message;
  } finally {
    caller?.close();
  }
}

async function event(of, name) {
  const { text } = await of.get('/metrics');
  return Number(new RegExp(`^sipmoved_sip_events_total\\{event="${name}"\\} (\\S+)$`, 'm').exec(text)[1]);
}

before(async () => {
  [authority, stranger] = await Promise.all([Authority.open(), Authority.open('Stranger')]);
  ours = await authority.issue('sip.example.com', { san: 'DNS:sip.example.com,URI:sip:example.com' });
  other = await authority.issue('example.net', { san: 'DNS:example.net,URI:sip:example.net' });
  server = await startTls();
});

after(async () => {
  await server?.stop();
  await authority?.close();
  await stranger?.close();
});

for (const version of ['TLSv1.2', 'TLSv1.3']) {
  test(`a call over ${version} is redirected, and the log says TLS and ACK`, async (t) => {
    const caller = await open(t, server.tlsPort, { minVersion: version, maxVersion: version });
    assert.equal(caller.socket.getProtocol(), version);
    const response = await caller.call('sip:alice@example.com');

    assert.equal(response.status, 302);
    assert.deepEqual(contacts(response), [TARGET]);
    const { body } = await eventually(
      () => server.get(`/v1/redirect-logs?call_id=${response.callId}`),
      (answer) => answer.body.items[0]?.ack_seen);
    assert.equal(body.items[0].transport, 'tls');
  });
}

for (const version of ['TLSv1', 'TLSv1.1']) {
  test(`${version} is refused`, async () => {
    const failures = await event(server, 'tls_failures');
    assert.match(String(await refused(server.tlsPort,
      { minVersion: version, maxVersion: version, ciphers: 'ALL:@SECLEVEL=0' })), /protocol version|ended|ECONNRESET|EPIPE|disconnected/i);
    await eventually(() => event(server, 'tls_failures'), (count) => count === failures + 1);
  });
}

test('a handshake is not made anew on a connection that has had one', async (t) => {
  const caller = await open(t, server.tlsPort, { maxVersion: 'TLSv1.2' });
  assert.equal((await caller.call('sip:alice@example.com')).status, 302);
  const outcome = await new Promise((resolve) => {
    for (const name of ['error', 'close']) caller.socket.once(name, () => resolve('refused'));
    caller.socket.renegotiate({}, (error) => resolve(error ? 'refused' : 'made'));
  });
  assert.equal(outcome, 'refused');
});

test('framing is that of TCP: pieces, pipelines, keep-alives, long bodies', async (t) => {
  const caller = await open(t, server.tlsPort);
  for (const byte of composeRequest({ transport: 'TLS' })) caller.write(byte);
  assert.equal((await caller.response()).status, 302);
  const body = 'y'.repeat(60000);
  caller.write(`\r\n\r\n${composeRequest({ transport: 'TLS', lines: ['Content-Length: 60000'] })}${body}`);
  assert.equal(await caller.bytes('\r\n'), '\r\n');
  assert.equal((await caller.response()).status, 302);
  caller.write(Array.from({ length: 300 }, (_, i) => composeRequest({ method: 'OPTIONS', callId: `t-${i}` })).join(''));
  for (let i = 0; i < 300; i += 1)
    assert.equal((await caller.response()).headers['call-id'][0], `t-${i}`);
});

test('a request without Content-Length gets 400, and the connection ends', async (t) => {
  const caller = await open(t, server.tlsPort);
  caller.write(composeRequest({ lines: [] }));
  assert.equal((await caller.response()).status, 400);
  await caller.untilEnd();
  assert.equal(caller.error, undefined);
});

test('who sends no more after its INVITE still gets the answer', async (t) => {
  const caller = await open(t, server.tlsPort);
  caller.socket.end(composeRequest());
  assert.equal((await caller.response()).status, 302);
  await caller.untilEnd();
});

test('bytes that are no TLS end the connection and nothing else', async (t) => {
  const witness = await open(t, server.tlsPort);
  const plain = await StreamCaller.open(server.tlsPort);
  t.after(() => plain.close());
  plain.write(composeRequest());
  await plain.untilEnd();
  assert.equal((await witness.call('sip:alice@example.com')).status, 302);
});

test('a handshake that stops half way has its time', async (t) => {
  const own = await start(t, { settings: 'handshake_timeout_s = 1' });
  const silent = await StreamCaller.open(own.tlsPort);
  t.after(() => silent.close());
  silent.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01]));
  await silent.untilEnd();
  await eventually(() => event(own, 'connection_timeouts'), (count) => count === 1);
});

test('answers that are taken late are all there, once and in order', async (t) => {
  const caller = await open(t, server.tlsPort);
  const callIds = await askFirstAndListenLater(caller, 40000);
  assert.deepEqual(callIds, Array.from({ length: 40000 }, (_, i) => `late-${i}`));
});

test('a session is resumed with its ticket', async (t) => {
  const first = await open(t, server.tlsPort, { maxVersion: 'TLSv1.2' });
  await first.call('sip:alice@example.com');
  const session = first.socket.getSession();
  const second = await open(t, server.tlsPort, { maxVersion: 'TLSv1.2', session });
  assert.equal(second.socket.isSessionReused(), true);
  assert.equal((await second.call('sip:alice@example.com')).status, 302);
});

test('the name a client asks for picks the certificate, and none gets the default', async (t) => {
  const folder = join(authority.folder, 'sni');
  await mkdir(folder);
  await copyFile(other.bothFile, join(folder, 'example.net.pem'));
  const own = await start(t, { settings: `sni_dir = ${folder}` });
  const names = [['sip.example.com', /sip\.example\.com/], ['example.net', /example\.net/],
    ['EXAMPLE.NET', /example\.net/], ['foo.example.net', /sip\.example\.com/]];

  for (const [servername, expected] of names) {
    const caller = await open(t, own.tlsPort, { servername, rejectUnauthorized: false });
    assert.match(caller.socket.getPeerCertificate().subject.CN, expected, servername);
    assert.equal((await caller.call('sip:alice@example.com')).status, 302);
  }
  const nameless = await open(t, own.tlsPort, { servername: '', rejectUnauthorized: false });
  assert.equal(nameless.socket.getPeerCertificate().subject.CN, 'sip.example.com');
});

test('mutual TLS takes the clients that are named, by their whole name alone', async (t) => {
  const folder = join(authority.folder, 'sni2');
  await mkdir(folder);
  await copyFile(other.bothFile, join(folder, 'example.net.pem'));
  const own = await start(t, {
    settings: `client_ca = ${authority.file}\nverify_client = required\n`
      + `client_identities = example.com, peer.example.org\nsni_dir = ${folder}`,
  });
  const cases = [
    ['dns', { san: 'DNS:example.com' }, 302],
    ['uri', { san: 'URI:sip:example.com' }, 302],
    ['case', { san: 'DNS:Peer.Example.ORG' }, 302],
    ['second', { san: 'DNS:foo.example.com,URI:sip:example.com' }, 302],
    ['cn-alone', { cn: 'example.com' }, 302],
    ['server-only', { san: 'DNS:example.com', usage: 'serverAuth' }, 302],
    ['sip-domain', { san: 'DNS:example.com', usage: '1.3.6.1.5.5.7.3.20' }, 302],
    ['longer', { san: 'DNS:foo.example.com' }, null],
    ['wildcard', { san: 'DNS:*.example.com' }, null],
    ['user', { san: 'URI:sip:alice@example.com' }, null],
    ['sips', { san: 'URI:sips:example.com' }, null],
    ['dns-beside-uri', { san: 'DNS:example.com,URI:sip:elsewhere.example' }, null],
    ['cn-beside-san', { cn: 'example.com', san: 'DNS:elsewhere.example' }, null],
    ['mail-only', { san: 'DNS:example.com', usage: 'emailProtection' }, null],
  ];
  for (const [name, options, status] of cases) {
    const { cert, key } = await authority.issue(`client-${name}`, options);
    for (const tls of [{}, { maxVersion: 'TLSv1.2' }, { servername: 'example.net' }]) {
      const result = await refused(own.tlsPort, { cert, key, ...tls });
      if (status) assert.equal(result, status, name);
      else assert.equal(typeof result, 'string', name);
    }
  }
  const forged = await stranger.issue('client-forged', { san: 'DNS:example.com' });
  assert.equal(typeof await refused(own.tlsPort, { cert: forged.cert, key: forged.key }), 'string');
  assert.equal(typeof await refused(own.tlsPort, {}), 'string');
});

test('an optional certificate may lack, but not be bad', async (t) => {
  const own = await start(t, { settings: `client_ca = ${authority.file}\nverify_client = optional` });
  const good = await authority.issue('client-any', { san: 'DNS:any.example' });
  const bad = await stranger.issue('client-bad', { san: 'DNS:any.example' });

  assert.equal(await refused(own.tlsPort, {}), 302);
  assert.equal(await refused(own.tlsPort, { cert: good.cert, key: good.key }), 302);
  assert.equal(typeof await refused(own.tlsPort, { cert: bad.cert, key: bad.key }), 'string');
});

test('SIGHUP brings new certificates for new connections, and old ones live on', async (t) => {
  const certFile = join(authority.folder, 'reload.crt');
  const keyFile = join(authority.folder, 'reload.key');
  const [first, second] = [await authority.issue('first.example', {}), await authority.issue('second.example', {})];
  const install = async ({ cert, key }) => {
    await writeFile(certFile, cert);
    await writeFile(keyFile, key);
  };
  await install(first);
  const own = await start(t, { sip: 'workers = 2', certFile, keyFile });
  const name = (caller) => caller.socket.getPeerCertificate().subject.CN;
  const hup = async (line) => {
    const count = own.output.stderr.split(line).length;
    own.child.kill('SIGHUP');
    await eventually(() => own.output.stderr, (text) => text.split(line).length > count);
  };

  const old = await open(t, own.tlsPort, { rejectUnauthorized: false });
  assert.equal(name(old), 'first.example');
  await install(second);
  await hup('event=tls_reloaded certificates=1');
  const fresh = await open(t, own.tlsPort, { rejectUnauthorized: false });
  assert.equal(name(fresh), 'second.example');
  assert.equal((await old.call('sip:alice@example.com')).status, 302);

  // All or nothing: a key that does not fit changes nothing.
  await writeFile(keyFile, first.key);
  await hup('event=tls_reload_failed');
  const later = await open(t, own.tlsPort, { rejectUnauthorized: false });
  assert.equal(name(later), 'second.example');
  assert.equal((await old.call('sip:alice@example.com')).status, 302);
});

test('certificates that cannot be used are named before anything starts', async (t) => {
  const folder = join(authority.folder, 'check');
  await mkdir(folder);
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'noise'), 'no PEM\n');
  const cases = [
    [`certificate = ${folder}/none`, /none: No such file or directory/],
    [`certificate = ${folder}/noise`, /noise: no start line/],
    [`certificate = ${ours.certFile}\nprivate_key = ${other.keyFile}`, /example\.net\.key: key values mismatch/],
    [`certificate = ${ours.bothFile}\nsni_dir = ${folder}/none`, /none: No such file or directory/],
    [`certificate = ${ours.bothFile}\nclient_ca = ${folder}/noise\nverify_client = optional`, /noise: /],
    [`verify_client = optional`, /client_ca: names no file/],
    [`verify_client = maybe`, /is not off, optional or required/],
    [`client_identities = *.example.com`, /has a wildcard/],
  ];
  const config = join(folder, 'c.conf');
  for (const [lines, expected] of cases) {
    await writeFile(config, `[tls]\n${lines}\n`);
    const result = await runProgram(['check-config', '--config', config]);
    assert.equal(result.code, 1, lines);
    assert.match(result.stderr, expected);
  }
  await writeFile(config, `[tls]\ncertificate = ${ours.bothFile}\nsni_dir = ${folder}\n`);
  const good = await runProgram(['check-config', '--config', config, '--sip-listen', 'tls:127.0.0.1']);
  assert.equal(good.code, 0, good.stderr);
  const without = await runProgram(['check-config', '--sip-listen', 'tls:127.0.0.1']);
  assert.match(without.stderr, /\[tls\] certificate: names no file/);
});

test('a CANCEL that crosses the 302 gets 200 with its tag', async (t) => {
  const caller = await open(t, server.tlsPort);
  const parts = { transport: 'TLS', branch: 'z9hG4bKcrossed', callId: 'crossed' };
  caller.write(composeRequest(parts) + composeRequest({ ...parts, method: 'CANCEL' })
    + composeRequest({ ...parts, method: 'CANCEL', branch: 'z9hG4bKnobody' }));

  const [moved, cancelled, stray] = [await caller.response(), await caller.response(), await caller.response()];
  assert.deepEqual([moved.status, cancelled.status, stray.status], [302, 200, 481]);
  assert.equal(cancelled.headers.to[0], moved.headers.to[0]);
});

// RFC 5630 5.4: whatever it came over, its answer leads to TLS or nowhere.
test('a sips call over UDP or TCP is answered as over TLS: with sips targets alone', async (t) => {
  await server.move('sip:plain@example.com', 'sip:plain@hotel.example.net');
  const udp = await Caller.open(server.sipPort);
  t.after(() => udp.close());
  const tcp = await StreamCaller.open(server.sipPort);
  t.after(() => tcp.close());
  for (const caller of [udp, tcp, await open(t, server.tlsPort)]) {
    const moved = await caller.call('sips:alice@example.com');
    assert.equal(moved.status, 302);
    assert.deepEqual(contacts(moved), [TARGET]);
    const refused = await caller.call('sips:plain@example.com');
    assert.equal(refused.status, 480);
    assert.match(refused.headers.warning[0], /^380 .*SIPS Not Allowed/);
    assert.equal(refused.headers.contact, undefined);
  }
});

test('a storm of handshakes does not disturb a call over UDP', async (t) => {
  const own = await start(t, {});
  const caller = await Caller.open(own.sipPort);
  t.after(() => caller.close());
  let isCalling = true;
  t.after(() => { isCalling = false; });
  let handshakes = 0;
  const storm = Array.from({ length: 50 }, async () => {
    while (isCalling) {
      (await open(t, own.tlsPort)).close();
      handshakes += 1;
    }
  });

  let calls = 0;
  for (; calls < 50 || handshakes < 200; calls += 1)
    assert.equal((await caller.call('sip:alice@example.com')).status, 302);
  // An INVITE that was repeated had no answer after half a second.
  assert.ok(await event(own, 'retransmits_in') <= calls / 10);
  isCalling = false;
  await Promise.all(storm);
  assert.equal((await (await open(t, own.tlsPort)).call('sip:alice@example.com')).status, 302);
});

test('a phone that asks over TLS and follows the 302 reaches the callee', async (t) => {
  const own = await start(t, { sip: '[moves]\nallow_local_targets = yes' });
  const callee = await sippCallee();
  await own.post('/v1/domains', { name: '127.0.0.1' });
  await own.move('sip:carol@127.0.0.1', `sip:away@127.0.0.1:${callee.port}`);

  const phone = await baresipCaller(`sip:carol@127.0.0.1:${own.tlsPort};transport=tls`);
  try {
    const { body } = await eventually(() => own.get('/v1/redirect-logs'),
      (answer) => answer.body.items.some((item) => item.ack_seen));
    assert.deepEqual([body.items[0].status, body.items[0].transport], [302, 'tls']);
    await eventually(() => phone.output(), (text) => /Call established/.test(text), 15000);
  } finally {
    await phone.stop();
  }
  const answered = await callee.exit();
  assert.equal(answered.code, 0, answered.output);
});
