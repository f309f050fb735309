// Copies of what comes and what is answered, to a collector that speaks HEP3.
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFile, readdir, readlink } from 'node:fs/promises';
import { test } from 'node:test';
import { eventually, runProgram, startServer } from './lib/server.mjs';
import { Caller } from './lib/sip.mjs';
import { composeRequest, StreamCaller } from './lib/stream.mjs';

const TARGET = 'sip:alice@hotel.example.net';
const DEADLINE_MS = 10000;
const CHUNKS = {
  1: 'family', 2: 'protocol', 3: 'source', 4: 'destination', 7: 'sourcePort', 8: 'destinationPort', 9: 'seconds',
  10: 'microseconds', 11: 'type', 12: 'captureId', 14: 'password', 15: 'payload', 17: 'correlationId',
};
const TEXTS = new Set(['password', 'payload', 'correlationId']);

function parsePacket(data) {
  assert.equal(data.toString('latin1', 0, 4), 'HEP3');
  assert.equal(data.readUInt16BE(4), data.length);
  const packet = {};
  for (let at = 6; at < data.length;) {
    const size = data.readUInt16BE(at + 4);
    const name = CHUNKS[data.readUInt16BE(at + 2)];
    const value = data.subarray(at + 6, at + size);
    assert.equal(data.readUInt16BE(at), 0, 'vendor');
    assert.ok(name && !(name in packet), `chunk ${data.readUInt16BE(at + 2)}`);
    if (TEXTS.has(name)) packet[name] = value.toString('latin1');
    else if (name === 'source' || name === 'destination') packet[name] = value.join('.');
    else packet[name] = value.readUIntBE(0, value.length);
    at += size;
  }
  return packet;
}

class Collector {
  static async open(t) {
    const collector = new Collector();
    collector.packets = [];
    collector.socket = createSocket('udp4');
    collector.socket.on('message', (data) => {
      collector.packets.push(parsePacket(data));
      collector.wake?.();
    });
    collector.socket.bind(0, '127.0.0.1');
    await once(collector.socket, 'listening');
    collector.port = collector.socket.address().port;
    t.after(() => collector.socket.close());
    return collector;
  }

  // All that came, once there are so many.
  async until(count) {
    const end = Date.now() + DEADLINE_MS;
    while (this.packets.length < count) {
      assert.ok(Date.now() < end, `${this.packets.length} of ${count} packets came`);
      await new Promise((resolve) => {
        this.wake = resolve;
        setTimeout(resolve, 100);
      });
    }
    return this.packets;
  }
}

function settings(port, more = '') {
  return `${more}\n[hep]\ncollector = 127.0.0.1:${port}\ncapture_id = 4294967295\npassword = s3cret word\n`;
}

async function start(t, options) {
  const server = await startServer(options);
  t.after(() => server.stop());
  await server.move('sip:alice@example.com', TARGET);
  return server;
}

async function open(t, port) {
  const caller = await Caller.open(port);
  t.after(() => caller.close());
  return caller;
}

function invite(caller, callId) {
  return caller.compose({
    uri: 'sip:alice@example.com', branch: `z9hG4bK${callId}`, callId, fromTag: 'f', headers: ['Require: 100rel'],
  });
}

async function ask(caller, text) {
  const answered = once(caller.socket, 'message');
  caller.sendRaw(text);
  return (await answered)[0].toString('latin1');
}

// The constant members, and both directions of one exchange.
function assertExchange([request, answer], { protocol, callerPort, serverPort, callId, asked, answered }) {
  const same = {
    family: 2, protocol, source: '127.0.0.1', destination: '127.0.0.1', type: 1,
    captureId: 4294967295, password: 's3cret word', correlationId: callId,
  };
  const { seconds, microseconds, ...rest } = request;
  const { seconds: answerSeconds, microseconds: answerMicroseconds, ...answerRest } = answer;
  const at = seconds + microseconds / 1e6;
  const answerAt = answerSeconds + answerMicroseconds / 1e6;

  assert.deepEqual(rest, { ...same, sourcePort: callerPort, destinationPort: serverPort, payload: asked });
  assert.deepEqual(answerRest, { ...same, sourcePort: serverPort, destinationPort: callerPort, payload: answered });
  assert.ok(Math.abs(at - Date.now() / 1000) < 60, 'the time is now');
  assert.ok(answerAt >= at, 'the answer is not older than the request');
}

