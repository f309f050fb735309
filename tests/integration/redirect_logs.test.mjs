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
    targets: ['sip:a@hotel.example.net'],
    move_id: move.id,
    move_revision: move.revision,
    revision: record.revision,
    tags_asked: [{ header: 'require', tag: '100rel' }, { header: 'proxy-require', tag: '199' }],
    tags_refused: [],
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
