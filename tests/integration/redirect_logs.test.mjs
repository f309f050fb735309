import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually, startServer } from './lib/server.mjs';
import { Caller } from './lib/sip.mjs';

let server;
let caller;

before(async () => {
  server = await startServer();
  caller = await Caller.open(server.sipPort);
});

after(async () => {
  caller?.close();
  await server?.stop();
});

function logs(query) {
  return server.get(`/v1/redirect-logs?${query}`);
}

// The records of these calls, once they are all there.
function recordsOf(query, count, accept = () => true) {
  return eventually(() => logs(query),
    ({ body }) => body.items.length === count && body.items.every(accept));
}

test('a call is logged with all that answers why it went where it went', async () => {
  const address = 'sip:logged@example.com';
  const move = await server.move(address, 'sip:a@hotel.example.net');
  const { callId } = await caller.call(`${address};user=phone`, {
    headers: ['Require: 100rel', 'Proxy-Require: 199', 'User-Agent: test "caller" é'],
  });
  const { body } = await recordsOf(`call_id=${callId}`, 1, (item) => item.ack_seen);
  const [record] = body.items;
  const read = await server.get(`/v1/redirect-logs/${record.id}`);

  assert.match(record.id, /^log_[0-9A-HJKMNP-TV-Z]{13}$/);
  assert.ok(Math.abs(Date.parse(record.received_at) - Date.now()) < 60000);
  assert.deepEqual({ ...record, id: 0, received_at: 0, from: 0, handling_us: 0, user_agent: 0 }, {
    method: 'INVITE',
    request_uri: `${address};user=phone`,
    address,
    call_id: callId,
    source: `127.0.0.1:${caller.port}`,
    transport: 'udp',
    status: 302,
    reason: 'moved',
    targets: ['sip:a@hotel.example.net'],
    move_id: move.id,
    move_revision: move.revision,
    profile: null,
    revision: record.revision,
    tags_asked: [{ header: 'require', tag: '100rel' }, { header: 'proxy-require', tag: '199' }],
    tags_refused: [],
    targets_withheld: [],
    ack_seen: true,
    id: 0, received_at: 0, from: 0, handling_us: 0, user_agent: 0,
  });
  assert.match(record.from, /^<sip:caller@caller\.example>;tag=/);
  assert.match(record.user_agent, /^test "caller"/);
  assert.ok(record.handling_us >= 0);
  assert.deepEqual(read.body, record);
});

test('a refused call names the rule that refused it', async () => {
  const address = 'sip:refused@example.com';
  await server.move(address, 'sip:a@hotel.example.net');
  const rule = await server.post('/v1/extension-policy/rules', { tag: 'logged-tag', action: 'reject' });
  const { callId, status } = await caller.call(address, { headers: ['Require: logged-tag, 100rel'] });
  const { body } = await recordsOf(`call_id=${callId}`, 1);

  assert.equal(status, 420);
  assert.equal(body.items[0].status, 420);
  assert.deepEqual(body.items[0].tags_refused, [{ tag: 'logged-tag', rule_id: rule.body.id }]);
  assert.deepEqual(body.items[0].targets, []);
  assert.equal(body.items[0].move_id, null);
});

test('whether the ACK came is told', async () => {
  const { callId } = await caller.call('sip:nobody@example.com', { ack: false });
  const { body } = await recordsOf(`call_id=${callId}`, 1);
  const acknowledged = await caller.call('sip:nobody@example.com');

  assert.equal(body.items[0].ack_seen, false);
  await recordsOf(`call_id=${acknowledged.callId}`, 1, (item) => item.ack_seen);
});

test('a repeated request is one record', async () => {
  const callId = 'repeated';
  const parts = { uri: 'sip:nobody@example.com', branch: 'z9hG4bKrepeated', callId, fromTag: 'x' };
  const text = caller.compose(parts);
  for (let i = 0; i < 3; i += 1) caller.sendRaw(text);
  const after404 = await caller.call('sip:nobody@example.com');
  await recordsOf(`call_id=${after404.callId}`, 1);

  assert.equal((await logs(`call_id=${callId}`)).body.items.length, 1);
});