test('an INVITE over UDP and its answer are both copied, and so is the ACK', async (t) => {
  const collector = await Collector.open(t);
  const server = await start(t, { config: settings(collector.port) });
  const caller = await open(t, server.sipPort);
  const asked = invite(caller, 'over-udp');
  const answered = await ask(caller, asked);
  const ack = asked.replaceAll('INVITE', 'ACK').replace(/^To: .*$/m, /^To: .*$/m.exec(answered)[0]);
  caller.sendRaw(ack);

  assert.match(answered, /^SIP\/2\.0 302 /);
  const packets = await collector.until(3);
  assertExchange(packets, {
    protocol: 17, callerPort: caller.port, serverPort: server.sipPort, callId: 'over-udp', asked, answered,
  });
  assert.equal(packets[2].payload, ack);
});

test('an INVITE over TCP and its answer are both copied', async (t) => {
  const collector = await Collector.open(t);
  const server = await start(t, { config: settings(collector.port) });
  const caller = await StreamCaller.open(server.sipPort);
  t.after(() => caller.close());
  const asked = composeRequest({ callId: 'over-tcp' });
  caller.write(asked);
  const { text: answered, status } = await caller.response();

  assert.equal(status, 302);
  assertExchange(await collector.until(2), {
    protocol: 6, callerPort: caller.socket.localPort, serverPort: server.sipPort, callId: 'over-tcp', asked, answered,
  });
});

test('a copy names the port a request came from, and the one its answer went to', async (t) => {
  const collector = await Collector.open(t);
  const server = await start(t, { config: settings(collector.port) });
  const caller = await open(t, server.sipPort);
  const via = await open(t, server.sipPort);
  const answered = once(via.socket, 'message');
  caller.sendRaw(invite(caller, 'two-ports').replace(`:${caller.port};`, `:${via.port};`).replace(';rport', ''));
  await answered;

  const [request, answer] = await collector.until(2);
  assert.deepEqual([request.sourcePort, request.destinationPort], [caller.port, server.sipPort]);
  assert.deepEqual([answer.sourcePort, answer.destinationPort], [server.sipPort, via.port]);
});

test('a request that comes again is copied again, and so is its answer', async (t) => {
  const collector = await Collector.open(t);
  const server = await start(t, { config: settings(collector.port) });
  const caller = await open(t, server.sipPort);
  const asked = invite(caller, 'again');
  const exchange = { protocol: 17, callerPort: caller.port, serverPort: server.sipPort, callId: 'again', asked };

  exchange.answered = await ask(caller, asked);
  assert.equal(await ask(caller, asked), exchange.answered);
  const packets = await collector.until(4);
  assertExchange(packets.slice(0, 2), exchange);
  assertExchange(packets.slice(2), exchange);
});

test('an answer that is repeated because no ACK came is copied each time', async (t) => {
  const collector = await Collector.open(t);
  const server = await start(t, { config: settings(collector.port, '[sip]\nstrict_timer_g = yes') });
  const caller = await open(t, server.sipPort);
  const asked = invite(caller, 'no-ack');
  const exchange = { protocol: 17, callerPort: caller.port, serverPort: server.sipPort, callId: 'no-ack', asked };

  exchange.answered = await ask(caller, asked);
  const packets = await collector.until(4);
  assertExchange([packets[0], packets[2]], exchange);
  assertExchange([packets[0], packets[3]], exchange);
});

test('on a wildcard address the copy names the address that was called', async (t) => {
  const collector = await Collector.open(t);
  const server = await start(t, {
    config: settings(collector.port), args: ['--sip-listen', 'udp:0.0.0.0:0'],
  });
  const serverPort = Number(/^SIP {2}udp:0\.0\.0\.0:(\d+)$/m.exec(server.output.stdout)[1]);
  const caller = await open(t, serverPort);
  const asked = invite(caller, 'any-udp');
  const answered = await ask(caller, asked);
  const stream = await StreamCaller.open(serverPort);
  t.after(() => stream.close());
  const askedStream = composeRequest({ callId: 'any-tcp' });
  stream.write(askedStream);
  const { text: answeredStream } = await stream.response();

  const packets = await collector.until(4);
  assertExchange(packets.filter((packet) => packet.correlationId === 'any-udp'), {
    protocol: 17, callerPort: caller.port, serverPort, callId: 'any-udp', asked, answered,
  });
  assertExchange(packets.filter((packet) => packet.correlationId === 'any-tcp'), {
    protocol: 6, callerPort: stream.socket.localPort, serverPort, callId: 'any-tcp',
    asked: askedStream, answered: answeredStream,
  });
});

