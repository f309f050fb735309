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
  const { story, ...read } = (await server.get(`/v1/redirect-logs/${record.id}`)).body;

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
  assert.deepEqual(read, record);
  assert.equal(story.move.id, move.id);
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

test('any column finds its records, by all of it, its start or a part', async () => {
  const address = 'sip:columns@example.com';
  const move = await server.move(address, 'sip:columns-target@hotel.example.net');
  const from = encodeURIComponent(new Date(Date.now() - 1000).toISOString());
  const rule = await server.post('/v1/extension-policy/rules', { tag: 'columns-tag', action: 'reject' });
  const moved = await caller.call(address, { headers: ['User-Agent: Columns Phone/7.1'] });
  const refused = await caller.call(address, { headers: ['Require: columns-tag', 'User-Agent: Other'] });
  const options = await caller.call(address, { method: 'OPTIONS', headers: ['User-Agent: Third'] });
  const all = [moved, refused, options].map(({ callId }) => callId);
  await recordsOf(`call_id=${options.callId}`, 1);
  await recordsOf(`call_id=${moved.callId}`, 1, (item) => item.ack_seen);
  const rows = [
    ['reason=moved', [2, 0]],
    ['reason=tag_refused,moved', [2, 1, 0]],
    ['method=OPTIONS', [2]],
    ['method=inv*', [1, 0]],
    ['source=127.0.0.1', [2, 1, 0]],
    ['source=127.0.0.0/8&method=OPTIONS', [2]],
    ['source=192.0.2.0/24', []],
    [`source=127.0.0.1:${caller.port}*`, [2, 1, 0]],
    ['caller=sip:caller@caller.example', [2, 1, 0]],
    ['caller=SIP:CALLER@*', [2, 1, 0]],
    ['caller=*Nobody*', []],
    ['target=sip:columns-target@hotel.example.net', [2, 0]],
    ['target=sip:columns-t*', [2, 0]],
    ['target=sip:columns', []],
    ['target=*HOTEL*', [2, 0]],
    ['user_agent=Columns+Phone/7.1', [0]],
    ['user_agent=columns*', [0]],
    ['user_agent=*phone*', [0]],
    ['user_agent=Phone', []],
    [`rule_id=${rule.body.id}`, [1]],
    ['transport=udp', [2, 1, 0]],
    ['transport=tls,tcp', []],
    ['ack_seen=true&reason=moved', [0]],
    ['address=sip:COLUMNS*', [2, 1, 0]],
    ['address=*lumns@*&status=420', [1]],
    [`call_id=${moved.callId.slice(0, 12)}*`, [0]],
    [`move_id=${move.id}&method=INVITE`, [0]],
  ];

  for (const [query, found] of rows) {
    const answer = await logs(`${query}&from=${from}`);
    assert.equal(answer.status, 200, `${query}: ${answer.text}`);
    const ids = answer.body.items.map((item) => item.call_id).filter((callId) => all.includes(callId));
    assert.deepEqual(ids, found.map((i) => all[i]), query);
  }
});

test('what has no index is searched within a window of time', async () => {
  const day = (n) => encodeURIComponent(new Date(Date.now() - n * 86400000).toISOString());
  const address = encodeURIComponent('sip:many@example.com');
  const rows = [
    ['user_agent=x', 400, 'from'],
    [`user_agent=x&from=${day(20)}`, 200],
    ['address=sip:many*', 400, 'from'],
    [`address=${address}&user_agent=x`, 200],
    [`user_agent=*x*&from=${day(2)}`, 400, 'until'],
    [`user_agent=*x*&from=${day(0.9)}`, 200],
    [`user_agent=*x*&from=${day(2)}&until=${day(1.5)}`, 200],
    [`address=${address}&user_agent=*x*`, 200],
    [`user_agent=*x&from=${day(1)}`, 400, 'user_agent'],
    [`user_agent=*&from=${day(1)}`, 400, 'user_agent'],
    [`reason=because&from=${day(1)}`, 400, 'reason'],
    [`source=nowhere&from=${day(1)}`, 400, 'source'],
    [`transport=sctp&from=${day(1)}`, 400, 'transport'],
    [`ack_seen=maybe&from=${day(1)}`, 400, 'ack_seen'],
    [`source=${Array(33).fill('192.0.2.1').join(',')}&from=${day(1)}`, 400, 'source'],
  ];

  for (const [query, status, parameter] of rows) {
    const answer = await logs(query);
    assert.equal(answer.status, status, `${query}: ${answer.text}`);
    if (parameter) assert.equal(answer.body.errors[0].parameter, parameter, query);
  }
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
