// Server transactions as callers see them (RFC 3261 17.2): copies, lost ACKs,
// late CANCELs, edits between two copies of a request.
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { sippCall } from './lib/peers.mjs';
import { eventually, startServer } from './lib/server.mjs';
import { composeRequest, StreamCaller } from './lib/stream.mjs';

// Timer H is 32 s, and the last copy comes at 31.5 s: silence is what follows.
const TIMER_H_MS = 32000;
// When the copies of an answer are due (17.2.1).
const DUE_MS = [0, 500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500];

// strict: RFC 3261's timer G; silent: no copy by itself; usual: what is shipped.
const CONFIGS = { strict: 'strict_timer_g = yes', silent: 'unproven_retransmits = 0', usual: '' };
const servers = {};

before(async () => {
  await Promise.all(Object.entries(CONFIGS).map(async ([name, line]) => {
    servers[name] = await startServer({ config: `[sip]\n${line}\n` });
    await servers[name].move('sip:alice@example.com', 'sip:alice@hotel.example.net');
  }));
});

after(() => Promise.all(Object.values(servers).map((server) => server.stop())));

// Moves the address, and returns what moves it on.
async function moved(server, address) {
  await server.move(address, 'sip:first@hotel.example.net');
  const { body } = await server.get(`/v1/moves?address=${address}`);
  return async (target) => {
    const edit = await server.patch(`/v1/moves/${body.items[0].id}`, { targets: [{ uri: target }] });
    assert.equal(edit.status, 200, edit.text);
  };
}

// A socket that keeps whatever comes.
async function listener(t, address = '127.0.0.1') {
  const socket = createSocket('udp4');
  const got = [];
  const times = [];
  socket.on('message', (data) => {
    got.push(data.toString('latin1'));
    times.push(performance.now());
  });
  socket.bind(0, address);
  await once(socket, 'listening');
  t.after(() => socket.close());
  return { socket, got, times, port: socket.address().port };
}

function invite(port, branch, { user = 'alice', more = [] } = {}) {
  return [`INVITE sip:${user}@example.com SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bK${branch};rport`,
    'From: <sip:caller@caller.example>;tag=1', `To: <sip:${user}@example.com>`,
    `Call-ID: ${branch}-${port}`, 'CSeq: 1 INVITE', ...more, 'Content-Length: 0', '', ''].join('\r\n');
}

describe('server transactions', { concurrency: true }, () => {
  test('without an ACK the 302 is sent 11 times in strict mode, and then no more', async (t) => {
    const server = servers.strict;
    const { socket, got, times, port } = await listener(t);

    socket.send(invite(port, 'lost'), server.sipPort, '127.0.0.1');
    await delay(TIMER_H_MS + 3000);

    // A machine that stood still for half a second in all has no time for the last one.
    const late = times.at(-1) - times[0] - DUE_MS[got.length - 1];
    assert.ok(got.length === 11 || (got.length < 11 && late > 300), `${got.length} copies, ${late} ms late`);
    assert.equal(new Set(got).size, 1, 'every copy has the same bytes');
    assert.match(got[0], /^SIP\/2\.0 302 /);
  });

  test('SIPp, which sends no ACK, gets eleven copies in strict mode, and then silence', async () => {
    const server = servers.strict;

    const call = await sippCall('lost_ack', { port: server.sipPort, service: 'alice', args: ['-nr', '-timeout', '55s'] });

    assert.equal(call.code, 0, call.output + call.errors);
    assert.match(call.log, /11(\.0+)? copies, then silence/);
  });

  test('over TCP the 302 comes once, ACK or none, in strict mode too', async (t) => {
    const server = servers.strict;
    const caller = await StreamCaller.open(server.sipPort);
    t.after(() => caller.close());

    caller.write(composeRequest());
    assert.equal((await caller.response()).status, 302);
    await delay(4000); // over UDP there would have been three copies

    assert.equal(caller.text, '');
    assert.equal(caller.socket.readableEnded, false);
  });

  test('a source that has proven nothing gets one copy more, and then no more', async (t) => {
    const server = servers.usual;
    const { socket, got, port } = await listener(t);

    const large = invite(port, 'unproven', { more: [`Subject: ${'.'.repeat(600)}`] });
    socket.send(large, server.sipPort, '127.0.0.1');
    await delay(TIMER_H_MS + 1000);

    assert.equal(got.length, 2);
  });

  test('a copy of a request gets the same bytes after the move was changed', async (t) => {
    const server = servers.silent;
    const { socket, got, port } = await listener(t);
    const moveOn = await moved(server, 'sip:edited@example.com');
    const ask = (branch) => socket.send(invite(port, branch, { user: 'edited' }), server.sipPort, '127.0.0.1');

    ask('edited');
    await eventually(() => got.length, (length) => length === 1);
    await moveOn('sip:edited@elsewhere.example.net');
    ask('edited');
    await eventually(() => got.length, (length) => length === 2);
    assert.equal(got[1], got[0]);

    ask('new');
    await eventually(() => got.length, (length) => length === 3);
    assert.match(got[2], /elsewhere/);
  });

  test('a copy over TCP gets the same bytes after the move was changed', async (t) => {
    const server = servers.silent;
    const caller = await StreamCaller.open(server.sipPort);
    t.after(() => caller.close());
    const uri = 'sip:streamed@example.com';
    const moveOn = await moved(server, uri);
    const request = composeRequest({ uri });

    caller.write(request);
    const first = await caller.response();
    await moveOn('sip:streamed@elsewhere.example.net');
    caller.write(request + composeRequest({ uri }));

    assert.equal((await caller.response()).text, first.text);
    assert.match((await caller.response()).text, /elsewhere/);
  });

  for (const transport of ['udp', 'tcp']) {
    test(`a CANCEL that crosses the 302 over ${transport} gets 200 with its tag, one for nobody 481`, async () => {
      const call = await sippCall('cancel_race', { port: servers.usual.sipPort, service: 'alice', transport });

      assert.equal(call.code, 0, call.output + call.errors);
      assert.match(call.log, /same tag true|same tag 1/);
    });
  }
});
