// The main job with programs that no one here wrote at both ends: a move set over
// HTTP redirects the next call, the call reaches the callee, and the log says so.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Authority } from './lib/certificates.mjs';
import {
  baresipCaller, kamailioProxy, linphoneCaller, sippCall, sippCallee, sipsakCaller,
} from './lib/peers.mjs';
import { eventually, startServer } from './lib/server.mjs';

let authority;
let proxyCertificate;
let server;
let tlsPort;

before(async () => {
  authority = await Authority.open();
  const own = await authority.issue('localhost', { san: 'DNS:localhost,IP:127.0.0.1' });
  proxyCertificate = await authority.issue('proxy.example.net', { san: 'DNS:proxy.example.net' });
  // The callees of these tests live on loopback.
  server = await startServer({
    config: '[moves]\nallow_local_targets = yes\n'
      + `[tls]\ncertificate = ${own.certFile}\nprivate_key = ${own.keyFile}\n`,
    args: ['--sip-listen', 'tls:127.0.0.1:0'],
  });
  tlsPort = Number(/^SIP {2}tls:127\.0\.0\.1:(\d+)$/m.exec(server.output.stdout)[1]);
  await server.post('/v1/domains', { name: '127.0.0.1' });
  await server.post('/v1/domains', { name: 'localhost' });
});

after(async () => {
  await server?.stop();
  await authority?.close();
});

async function logOf(address) {
  const path = `/v1/redirect-logs?address=${encodeURIComponent(address)}`;
  const answer = await eventually(() => server.get(path),
    ({ body }) => body.items.some((item) => item.ack_seen));
  return answer.body.items[0];
}

test('SIPp gets the 302 with the contact that was set, and the log shows the ACK', async () => {
  await server.move('sip:alice@example.com', 'sip:alice@hotel.example.net');

  const call = await sippCall('redirect', { port: server.sipPort, service: 'alice' });

  assert.equal(call.code, 0, call.output + call.errors);
  assert.match(call.log, /contact <sip:alice@hotel\.example\.net>/);
  const entry = await logOf('sip:alice@example.com');
  assert.equal(entry.status, 302);
  assert.equal(entry.ack_seen, true);
  assert.deepEqual(entry.targets, ['sip:alice@hotel.example.net']);
  assert.equal(entry.user_agent, 'SIPp');
});

test('a proxy that follows the 302 brings the call to the callee', async () => {
  const callee = await sippCallee();
  const proxy = await kamailioProxy(server.sipPort);
  try {
    await server.move('sip:bob@example.com', `sip:bob@127.0.0.1:${callee.port}`);

    const call = await sippCall('redirected_call', { port: proxy.port, service: 'bob' });

    assert.equal(call.code, 0, call.output + call.errors + proxy.output());
    const answered = await callee.exit();
    assert.equal(answered.code, 0, answered.output);
    assert.equal((await logOf('sip:bob@example.com')).ack_seen, true);
  } finally {
    await proxy.stop();
    await callee.stop();
  }
});

test('a phone that follows the 302 by itself reaches the callee', async () => {
  const callee = await sippCallee();
  await server.move('sip:carol@127.0.0.1', `sip:away@127.0.0.1:${callee.port}`);

  const phone = await baresipCaller(`sip:carol@127.0.0.1:${server.sipPort}`);
  try {
    const entry = await logOf('sip:carol@127.0.0.1');
    assert.equal(entry.status, 302);
    assert.match(entry.user_agent, /baresip/);
    await eventually(() => phone.output(), (text) => /Call established/.test(text), 15000);
  } finally {
    await phone.stop();
  }
  const answered = await callee.exit();
  assert.equal(answered.code, 0, answered.output);
});

test('a second phone that follows the 302 by itself reaches the callee', async () => {
  const callee = await sippCallee();
  await server.move('sip:dora@127.0.0.1', `sip:away@127.0.0.1:${callee.port}`);

  const phone = await linphoneCaller(`sip:dora@127.0.0.1:${server.sipPort}`);
  try {
    const entry = await logOf('sip:dora@127.0.0.1');
    assert.equal(entry.status, 302);
    assert.match(entry.user_agent, /Linphone/i);
    await eventually(() => phone.output(), (text) => /moving from state \w+ to LinphoneCallStreamsRunning/.test(text), 15000);
  } finally {
    await phone.stop();
  }
  const answered = await callee.exit();
  assert.equal(answered.code, 0, answered.output);
});

test('SIPp over TCP gets its 302s on one connection', async () => {
  await server.move('sip:doris@example.com', 'sip:doris@hotel.example.net');

  const call = await sippCall('redirect', { port: server.sipPort, service: 'doris', calls: 20, transport: 'tcp' });

  assert.equal(call.code, 0, call.output + call.errors);
  assert.match(call.log, /contact <sip:doris@hotel\.example\.net>/);
  assert.equal((await logOf('sip:doris@example.com')).transport, 'tcp');
});

