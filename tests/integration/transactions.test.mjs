// Server transactions as callers see them (RFC 3261 17.2): copies, lost ACKs,
// late CANCELs, edits between two copies of a request.
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { sippCall } from './lib/peers.mjs';
import { eventually, startServer } from './lib/server.mjs';
import { composeRequest, StreamCaller } from './lib/stream.mjs';

// Timer H is 32 s, and the last copy comes at 31.5 s: silence is what follows.
const TIMER_H_MS = 32000;

async function serverWith(t, config) {
  const server = await startServer({ config });
  t.after(() => server.stop());
  await server.move('sip:alice@example.com', 'sip:alice@hotel.example.net');
  return server;
}

// A socket that keeps whatever comes.
async function listener(t, address = '127.0.0.1') {
  const socket = createSocket('udp4');
  const got = [];
  socket.on('message', (data) => got.push(data.toString('latin1')));
  socket.bind(0, address);
  await once(socket, 'listening');
  t.after(() => socket.close());
  return { socket, got, port: socket.address().port };
}

function invite(port, branch, more = []) {
  return ['INVITE sip:alice@example.com SIP/2.0',
    `Via: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bK${branch};rport`,
    'From: <sip:caller@caller.example>;tag=1', 'To: <sip:alice@example.com>',
    `Call-ID: ${branch}-${port}`, 'CSeq: 1 INVITE', ...more, 'Content-Length: 0', '', ''].join('\r\n');
}

describe('server transactions', { concurrency: true }, () => {
  test('without an ACK the 302 is sent 11 times in strict mode, and then no more', async (t) => {
    const server = await serverWith(t, '[sip]\nstrict_timer_g = yes\n');
    const { socket, got, port } = await listener(t);

    socket.send(invite(port, 'lost'), server.sipPort, '127.0.0.1');
    await delay(TIMER_H_MS + 3000);

    assert.equal(got.length, 11);
    assert.equal(new Set(got).size, 1, 'every copy has the same bytes');
    assert.match(got[0], /^SIP\/2\.0 302 /);
  });

  test('SIPp, which sends no ACK, gets eleven copies in strict mode, and then silence', async (t) => {
    const server = await serverWith(t, '[sip]\nstrict_timer_g = yes\n');

    const call = await sippCall('lost_ack', { port: server.sipPort, service: 'alice', args: ['-nr', '-timeout', '55s'] });

    assert.equal(call.code, 0, call.output + call.errors);
    assert.match(call.log, /11(\.0+)? copies, then silence/);
  });

  test('over TCP the 302 comes once, ACK or none, in strict mode too', async (t) => {
    const server = await serverWith(t, '[sip]\nstrict_timer_g = yes\n');
    const caller = await StreamCaller.open(server.sipPort);
    t.after(() => caller.close());

    caller.write(composeRequest());
    assert.equal((await caller.response()).status, 302);
    await delay(4000); // over UDP there would have been three copies

    assert.equal(caller.text, '');
    assert.equal(caller.socket.readableEnded, false);
  });

  test('a source that has proven nothing gets one copy more, and then no more', async (t) => {
    const server = await serverWith(t, '');
    const { socket, got, port } = await listener(t);

    const large = invite(port, 'unproven', [`Subject: ${'.'.repeat(600)}`]);
    socket.send(large, server.sipPort, '127.0.0.1');
    await delay(TIMER_H_MS + 1000);

    assert.equal(got.length, 2);
  });

  test('a copy of a request gets the same bytes after the move was changed', async (t) => {
    const server = await serverWith(t, '[sip]\nunproven_retransmits = 0\n');
    const { socket, got, port } = await listener(t);
    const { body } = await server.get('/v1/moves');

    socket.send(invite(port, 'edited'), server.sipPort, '127.0.0.1');
    await eventually(() => got.length, (length) => length === 1);
    const edit = await server.patch(`/v1/moves/${body.items[0].id}`,
      { targets: [{ uri: 'sip:alice@elsewhere.example.net' }] });
    assert.equal(edit.status, 200);
    socket.send(invite(port, 'edited'), server.sipPort, '127.0.0.1');
    await eventually(() => got.length, (length) => length === 2);
    assert.equal(got[1], got[0]);

    socket.send(invite(port, 'new'), server.sipPort, '127.0.0.1');
    await eventually(() => got.length, (length) => length === 3);
    assert.match(got[2], /elsewhere/);
  });

  test('a copy over TCP gets the same bytes after the move was changed', async (t) => {
    const server = await serverWith(t, '');
    const caller = await StreamCaller.open(server.sipPort);
    t.after(() => caller.close());
    const { body } = await server.get('/v1/moves');
    const request = composeRequest();

    caller.write(request);
    const first = await caller.response();
    const edit = await server.patch(`/v1/moves/${body.items[0].id}`,
      { targets: [{ uri: 'sip:alice@elsewhere.example.net' }] });
    assert.equal(edit.status, 200);
    caller.write(request + composeRequest());

    assert.equal((await caller.response()).text, first.text);
    assert.match((await caller.response()).text, /elsewhere/);
  });

  for (const transport of ['udp', 'tcp']) {
    test(`a CANCEL that crosses the 302 over ${transport} gets 200 with its tag, one for nobody 481`, async (t) => {
      const server = await serverWith(t, '');

      const call = await sippCall('cancel_race', { port: server.sipPort, service: 'alice', transport });

      assert.equal(call.code, 0, call.output + call.errors);
      assert.match(call.log, /same tag true|same tag 1/);
    });
  }
});