test('what a source rule silences is not copied', async (t) => {
  const collector = await Collector.open(t);
  const server = await start(t, { config: settings(collector.port) });
  const caller = await open(t, server.sipPort);
  const rule = await server.post('/v1/source-rules', { network: '127.0.0.0/8', action: 'deny' });
  assert.equal(rule.status, 201, rule.text);
  caller.sendRaw(invite(caller, 'denied'));
  await eventually(() => server.get('/metrics'), ({ text }) => /event="denied"\} 1$/m.test(text));
  assert.equal((await server.delete(`/v1/source-rules/${rule.body.id}`,
    { headers: { 'if-match': rule.headers.etag } })).status, 204);
  await ask(caller, invite(caller, 'allowed'));

  const packets = await collector.until(2);
  assert.deepEqual(packets.map((packet) => packet.correlationId), ['allowed', 'allowed']);
});

test('calls are answered while the collector is away, and the loss is counted', async (t) => {
  const collector = await Collector.open(t);
  const away = createSocket('udp4').bind(0, '127.0.0.1');
  await once(away, 'listening');
  const { port } = away.address();
  await new Promise((resolve) => { away.close(resolve); });
  assert.notEqual(port, collector.port);
  const server = await start(t, { config: settings(port) });
  const caller = await open(t, server.sipPort);

  for (let i = 0; i < 20; i += 1)
    assert.equal((await caller.call('sip:alice@example.com')).status, 302);
  const { text } = await server.get('/metrics');
  assert.ok(Number(/event="capture_drops"\} (\d+)/.exec(text)[1]) > 0, text);
  assert.equal(collector.packets.length, 0);
});

// Sockets for datagrams that are connected to somewhere.
async function senders(pid) {
  const links = await Promise.all((await readdir(`/proc/${pid}/fd`))
    .map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')));
  const own = new Set(links.map((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1]).filter(Boolean));
  const rows = (await readFile('/proc/net/udp', 'latin1')).trim().split('\n').slice(1)
    .map((row) => row.trim().split(/\s+/));
  return rows.filter((row) => own.has(row[9]) && row[2] !== '00000000:0000').length;
}

test('without a collector nothing is sent to anybody', async (t) => {
  const collector = await Collector.open(t);
  const on = await start(t, { config: settings(collector.port) });
  assert.equal(await senders(on.child.pid), 1);

  for (const config of [undefined, '[hep]\ncapture_id = 7\npassword = x\n']) {
    const server = await start(t, { config });
    const caller = await open(t, server.sipPort);
    assert.equal((await caller.call('sip:alice@example.com')).status, 302);
    assert.equal(await senders(server.child.pid), 0);
    assert.match((await server.get('/metrics')).text, /event="capture_drops"\} 0/);
  }
});

test('the password is never shown, and a collector is a numeric address with a port', async () => {
  const shown = await runProgram(['print-config', '--set', 'hep.password=s3cret', '--set', 'hep.collector=[::1]']);
  assert.equal(shown.code, 0, shown.stderr);
  assert.match(shown.stdout, /^\[hep\]\n; from --set\ncollector = \[::1\]:9060\n/m);
  assert.match(shown.stdout, /^password = \*\*\*$/m);
  assert.doesNotMatch(shown.stdout, /s3cret/);
  assert.match((await runProgram(['print-config'])).stdout,
    /^\[hep\]\n; from default\ncollector =\n; from default\ncapture_id = 0\n; from default\npassword =$/m);

  const long = await runProgram(['check-config', '--set', `hep.password=${'s3cret'.repeat(11)}`]);
  assert.notEqual(long.code, 0);
  assert.match(long.stderr, /\[hep\] password: "\*\*\*" is too long/);
  assert.doesNotMatch(long.stderr, /s3cret/);
  for (const value of ['collector.example:9060', '127.0.0.1:0', '127.0.0.1:65536', '[::1'])
    assert.notEqual((await runProgram(['check-config', '--set', `hep.collector=${value}`])).code, 0, value);
});
