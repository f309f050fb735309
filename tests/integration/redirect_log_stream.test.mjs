import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { EventReader } from './lib/events.mjs';
import { eventually, startServer } from './lib/server.mjs';
import { Caller } from './lib/sip.mjs';

const PATH = '/v1/redirect-logs/stream';
const STREAMS_MAX = 64;

let server;
let caller;
const readers = new Set();

before(async () => {
  server = await startServer({ config: '[http]\nstream_heartbeat_seconds = 1\n' });
  caller = await Caller.open(server.sipPort);
  await server.move('sip:streamed@example.com', 'sip:a@hotel.example.net');
});

after(async () => {
  for (const reader of readers) reader.close();
  caller?.close();
  await server?.stop();
});

async function open(query = '', options = {}) {
  const reader = await EventReader.open(server, `${PATH}${query}`, options);
  if (reader instanceof EventReader) readers.add(reader);
  return reader;
}

function close(...these) {
  for (const reader of these) {
    reader.close();
    readers.delete(reader);
  }
}

test('a call is told to who looks on, as the log will show it', async () => {
  const reader = await open();
  const { callId } = await caller.call('sip:streamed@example.com');
  const event = await reader.record(callId);
  const { body } = await server.get(`/v1/redirect-logs/${event.id}`);
  const { story, ...record } = body;

  assert.equal(reader.response.headers['content-type'], 'text/event-stream');
  assert.equal(reader.response.headers['x-accel-buffering'], 'no');
  assert.equal(reader.response.headers['cache-control'], 'no-store');
  assert.equal(reader.retry, 3000);
  assert.equal(event.name, 'message');
  assert.ok(story);
  assert.deepEqual({ ...event.data, ack_seen: 0 }, { ...record, ack_seen: 0 });
  close(reader);
});

test('filters let through what they say', async () => {
  const address = encodeURIComponent('sip:streamed@example.com');
  const moved = await open(`?address=${address}&status=302,480`);
  const refused = await open('?status=404');
  const elsewhere = await open('?source=192.0.2.0/24');
  const here = await open('?source=127.0.0.0/8,192.0.2.1');
  const first = await caller.call('sip:streamed@example.com');
  const second = await caller.call('sip:nobody@example.com');
  const byCallId = await open('?call_id=no-such-call');
  await moved.record(first.callId);
  await refused.record(second.callId);
  await here.record(first.callId);
  await here.record(second.callId);

  assert.deepEqual(moved.events.map(({ data }) => data.call_id), [first.callId]);
  assert.deepEqual(refused.events.map(({ data }) => data.call_id), [second.callId]);
  assert.deepEqual(elsewhere.events, []);
  assert.deepEqual(byCallId.events, []);
  close(moved, refused, elsewhere, here, byCallId);
});

test('who comes back gets what was missed, each record once and oldest first', async () => {
  const reader = await open();
  const known = await reader.record((await caller.call('sip:streamed@example.com')).callId);
  close(reader);
  const missed = [];
  for (let i = 0; i < 230; i += 1) missed.push((await caller.call('sip:streamed@example.com')).callId);
  const again = await open('', { headers: { 'last-event-id': known.id } });
  const next = await caller.call('sip:streamed@example.com');
  await again.record(next.callId);
  close(again);
  const filtered = await open('?status=404', { headers: { 'last-event-id': known.id } });
  const other = await caller.call('sip:nobody@example.com');
  await filtered.record(other.callId);

  assert.deepEqual(again.events.map(({ data }) => data.call_id), [...missed, next.callId]);
  assert.equal(filtered.events.length, 1);
  close(filtered);
});

test('a stream with nothing to say beats, and lives on', async () => {
  const reader = await open('?status=699');
  await reader.until(({ comments }) => comments >= 2);

  assert.equal(reader.ended, false);
  assert.deepEqual(reader.events, []);
  close(reader);
});

test('a stream ends when its token is revoked, and the others go on', async () => {
  const made = await server.post('/v1/tokens', { name: 'looker', role: 'operator' });
  const reader = await open('', { token: made.body.token });
  const other = await open();
  await reader.record((await caller.call('sip:streamed@example.com')).callId);
  await server.delete(`/v1/tokens/${made.body.id}`);
  await reader.until(({ ended }) => ended);
  const { callId } = await caller.call('sip:streamed@example.com');
  await other.record(callId);

  assert.ok(!reader.events.some(({ data }) => data.call_id === callId));
  assert.equal(other.ended, false);
  close(reader, other);
});

