// The main job with programs that no one here wrote at both ends: a move set over
// HTTP redirects the next call, the call reaches the callee, and the log says so.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  baresipCaller, kamailioProxy, linphoneCaller, sippCall, sippCallee, sipsakCaller,
} from './lib/peers.mjs';
import { eventually, startServer } from './lib/server.mjs';

let server;

before(async () => {
  // The callees of these tests live on loopback.
  server = await startServer({ config: '[moves]\nallow_local_targets = yes\n' });
  await server.post('/v1/domains', { name: '127.0.0.1' });
});

after(async () => {
  await server?.stop();
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

test('a proxy that asks over TCP brings the call to the callee', async () => {
  const callee = await sippCallee();
  const proxy = await kamailioProxy(server.sipPort, { transport: 'tcp' });
  try {
    await server.move('sip:emil@example.com', `sip:emil@127.0.0.1:${callee.port}`);

    const call = await sippCall('redirected_call', { port: proxy.port, service: 'emil' });

    assert.equal(call.code, 0, call.output + call.errors + proxy.output());
    const answered = await callee.exit();
    assert.equal(answered.code, 0, answered.output);
    const entry = await logOf('sip:emil@example.com');
    assert.deepEqual([entry.transport, entry.ack_seen], ['tcp', true]);
  } finally {
    await proxy.stop();
    await callee.stop();
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
