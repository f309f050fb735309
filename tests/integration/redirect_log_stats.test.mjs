import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually, startServer } from './lib/server.mjs';
import { Caller } from './lib/sip.mjs';

const MINUTE = 60000;
const DAY = 86400000;

let server;
let caller;
let second;

before(async () => {
  server = await startServer();
  caller = await Caller.open(server.sipPort);
  second = await Caller.open(server.sipPort, '127.0.0.2');
  await server.move('sip:one@example.com', 'sip:a@hotel.example.net');
  await server.move('sip:two@example.com', 'sip:b@hotel.example.net');
  for (let i = 0; i < 5; i += 1)
    await caller.call(`sip:one@example.com`, { headers: [`User-Agent: first/${i % 2}`] });
  for (let i = 0; i < 3; i += 1) await caller.call('sip:nobody@example.com');
  // Who asks for the server itself makes no call.
  assert.equal((await caller.call('sip:example.com', { method: 'OPTIONS' })).status, 200);
  const last = await second.call('sip:two@example.com');
  await eventually(() => server.get(`/v1/redirect-logs?call_id=${last.callId}`), ({ body }) => body.items.length === 1);
});

after(async () => {
  caller?.close();
  second?.close();
  await server?.stop();
});

function stats(query = '') {
  return server.get(`/v1/redirect-logs/stats?${query}`);
}

function sum(items, name) {
  return items.reduce((all, item) => all + (name === undefined ? item.calls : item.counts[name] ?? 0), 0);
}

test('calls are counted over time, in whole buckets', async () => {
  const { status, body } = await stats();
  const byMinute = await stats('bucket=minute');
  const byDay = await stats('bucket=day');

  assert.equal(status, 200);
  assert.equal(body.bucket, 'hour');
  assert.equal(body.group_by, null);
  assert.equal(body.calls, 9);
  assert.equal(body.items.length, (Date.parse(body.until) - Date.parse(body.from)) / (60 * MINUTE));
  assert.ok(Date.parse(body.until) - Date.parse(body.from) >= DAY);
  assert.equal(Date.parse(body.items[0].starts_at), Date.parse(body.from));
  assert.equal(sum(body.items), 9);
  assert.ok(!('counts' in body.items[0]));
  assert.equal(sum(byMinute.body.items), 9);
  assert.ok(byMinute.body.items.length >= 1440);
  assert.ok(byDay.body.items.length <= 3);
  assert.equal(sum(byDay.body.items), 9);
});

test('statuses and reasons are told apart', async () => {
  const byStatus = await stats('group_by=status&bucket=5m');
  const byReason = await stats('group_by=reason');

  assert.equal(sum(byStatus.body.items, '302'), 6);
  assert.equal(sum(byStatus.body.items, '404'), 3);
  assert.equal(sum(byReason.body.items, 'moved'), 6);
  assert.equal(sum(byReason.body.items, 'address_unknown'), 3);
  assert.equal(byReason.body.group_by, 'reason');
});

test('a window holds its calls and no others', async () => {
  const later = encodeURIComponent(new Date(Date.now() + DAY).toISOString());
  const muchLater = encodeURIComponent(new Date(Date.now() + 2 * DAY).toISOString());
  const earlier = encodeURIComponent(new Date(Date.now() - 3 * DAY).toISOString());
  const before = encodeURIComponent(new Date(Date.now() - 2 * DAY).toISOString());

  assert.equal((await stats(`from=${later}&until=${muchLater}`)).body.calls, 0);
  assert.equal((await stats(`from=${earlier}&until=${before}&group_by=status`)).body.calls, 0);
  assert.equal((await stats(`from=${earlier}`)).body.calls, 9);
});

test('what comes most often is told, most first', async () => {
  const addresses = (await stats('group_by=address')).body;
  const sources = (await stats('group_by=source')).body;
  const agents = (await stats('group_by=user_agent&limit=1')).body;
  const targets = (await stats('group_by=target')).body;

  assert.deepEqual(addresses.items, [
    { address: 'sip:one@example.com', calls: 5 },
    { address: 'sip:nobody@example.com', calls: 3 },
    { address: 'sip:two@example.com', calls: 1 },
  ]);
  assert.equal(addresses.calls, 9);
  assert.equal(addresses.exact, true);
  assert.deepEqual(sources.items, [{ source: '127.0.0.1', calls: 8 }, { source: '127.0.0.2', calls: 1 }]);
  assert.deepEqual(agents.items, [{ user_agent: 'first/0', calls: 3 }]);
  assert.deepEqual(targets.items.map(({ calls }) => calls), [5, 1]);
});

test('what cannot be counted is refused, each fault at its parameter', async () => {
  const rows = [
    ['bucket=year', 'bucket'],
    ['group_by=colour', 'group_by'],
    ['from=yesterday', 'from'],
    ['from=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z', 'until'],
    ['from=2020-01-01T00:00:00Z&bucket=minute', 'bucket'],
    ['group_by=address&limit=0', 'limit'],
    ['group_by=address&limit=101', 'limit'],
    ['group_by=address&bucket=hour', 'bucket'],
    ['limit=5', 'limit'],
    ['zzz=1', 'zzz'],
  ];

  for (const [query, parameter] of rows) {
    const answer = await stats(query);
    assert.equal(answer.status, 400, query);
    assert.equal(answer.body.errors[0].parameter, parameter, query);
  }
});

test('who does not follow a redirect is listed with examples', async () => {
  const from = new Date().toISOString();
  const caller3 = await Caller.open(server.sipPort, '127.0.0.3');
  const headers = ['User-Agent: deaf/1.0'];
  const first = await caller3.call('sip:one@example.com', { headers });
  const again = await caller3.call('sip:one@example.com', { headers });
  await caller3.call('sip:two@example.com', { headers });
  caller3.close();
  const { body } = await eventually(
    () => server.get(`/v1/redirect-logs/unfollowed?from=${from}`), (answer) => answer.body.redirected === 3);
  const [example] = body.items[0].example_ids;
  const record = (await server.get(`/v1/redirect-logs/${example}`)).body;

  assert.equal(body.unfollowed, 1);
  assert.equal(body.exact, true);
  assert.deepEqual({ ...body.items[0], last_at: 0, example_ids: 0 }, {
    source: '127.0.0.3', user_agent: 'deaf/1.0', redirected: 3, unfollowed: 1, called_again: 1, unacknowledged: 0,
    share: 0.333, last_at: 0, example_ids: 0,
  });
  assert.equal(record.call_id, first.callId);
  assert.equal(record.story.followed, false);
  assert.deepEqual(record.story.called_again.map(({ status }) => status), [302]);
  assert.ok(again.callId);
  for (const query of ['limit=0', 'from=x', 'zzz=1', 'limit=501'])
    assert.equal((await server.get(`/v1/redirect-logs/unfollowed?${query}`)).status, 400, query);
});