test('a stream ends when its user is disabled, or has another role', async () => {
  for (const [name, change] of [['disabled', { enabled: false }], ['demoted', { role: 'user' }]]) {
    const person = await server.logIn(name, { role: 'operator' });
    const reader = await open('', { token: null, headers: { cookie: person.cookie } });
    await reader.record((await caller.call('sip:streamed@example.com')).callId);
    assert.equal((await server.patch(`/v1/users/${person.user.id}`, change)).status, 200);
    await reader.until(({ ended }) => ended);
    const { callId } = await caller.call('sip:streamed@example.com');

    assert.ok(!reader.events.some(({ data }) => data.call_id === callId), name);
    close(reader);
  }
});

test('what is no stream is refused in words', async () => {
  const rows = [
    ['?status=3xx', {}, 400],
    ['?source=nowhere', {}, 400],
    ['?from=2026-01-01T00:00:00Z', {}, 400],
    ['', { headers: { 'last-event-id': 'nothing' } }, 400],
    ['', { headers: { accept: 'application/json' } }, 406],
    ['', { token: null }, 401],
  ];

  for (const [query, options, status] of rows) {
    const answer = await open(query, options);
    assert.equal(answer.status, status, query);
    assert.ok(answer.body.code);
  }
  assert.equal((await server.request('HEAD', PATH, undefined, { headers: { accept: 'text/event-stream' } })).status, 200);
});

test('there are so many streams and no more, and one that left makes room', async () => {
  const many = [];
  for (let i = 0; i < STREAMS_MAX; i += 1)
    many.push(await eventually(() => open('?status=699', { localAddress: `127.0.0.${2 + (i % 2)}` }),
      (reader) => reader instanceof EventReader));
  const refused = await open('', { localAddress: '127.0.0.4' });
  const { text } = await server.get('/metrics');
  close(many.pop());
  const next = await eventually(() => open('', { localAddress: '127.0.0.4' }),
    (reader) => reader instanceof EventReader);

  assert.match(text, /^sipmoved_log_streams 64$/m);
  assert.equal(refused.status, 503);
  assert.ok(Number(refused.headers['retry-after']) > 0);
  close(next, ...many);
});

test('a reader that is too slow is told how many it missed', async () => {
  const reader = await eventually(() => open(), (opened) => opened instanceof EventReader);
  reader.response.pause();
  const count = 3000;
  const pad = `X-Pad: ${'x'.repeat(400)}`;
  for (let i = 0; i < count; i += 1)
    caller.sendRaw(caller.compose({
      uri: 'sip:nobody@example.com', branch: `z9hG4bKslow${i}`, callId: `slow-${i}-${'y'.repeat(300)}`, fromTag: 'x',
      headers: [pad, `User-Agent: ${'z'.repeat(400)}`],
    }));
  const last = await caller.call('sip:streamed@example.com');
  await eventually(() => server.get(`/v1/redirect-logs?call_id=${last.callId}`), ({ body }) => body.items.length === 1);
  reader.response.resume();
  const logged = await server.get('/v1/redirect-logs/stats?bucket=day');
  await reader.until(({ events }) => events.some(({ name }) => name === 'gap'));
  const end = await caller.call('sip:streamed@example.com');
  await reader.record(end.callId);
  const gaps = reader.events.filter(({ name }) => name === 'gap');
  const told = reader.events.filter(({ name }) => name === 'message').length;
  const dropped = gaps.reduce((sum, { data }) => sum + data.dropped, 0);

  assert.ok(logged.body.calls > count / 2);
  assert.ok(dropped > 0);
  assert.ok(gaps.every(({ id }) => id === null));
  assert.ok(told + dropped <= count + 2);
  close(reader);
});

test('the stop of the server ends streams', async () => {
  const one = await startServer();
  const reader = await EventReader.open(one, PATH);
  await one.stop();
  await reader.until(({ ended }) => ended);

  assert.equal(reader.ended, true);
});