for (const transport of ['tcp', 'tls']) {
  test(`a proxy that asks over ${transport.toUpperCase()} brings the call to the callee`, async () => {
    const callee = await sippCallee();
    const proxy = transport === 'tcp'
      ? await kamailioProxy(server.sipPort, { transport })
      : await kamailioProxy(tlsPort, { transport, tls: { ...proxyCertificate, ca: authority.file } });
    try {
      await server.move(`sip:emil-${transport}@example.com`, `sip:emil@127.0.0.1:${callee.port}`);

      const call = await sippCall('redirected_call', { port: proxy.port, service: `emil-${transport}` });

      assert.equal(call.code, 0, call.output + call.errors + proxy.output());
      const answered = await callee.exit();
      assert.equal(answered.code, 0, answered.output);
      const entry = await logOf(`sip:emil-${transport}@example.com`);
      assert.deepEqual([entry.transport, entry.ack_seen], [transport, true]);
    } finally {
      await proxy.stop();
      await callee.stop();
    }
  });
}

test('a proxy that does not believe the certificate brings the call nowhere', async () => {
  const stranger = await Authority.open('Stranger');
  const callee = await sippCallee();
  const proxy = await kamailioProxy(tlsPort, { transport: 'tls', tls: { ...proxyCertificate, ca: stranger.file } });
  try {
    await server.move('sip:egon@example.com', `sip:egon@127.0.0.1:${callee.port}`);

    const call = await sippCall('redirected_call',
      { port: proxy.port, service: 'egon', args: ['-timeout', '2s'] });

    assert.notEqual(call.code, 0);
    assert.match(proxy.output(), /certificate verify failed/);
    const { body } = await server.get('/v1/redirect-logs?address=sip:egon@example.com');
    assert.deepEqual(body.items, []);
  } finally {
    await proxy.stop();
    await callee.stop();
    await stranger.close();
  }
});

test('a phone that asks over TCP and follows the 302 reaches the callee', async () => {
  const callee = await sippCallee();
  await server.move('sip:fritz@127.0.0.1', `sip:away@127.0.0.1:${callee.port}`);

  const phone = await baresipCaller(`sip:fritz@127.0.0.1:${server.sipPort};transport=tcp`);
  try {
    const entry = await logOf('sip:fritz@127.0.0.1');
    assert.deepEqual([entry.status, entry.transport], [302, 'tcp']);
    await eventually(() => phone.output(), (text) => /Call established/.test(text), 15000);
  } finally {
    await phone.stop();
  }
  const answered = await callee.exit();
  assert.equal(answered.code, 0, answered.output);
});

test('a question that follows the 302 by itself is answered by the callee', async () => {
  const callee = await sippCallee('options_callee');
  await server.move('sip:frank@127.0.0.1', `sip:away@127.0.0.1:${callee.port}`);

  const asked = await sipsakCaller(`sip:frank@127.0.0.1:${server.sipPort}`);

  assert.equal(asked.code, 0, asked.output);
  assert.match(asked.output, /received redirect/);
  const answered = await callee.exit();
  assert.equal(answered.code, 0, answered.output);
  const { body } = await server.get('/v1/redirect-logs?address=sip:frank@127.0.0.1');
  assert.equal(body.items[0].method, 'OPTIONS');
  assert.equal(body.items[0].status, 302);
  assert.match(body.items[0].user_agent, /sipsak/);
});

for (const transport of ['tcp', 'tls']) {
  test(`a second phone that asks over ${transport.toUpperCase()} and follows the 302 reaches the callee`, async () => {
    const callee = await sippCallee();
    const port = transport === 'tls' ? tlsPort : server.sipPort;
    await server.move(`sip:gerda-${transport}@localhost`, `sip:away@127.0.0.1:${callee.port}`);

    const phone = await linphoneCaller(`sip:gerda-${transport}@localhost:${port};transport=${transport}`, { ca: authority.file });
    try {
      const entry = await logOf(`sip:gerda-${transport}@localhost`);
      assert.deepEqual([entry.status, entry.transport], [302, transport]);
      await eventually(() => phone.output(), (text) => /moving from state \w+ to LinphoneCallStreamsRunning/.test(text), 15000);
    } finally {
      await phone.stop();
    }
    const answered = await callee.exit();
    assert.equal(answered.code, 0, answered.output);
  });
}

// sipsak asks the new target on the connection it has, so it follows over UDP
// alone. Over TLS it cannot be asked at all: it compares the certificate's name
// with "host:port", and takes a ticket of TLS 1.3 for the answer.
test('a question over TCP gets its 302', async () => {
  await server.move('sip:hilde@127.0.0.1', 'sip:away@127.0.0.1:9');

  const asked = await sipsakCaller(`sip:hilde@127.0.0.1:${server.sipPort}`, { transport: 'tcp' });

  assert.match(asked.output, /received redirect/, asked.output);
  const { body } = await eventually(() => server.get('/v1/redirect-logs?address=sip:hilde@127.0.0.1'),
    (answer) => answer.body.items.length > 0);
  assert.deepEqual([body.items[0].method, body.items[0].transport, body.items[0].status], ['OPTIONS', 'tcp', 302]);
});