test('the log is filtered and walked page by page, newest first', async () => {
  const address = 'sip:many@example.com';
  await server.move(address, 'sip:a@hotel.example.net');
  const from = new Date().toISOString();
  const callIds = [];
  for (let i = 0; i < 5; i += 1) callIds.push((await caller.call(address)).callId);
  const last = await caller.call('sip:nobody@example.com');
  await recordsOf(`call_id=${last.callId}`, 1);
  const written = encodeURIComponent('sip:many@EXAMPLE.com:5060');
  const seen = [];
  let pages = 0;
  for (let path = `/v1/redirect-logs?address=${written}&limit=2`; path; pages += 1) {
    const answer = await server.get(path);
    seen.push(...answer.body.items.map((item) => item.call_id));
    assert.ok(pages < 10, 'the list never ends');
    path = /^<([^>]+)>; rel="next"$/.exec(answer.headers.link ?? '')?.[1];
  }
  const byStatus = await logs(`status=404,480&from=${from}`);
  const until = await logs(`until=${from}&address=${written}`);
  const both = await logs(`from=${from}&status=302,404`);

  assert.deepEqual(seen, [...callIds].reverse());
  assert.equal(pages, 3);
  assert.deepEqual(byStatus.body.items.map((item) => item.call_id), [last.callId]);
  assert.deepEqual(until.body.items, []);
  assert.equal(both.body.items.length, 6);
});

test('what is no record, and what is no filter, is told apart', async () => {
  const rows = [
    ['/v1/redirect-logs/log_0000000000001', 404],
    ['/v1/redirect-logs/nothing', 404],
    ['/v1/redirect-logs?status=3xx', 400],
    ['/v1/redirect-logs?status=302,', 400],
    ['/v1/redirect-logs?address=alice', 400],
    ['/v1/redirect-logs?from=yesterday', 400],
    ['/v1/redirect-logs?from=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z', 400],
    ['/v1/redirect-logs?limit=0', 400],
    ['/v1/redirect-logs?callid=x', 400],
    ['/v1/redirect-logs?cursor=x', 400],
  ];

  for (const [path, status] of rows) assert.equal((await server.get(path)).status, status, path);
});

test('the log and the simulation say why a call was not redirected', async () => {
  const later = await server.move('sip:why-later@example.com', 'sip:a@hotel.example.net',
    { starts_at: '2031-01-01T00:00:00Z' });
  const over = await server.move('sip:why-over@example.com', 'sip:a@hotel.example.net');
  await server.delete(`/v1/moves/${over.id}`);
  const here = await server.move('sip:why-here@example.com', 'sip:a@hotel.example.net');
  await server.post('/v1/extension-policy/rules', { tag: 'why-tag', action: 'reject' });
  const rows = [
    ['sip:why-here@example.com', {}, 302, 'moved', here.id],
    ['sip:why-nobody@example.com', {}, 404, 'address_unknown', null],
    ['sip:why-nobody@elsewhere.example', {}, 404, 'domain_unknown', null],
    ['sip:why-over@example.com', {}, 480, 'no_move', null],
    ['sip:why-later@example.com', {}, 480, 'move_not_started', later.id],
    ['sips:why-here@example.com', {}, 480, 'no_fit_target', null],
    ['sip:why-here@example.com', { headers: ['Require: why-tag'] }, 420, 'tag_refused', null],
    ['sip:why-here@example.com', { method: 'REGISTER' }, 405, 'method_not_allowed', null],
    ['sip:why-here@example.com', { method: 'BYE' }, 481, 'no_dialog', null],
    ['sip:example.com', { method: 'OPTIONS' }, 200, 'server_asked', null],
  ];

  for (const [address, options, status, reason, moveId] of rows) {
    const call = await caller.call(address, options);
    const { body } = await recordsOf(`call_id=${call.callId}`, 1);
    const simulated = await server.post('/v1/extension-policy/simulations', {
      address, method: options.method, ...(options.headers ? { require: ['why-tag'] } : {}),
    });

    assert.equal(call.status, status, address);
    assert.equal(body.items[0].reason, reason);
    assert.equal(body.items[0].move_id, moveId);
    assert.equal(simulated.body.reason, reason);
    assert.equal(simulated.body.move_id, moveId);
  }
});

test('only an INVITE has an ACK to be seen', async () => {
  const call = await caller.call('sip:nobody@example.com', { method: 'MESSAGE' });
  const { body } = await recordsOf(`call_id=${call.callId}`, 1);

  assert.equal(body.items[0].ack_seen, null);
});

test('the calls of one move are found by its id', async () => {
  const move = await server.move('sip:by-move@example.com', 'sip:a@hotel.example.net');
  for (let i = 0; i < 2; i += 1) await caller.call('sip:by-move@example.com');
  await recordsOf(`address=${encodeURIComponent('sip:by-move@example.com')}`, 2);
  const found = await logs(`move_id=${move.id}&status=302`);
  const none = await logs('move_id=mov_nothing');

  assert.deepEqual(found.body.items.map((item) => item.move_id), [move.id, move.id]);
  assert.deepEqual(none.body.items, []);
});
