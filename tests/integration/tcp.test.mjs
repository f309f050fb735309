// SIP over TCP: framing, answers on the connection that asked, caps and time-outs.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { eventually, startServer } from './lib/server.mjs';
import { Caller, contacts } from './lib/sip.mjs';
import { askFirstAndListenLater, composeRequest, StreamCaller } from './lib/stream.mjs';

const TARGET = 'sip:alice@hotel.example.net';
let server;

async function metric(of, name) {
  const { text } = await of.get('/metrics');
  return Number(new RegExp(`^${name.replace(/[{}"=]/g, '\\$&')} (\\S+)$`, 'm').exec(text)?.[1]);
}

async function processorSeconds(pid) {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

// Opened callers are closed when the test ends.
async function open(t, port = server.sipPort, options = {}) {
  const caller = await StreamCaller.open(port, options);
  t.after(() => caller.close());
  return caller;
}

async function start(t, config) {
  const own = await startServer({ config });
  t.after(() => own.stop());
  await own.move('sip:alice@example.com', TARGET);
  return own;
}

before(async () => {
  server = await startServer();
  await server.move('sip:alice@example.com', TARGET);
});

after(async () => {
  await server?.stop();
});

test('a call over TCP on the UDP port is redirected, and the log says TCP and ACK', async (t) => {
  const caller = await open(t);
  const response = await caller.call('sip:alice@example.com');

  assert.equal(response.status, 302);
  assert.deepEqual(contacts(response), [TARGET]);
  assert.match(response.headers.via[0], /received=127\.0\.0\.1/);
  const { body } = await eventually(
    () => server.get(`/v1/redirect-logs?call_id=${response.callId}`),
    (answer) => answer.body.items[0]?.ack_seen);
  assert.equal(body.items[0].transport, 'tcp');
});

test('two INVITEs in one segment get two answers, in order', async (t) => {
  const caller = await open(t);
  caller.write(composeRequest({ callId: 'first' }) + composeRequest({ callId: 'second', uri: 'sip:no@example.com' }));

  const [first, second] = [await caller.response(), await caller.response()];
  assert.deepEqual([first.status, first.headers['call-id'][0]], [302, 'first']);
  assert.deepEqual([second.status, second.headers['call-id'][0]], [404, 'second']);
});

test('hundreds of requests at once are all answered', async (t) => {
  const caller = await open(t);
  const count = 600;
  let all = '';
  for (let i = 0; i < count; i += 1) all += composeRequest({ method: 'OPTIONS', callId: `many-${i}` });
  caller.write(all);

  for (let i = 0; i < count; i += 1)
    assert.equal((await caller.response()).headers['call-id'][0], `many-${i}`);
});

test('a request written one byte at a time is answered like any other', async (t) => {
  const caller = await open(t);
  for (const byte of composeRequest({ lines: ['Content-Length: 5'] }) + 'hello') {
    caller.write(byte);
    await new Promise((resolve) => { setImmediate(resolve); });
  }
  assert.equal((await caller.response()).status, 302);
});

test('a body of 40 kB in pieces is read, and the next request starts behind it', async (t) => {
  const caller = await open(t);
  const body = 'x'.repeat(40000);
  caller.write(composeRequest({ lines: [`Content-Length: ${body.length}`] }) + body.slice(0, 100));
  await new Promise((resolve) => { setTimeout(resolve, 20); });
  caller.write(body.slice(100) + composeRequest({ method: 'OPTIONS', callId: 'behind' }));

  assert.equal((await caller.response()).status, 302);
  assert.equal((await caller.response()).headers['call-id'][0], 'behind');
});

test('who sends no more after its INVITE still gets the answer, then the end', async (t) => {
  const caller = await open(t);
  caller.socket.end(composeRequest());

  assert.equal((await caller.response()).status, 302);
  await caller.untilEnd();
});

for (const [name, lines, status] of [
  ['without Content-Length', [], 400],
  ['with two Content-Lengths', ['Content-Length: 0', 'Content-Length: 5'], 400],
  ['with a negative Content-Length', ['Content-Length: -999'], 400],
  ['with a Content-Length that is no number', ['Content-Length: none'], 400],
  ['with a Content-Length beyond 32 bits', ['Content-Length: 4294967296'], 513],
  ['with a Content-Length beyond 64 KiB', ['Content-Length: 70000'], 513],
]) {
  test(`a request ${name} gets ${status}, and the connection ends`, async (t) => {
    const caller = await open(t);
    caller.write(composeRequest({ lines }) + composeRequest());

    assert.equal((await caller.response()).status, status);
    await caller.untilEnd();
    assert.equal(caller.text, '');
    assert.equal(caller.error, undefined);
  });
}

test('headers without end are refused at 16 KiB, and so are too many of them', async (t) => {
  for (const [headers, status] of [[`X-Long: ${'y'.repeat(20000)}`, 513], ['X-Long: y\r\n'.repeat(2000), 400]]) {
    const caller = await open(t);
    const [head] = composeRequest().split('Content-Length');
    caller.write(head + headers);

    assert.equal((await caller.response()).status, status);
    await caller.untilEnd();
  }
});

test('bytes that are no SIP end without an answer', async (t) => {
  const caller = await open(t);
  caller.write('GET / HTTP/1.1\r\nHost: example.com\r\n\r\n');

  await caller.untilEnd();
  assert.equal(caller.text, '');
});

test('CRLF CRLF gets a CRLF back, between requests too', async (t) => {
  const caller = await open(t);
  caller.write('\r\n\r\n');
  assert.equal(await caller.bytes('\r\n'), '\r\n');
  caller.write(`\r\n\r\n${composeRequest()}`);
  assert.equal(await caller.bytes('\r\n'), '\r\n');
  assert.equal((await caller.response()).status, 302);
});

test('an INVITE asked again over another connection gets the same bytes there', async (t) => {
  const request = composeRequest({ branch: 'z9hG4bKagain', callId: 'again' });
  const first = await open(t);
  first.write(request);
  const answer = await first.response();
  first.close();
  const second = await open(t);
  second.write(request);

  assert.equal((await second.response()).text, answer.text);
});

test('an ACK over another connection ends the INVITE of the first', async (t) => {
  const parts = { branch: 'z9hG4bKother', callId: 'ack-elsewhere' };
  const first = await open(t);
  first.write(composeRequest(parts));
  const answer = await first.response();
  const second = await open(t);
  second.write(composeRequest({ ...parts, method: 'ACK', to: answer.headers.to[0] }));

  await eventually(() => server.get('/v1/redirect-logs?call_id=ack-elsewhere'),
    ({ body }) => body.items[0]?.ack_seen);
});

test('a datagram that repeats what came over TCP is answered where it came from', async (t) => {
  const parts = { branch: 'z9hG4bKboth', callId: 'both', fromTag: 'f1', uri: 'sip:alice@example.com' };
  const first = await open(t);
  first.write(composeRequest(parts));
  await first.response();
  const caller = await Caller.open(server.sipPort);
  t.after(() => caller.close());
  const answered = new Promise((resolve) => { caller.socket.once('message', resolve); });
  caller.sendRaw(composeRequest(parts));

  assert.match((await answered).toString(), /^SIP\/2\.0 302 /);
  assert.equal(first.text, '');
});

test('a connection that is reset in the middle disturbs nobody', async (t) => {
  const victim = await open(t);
  for (let i = 0; i < 20; i += 1) {
    const caller = await StreamCaller.open(server.sipPort);
    caller.write(composeRequest() + composeRequest().slice(0, 50));
    caller.socket.resetAndDestroy();
  }
  assert.equal((await victim.call('sip:alice@example.com')).status, 302);
});

test('one source has so many connections and no more; a closed one makes room', async (t) => {
  const own = await start(t, '[sip]\nconnections_per_source = 3\n');
  const callers = [];
  for (let i = 0; i < 3; i += 1) callers.push(await open(t, own.sipPort));
  for (const caller of callers) assert.equal((await caller.call('sip:alice@example.com')).status, 302);

  const fourth = await open(t, own.sipPort);
  await fourth.untilEnd();
  await eventually(() => metric(own, 'sipmoved_sip_events_total{event="connections_refused"}'), (count) => count === 1);
  assert.equal(await metric(own, 'sipmoved_sip_connections'), 3);

  callers[0].close();
  await eventually(() => metric(own, 'sipmoved_sip_connections'), (count) => count === 2);
  const fifth = await open(t, own.sipPort);
  assert.equal((await fifth.call('sip:alice@example.com')).status, 302);
});

test('silence, a message that never ends and an idle peer each have their time', async (t) => {
  const own = await start(t, '[sip]\nfirst_message_timeout_s = 1\nidle_timeout_s = 3\n');
  const started = Date.now();
  const silent = await open(t, own.sipPort);
  const slow = await open(t, own.sipPort);
  const pinging = await open(t, own.sipPort);
  const idle = await open(t, own.sipPort);
  const half = await open(t, own.sipPort);
  slow.write('INVITE sip:alice@example.com SIP/2.0\r\n');
  const pings = setInterval(() => pinging.write('\r\n\r\n'), 200);
  t.after(() => clearInterval(pings));
  assert.equal((await idle.call('sip:alice@example.com')).status, 302);
  assert.equal((await half.call('sip:alice@example.com')).status, 302);
  half.write('INVITE ');

  await Promise.all([silent.untilEnd(), slow.untilEnd(), pinging.untilEnd(), half.untilEnd()]);
  assert.equal(idle.socket.readableEnded, false);
  await idle.untilEnd();
  assert.ok(Date.now() - started >= 3000);
  await eventually(() => metric(own, 'sipmoved_sip_events_total{event="connection_timeouts"}'), (count) => count === 5);
  await eventually(() => metric(own, 'sipmoved_sip_connections'), (count) => count === 0);
});

// RFC 3261 7.5: they are no part of a message.
test('line ends behind a request do not begin another one, and end nothing', async (t) => {
  const own = await start(t, '[sip]\nfirst_message_timeout_s = 1\n');
  const [trailing, half] = [await open(t, own.sipPort), await open(t, own.sipPort)];
  for (const caller of [trailing, half]) assert.equal((await caller.call('sip:alice@example.com')).status, 302);
  trailing.write('\r\n');
  half.write('\r\nINVITE ');

  await half.untilEnd();
  assert.equal((await trailing.call('sip:alice@example.com')).status, 302);
});

test('a peer that takes no answers is read no further and costs no other one', async (t) => {
  const own = await start(t, '');
  const greedy = await open(t, own.sipPort);
  greedy.socket.pause();
  // More than the kernel's buffers take on the way there and back.
  const requests = Buffer.from(composeRequest({ method: 'OPTIONS' }).repeat(200));
  for (let i = 0; i < 1000; i += 1) greedy.write(requests);

  const caller = await open(t, own.sipPort);
  assert.equal((await caller.call('sip:alice@example.com')).status, 302);
  await new Promise((resolve) => { setTimeout(resolve, 500); });
  assert.ok(greedy.socket.writableLength > 0);
  assert.equal((await caller.call('sip:alice@example.com')).status, 302);
});

test('answers that are taken late are all there, once and in order', async (t) => {
  const caller = await open(t);
  const callIds = await askFirstAndListenLater(caller, 40000);
  assert.deepEqual(callIds, Array.from({ length: 40000 }, (_, i) => `late-${i}`));
});

test('1,000 idle and 200 slow connections do not disturb a call over UDP', async (t) => {
  const own = await start(t, '[sip]\nconnections_per_source = 2000\nfirst_message_timeout_s = 300\n');
  const callers = [];
  t.after(() => callers.forEach((caller) => caller.close()));
  for (let i = 0; i < 24; i += 1)
    callers.push(...await Promise.all(Array.from({ length: 50 }, () => StreamCaller.open(own.sipPort))));
  // Idle ones have called, so that they may be silent for long.
  for (const caller of callers.slice(200))
    assert.equal((await caller.call('sip:alice@example.com')).status, 302);
  // Slow ones send a byte now and then of what will not be whole while this lasts.
  let drips = 0;
  const text = composeRequest({ lines: ['Content-Length: 60000'] });
  const drip = setInterval(() => {
    for (const caller of callers.slice(0, 200)) caller.write(text[drips] ?? 'x');
    drips += 1;
  }, 10);
  t.after(() => clearInterval(drip));
  await eventually(() => metric(own, 'sipmoved_sip_connections'), (count) => count === 1200);

  const caller = await Caller.open(own.sipPort);
  t.after(() => caller.close());
  let calls = 0;
  for (; calls < 100 || drips < 100; calls += 1)
    assert.equal((await caller.call('sip:alice@example.com')).status, 302);
  // An INVITE that was repeated had no answer after half a second.
  assert.ok(await metric(own, 'sipmoved_sip_events_total{event="retransmits_in"}') <= calls / 20);
  // They were all there the whole time.
  assert.equal(await metric(own, 'sipmoved_sip_connections'), 1200);
  assert.equal((await callers[1199].call('sip:alice@example.com')).status, 302);
});

test('without descriptors it waits for one, and answers datagrams meanwhile', async (t) => {
  const own = await startServer({ fileLimit: 64 });
  t.after(() => own.stop());
  await own.move('sip:alice@example.com', TARGET);
  const callers = [];
  t.after(() => callers.forEach((caller) => caller.close()));
  for (let i = 0; i < 80; i += 1) callers.push(await StreamCaller.open(own.sipPort));
  const before = await eventually(() => own.output.stderr, (text) => text.includes('sip_accept_paused'));
  assert.equal(before.match(/sip_accept_paused/g).length, 1);

  const caller = await Caller.open(own.sipPort);
  t.after(() => caller.close());
  assert.equal((await caller.call('sip:alice@example.com')).status, 302);
  // Waiting is not asking again and again.
  await new Promise((resolve) => { setTimeout(resolve, 1000); });
  const cpu = await processorSeconds(own.child.pid);
  await new Promise((resolve) => { setTimeout(resolve, 1000); });
  assert.ok(await processorSeconds(own.child.pid) - cpu < 0.5);
  for (const one of callers.slice(0, 60)) one.close();
  assert.equal((await callers[79].call('sip:alice@example.com')).status, 302);
});

test('TCP works with several workers, and all of a caller\'s connections meet in one', async (t) => {
  const own = await start(t, '[sip]\nworkers = 2\n');
  for (let i = 0; i < 8; i += 1) {
    const parts = { branch: `z9hG4bKw${i}`, callId: `worker-${i}` };
    const first = await open(t, own.sipPort);
    first.write(composeRequest(parts));
    const answer = await first.response();
    const second = await open(t, own.sipPort);
    second.write(composeRequest({ ...parts, method: 'ACK', to: answer.headers.to[0] }));
    await eventually(() => own.get(`/v1/redirect-logs?call_id=worker-${i}`),
      ({ body }) => body.items[0]?.ack_seen);
  }
});
