// Lines of docs/conformance.md that only real bytes between real sockets show.
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually, runProgram, startServer } from './lib/server.mjs';
import { Caller, contacts, parseResponse } from './lib/sip.mjs';

// Addresses of our own on loopback, so that ports of other tests do not matter.
const CALLER = '127.0.0.1';
const VICTIM = '127.0.0.77';

let server;
let caller;

before(async () => {
  server = await startServer({});
  caller = await Caller.open(server.sipPort);
  await server.move('sip:alice@example.com', 'sip:alice@hotel.example.net');
});

after(async () => {
  caller?.close();
  await server?.stop();
});

// A socket that keeps whatever comes.
async function listener(t, address, port = 0) {
  const socket = createSocket('udp4');
  const got = [];
  socket.on('message', (data) => got.push(data.toString('latin1')));
  socket.bind(port, address);
  await once(socket, 'listening');
  t.after(() => socket.close());
  return {
    got,
    port: socket.address().port,
    send: (text) => socket.send(text, server.sipPort, '127.0.0.1'),
  };
}

function request(via, { method = 'INVITE', uri = 'sip:alice@example.com', to = '<sip:alice@example.com>', headers = [] } = {}) {
  const id = Math.random().toString(36).slice(2);
  return [`${method} ${uri} SIP/2.0`, `Via: SIP/2.0/UDP ${via};branch=z9hG4bK${id}`, 'Max-Forwards: 70',
    'From: <sip:caller@caller.example>;tag=1', `To: ${to}`, `Call-ID: ${id}`, `CSeq: 1 ${method}`,
    'Contact: <sip:caller@caller.example>', ...headers, 'Content-Length: 0', '', ''].join('\r\n');
}

test('a flood of forged INVITEs brings its victim at most twice its octets', async (t) => {
  const source = await listener(t, VICTIM);
  let sent = 0;

  for (let i = 0; i < 100; i++) {
    const forged = request(`${VICTIM}:${source.port}`);
    sent += forged.length;
    source.send(forged);
  }
  // Copies come after 0.5, 1.5, 3.5 s; the last that could be allowed by then.
  await delay(4500);

  const received = source.got.reduce((sum, text) => sum + text.length, 0);
  assert.ok(source.got.length >= 100, `${source.got.length} answers`);
  assert.ok(received <= 2 * sent, `${received} octets for ${sent}`);
});

test('what a Via says sends nothing to a third party', async (t) => {
  const source = await listener(t, CALLER);
  const victim = await listener(t, VICTIM);

  for (const via of [
    `${CALLER}:${source.port};rport;maddr=${VICTIM}`,
    `${CALLER}:${source.port};rport;received=${VICTIM}`,
    `${VICTIM}:${victim.port};rport`,
    `${VICTIM}:${victim.port};rport=${victim.port};received=${VICTIM}`,
    `localhost:${victim.port};rport;ttl=1;maddr=224.0.1.75`,
  ]) source.send(request(via));
  await eventually(() => source.got.length, (length) => length >= 5);

  assert.equal(victim.got.length, 0);
  for (const text of source.got) assert.equal(parseResponse(text).status, 302);
});

test('of the Request-URI nothing but the address counts, and nothing comes back', async (t) => {
  const source = await listener(t, CALLER);

  source.send(request(`${CALLER};rport`, {
    uri: 'sip:alice:secret@example.com:5099;method=BYE;maddr=203.0.113.9;transport=tls;lr;x=y',
  }));
  await eventually(() => source.got.length, (length) => length >= 1);

  const response = parseResponse(source.got[0]);
  assert.equal(response.status, 302);
  assert.deepEqual(response.headers.contact, ['<sip:alice@hotel.example.net>']);
  assert.doesNotMatch(response.text, /secret|method=|maddr|5099|x=y/);
});

test('the To plays no part', async (t) => {
  const source = await listener(t, CALLER);

  source.send(request(`${CALLER};rport`, { to: '<isbn:2983792873>' }));
  source.send(request(`${CALLER};rport`, { to: '<sip:nobody@elsewhere.example>' }));
  await eventually(() => source.got.length, (length) => length >= 2);

  for (const text of source.got) assert.deepEqual(contacts(parseResponse(text)), ['sip:alice@hotel.example.net']);
});

test('a caller that names no extension gets none, and nothing of its own reflected', async () => {
  const response = await caller.call('sip:alice@example.com', { headers: [
    'P-Asserted-Identity: <sip:boss@example.com>', 'Remote-Party-ID: <sip:boss@example.com>',
    'Identity: abc', 'Diversion: <sip:x@example.com>', 'Reason: SIP;cause=486', 'User-to-User: 00',
  ] });

  assert.equal(response.status, 302);
  assert.deepEqual(Object.keys(response.headers).sort(),
    ['call-id', 'contact', 'content-length', 'cseq', 'from', 'server', 'to', 'via']);
});

test('Allow is the same in a 405 and in the 200 to OPTIONS, with ACK and CANCEL', async () => {
  const refused = await caller.call('sip:example.com', { method: 'REGISTER' });
  const asked = await caller.call('sip:example.com', { method: 'OPTIONS' });

  assert.equal(refused.status, 405);
  assert.equal(asked.status, 200);
  assert.deepEqual(refused.headers.allow, asked.headers.allow);
  assert.match(refused.headers.allow[0], /\bACK\b.*\bCANCEL\b/);
});

test('escaped NUL and line ends of a user part stay escaped in the log', async () => {
  const uri = 'sip:al%00ice%0d%0aX-Y%3az@example.com';
  const response = await caller.call(uri);

  const { body } = await eventually(() => server.get('/v1/redirect-logs?status=404'),
    ({ body: page }) => page.items.some((item) => item.call_id === response.callId));

  const record = body.items.find((item) => item.call_id === response.callId);
  assert.equal(response.status, 404);
  assert.equal(record.request_uri, uri);
  assert.doesNotMatch(record.address, /[\x00-\x1f]/);
});

test('a Server header with a line end in it is refused', async () => {
  const result = await runProgram(['check-config', '--set', 'sip.server_header=a\r\nX-Evil: y']);

  assert.notEqual(result.code, 0);
  assert.match(result.stderr, /control character/);
});

test('junk is counted, and does not fill the log', async (t) => {
  const source = await listener(t, CALLER);
  const before = server.output.stderr.length;

  for (let i = 0; i < 3000; i++) source.send(`INVITE sip:\x07${i}\x1b[2J\r\nVia: \x00\r\n\r\n`);
  const response = await caller.call('sip:alice@example.com');

  assert.equal(response.status, 302);
  assert.ok(server.output.stderr.length - before < 2000, server.output.stderr.slice(before, before + 2000));
  assert.doesNotMatch(server.output.stderr, /[\x00-\x08\x1b]/);
});
