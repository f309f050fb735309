// What a collector that no one here wrote reads from the copies: Kamailio's
// sipcapture, which is what fills Homer's tables. Its correlation_id is the
// Call-ID where a packet names none: the chunk itself is looked at in the last test.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { after, before, test } from 'node:test';
import { createSocket } from 'node:dgram';
import { Authority } from './lib/certificates.mjs';
import { homerCollector } from './lib/peers.mjs';
import { eventually, startServer } from './lib/server.mjs';
import { composeRequest, StreamCaller } from './lib/stream.mjs';

const CAPTURE_ID = 2001;
const UDP = 1; // as Kamailio numbers them
const TCP = 2;
const hasIpv6 = Object.values(networkInterfaces()).flat().some(({ address }) => address === '::1');

let collector;
let authority;
let server;

before(async () => {
  collector = await homerCollector();
  authority = await Authority.open();
  const own = await authority.issue('sip.example.com', { san: 'DNS:sip.example.com' });
  server = await startServer({
    config: `[hep]\ncollector = 127.0.0.1:${collector.port}\ncapture_id = ${CAPTURE_ID}\n`
      + `[tls]\ncertificate = ${own.certFile}\nprivate_key = ${own.keyFile}\n`,
    args: ['--sip-listen', 'tls:127.0.0.1:0', ...(hasIpv6 ? ['--sip-listen', 'udp:[::1]:0'] : [])],
  });
  await server.move('sip:alice@example.com', 'sip:alice@hotel.example.net');
});

after(async () => {
  await server?.stop();
  await collector?.stop();
  await authority?.close();
});

function portOf(listen) {
  const line = server.output.stdout.split('\n').find((text) => text.startsWith(`SIP  ${listen}:`));
  return Number(line.slice(line.lastIndexOf(':') + 1));
}

async function overUdp(family, address, port, callId) {
  const socket = createSocket(family);
  socket.bind(0, address);
  await once(socket, 'listening');
  const answered = once(socket, 'message');
  const asked = composeRequest({ callId, transport: 'UDP' });
  socket.send(asked, port, address);
  const answer = (await answered)[0].toString('latin1');
  const ours = { address, port: socket.address().port };
  socket.close();
  return { asked, answered: answer, caller: ours };
}

async function overStream(port, callId, tls) {
  const caller = await StreamCaller.open(port, tls ? { tls } : {});
  const asked = composeRequest({ callId, transport: tls ? 'TLS' : 'TCP' });
  caller.write(asked);
  const { text } = await caller.response();
  const ours = { address: '127.0.0.1', port: caller.socket.localPort };
  caller.close();
  return { asked, answered: text, caller: ours };
}

// The first two of a call; an answer without an ACK may be sent, and copied, again.
async function assertRead(callId, { asked, answered, caller }, expected) {
  const began = Date.now();
  const rows = await eventually(() => collector.rows(callId), (read) => read.length >= 2)
    .catch((error) => { throw new Error(`${error.message}\n${collector.output()}`); });
  const [request, answer] = rows;
  const to = { source_ip: caller.address, source_port: caller.port,
    destination_ip: caller.address, destination_port: expected.port };
  const back = { source_ip: caller.address, source_port: expected.port,
    destination_ip: caller.address, destination_port: caller.port };
  const common = { callid: callId, correlation_id: callId, proto: expected.proto, family: expected.family };
  const of = (row, names) => Object.fromEntries(Object.keys(names).map((name) => [name, row[name]]));

  assert.deepEqual(of(request, { ...common, ...to, method: 0 }), { ...common, ...to, method: 'INVITE' });
  assert.deepEqual(of(answer, { ...common, ...back, method: 0 }), { ...common, ...back, method: '302' });
  assert.equal(request.msg, asked);
  assert.equal(answer.msg, answered);
  for (const row of [request, answer]) {
    assert.match(String(row.node), new RegExp(`\\b${CAPTURE_ID}$`));
    assert.ok(Math.abs(row.micro_ts / 1000 - began) < 60000, 'the time is now');
  }
  assert.ok(answer.micro_ts >= request.micro_ts);
}

test("Homer's collector reads a call over UDP", async () => {
  const call = await overUdp('udp4', '127.0.0.1', server.sipPort, 'homer-udp');
  await assertRead('homer-udp', call, { proto: UDP, family: 2, port: server.sipPort });
});

test("Homer's collector reads a call over IPv6", { skip: !hasIpv6 && 'this machine has no ::1' }, async () => {
  const port = portOf('udp:[::1]');
  const call = await overUdp('udp6', '::1', port, 'homer-ipv6');
  await assertRead('homer-ipv6', call, { proto: UDP, family: 10, port });
});

test("Homer's collector reads a call over TCP", async () => {
  const call = await overStream(server.sipPort, 'homer-tcp');
  await assertRead('homer-tcp', call, { proto: TCP, family: 2, port: server.sipPort });
});

test("Homer's collector reads a call over TLS, in the clear", async () => {
  const port = portOf('tls:127.0.0.1');
  const call = await overStream(port, 'homer-tls', { ca: authority.certificate, servername: 'sip.example.com' });
  await assertRead('homer-tls', call, { proto: TCP, family: 2, port });
});

test('each chunk is read as it was meant, the password and the correlation id too', async (t) => {
  const reader = await homerCollector({ chunks: true });
  t.after(() => reader.stop());
  const sender = await startServer({
    config: `[hep]\ncollector = 127.0.0.1:${reader.port}\ncapture_id = 4294967295\npassword = s3cret word\n`,
  });
  t.after(() => sender.stop());
  const { asked, answered, caller } = await overUdp('udp4', '127.0.0.1', sender.sipPort, 'homer-chunks');
  const read = await eventually(() => reader.chunks(), (found) => found.length >= 2)
    .catch((error) => { throw new Error(`${error.message}\n${reader.output()}`); });
  const none = '';
  const same = {
    '001': '2', '002': '17', '003': '127.0.0.1', '004': '127.0.0.1', '005': none, '006': none, '00b': '1',
    '00c': '4294967295', '00e': 's3cret word', '011': 'homer-chunks',
  };

  assert.deepEqual(read.slice(0, 2), [
    { ...same, '007': String(caller.port), '008': String(sender.sipPort), payload: asked },
    { ...same, '007': String(sender.sipPort), '008': String(caller.port), payload: answered },
  ]);
});
