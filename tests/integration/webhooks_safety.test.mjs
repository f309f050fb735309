// Webhooks out: where they may not lead, what survives a crash, reminders and their links, and calls.
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { Authority } from './lib/certificates.mjs';
import { eventually, startServer } from './lib/server.mjs';
import { Caller } from './lib/sip.mjs';
import { Receiver } from './lib/receiver.mjs';

// Nothing but the Internet: what a test listens on is not of it.
const CLOSED = '[webhooks]\nallow_http = yes\nports = 80 443 8443\nretry_schedule = 0\ntimeout_seconds = 5\n';
const OPEN = `[webhooks]
allow_http = yes
allow_networks = 127.0.0.0/8
retry_schedule = 0 100ms 200ms
timeout_seconds = 20
call_batch_seconds = 1
remind_before_start_minutes = 1
remind_before_end_minutes = 1
[http]
public_origin = http://moves.example.com
`;

let closed;
let open;

before(async () => {
  closed = await startServer({ config: CLOSED });
  open = await startServer({ config: OPEN });
});
after(async () => {
  await closed?.stop();
  await open?.stop();
});

async function listen(t, members = {}, options = {}) {
  const receiver = await Receiver.open(options);
  const made = await open.post('/v1/webhook-endpoints', { url: receiver.url, ...members });
  assert.equal(made.status, 201, made.text);
  t.after(async () => {
    await open.delete(`/v1/webhook-endpoints/${made.body.id}`);
    await receiver.close();
  });
  return { receiver, endpoint: made.body };
}

const inMs = (ms) => new Date(Date.now() + ms).toISOString();

// --- where they may not lead --------------------------------------------------------------------------

const FORBIDDEN = ['127.0.0.1', '[::1]', '169.254.169.254', '10.0.0.1', '172.16.5.4', '192.168.1.1', '100.64.0.1', '0.0.0.0',
  '224.0.0.1', '255.255.255.255', '2130706433', '0x7f000001', '0x7f.1', '017700000001', '127.1', '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]', '[::127.0.0.1]', '[64:ff9b::7f00:1]', '[2002:7f00:1::]', '[fe80::1]', '[fc00::1]', '[ff02::1]', '[::]'];

test('an address that is not of the Internet is refused as it is written, however it is spelt', async () => {
  for (const host of FORBIDDEN) {
    const { status, body } = await closed.post('/v1/webhook-endpoints', { url: `http://${host}/hook` });
    assert.equal(status, 422, host);
    assert.equal(body.errors[0].pointer, '/url', host);
    assert.match(body.errors[0].detail, /not of the Internet|is no URL/, host);
  }
});

// Names of this machine itself, which lead to loopback.
test('a name that leads to such an address is refused when it is connected to', async (t) => {
  const aim = await Receiver.open({ host: '127.0.0.1' });
  t.after(() => aim.close());
  for (const host of ['localhost', 'LocalHost']) {
    const made = await closed.post('/v1/webhook-endpoints', { url: `http://${host}:${aim.port}/hook` });
    assert.equal(made.status, 201, made.text);
    await closed.post(`/v1/webhook-endpoints/${made.body.id}/test`, {});
    const { body } = await eventually(() => closed.get(`/v1/webhook-deliveries?endpoint_id=${made.body.id}`),
      (answer) => answer.body.items[0]?.status === 'dead');

    assert.match(body.items[0].last_error, /leads to an address that is not of the Internet/, host);
    assert.equal(body.items[0].last_status, null);
    await closed.delete(`/v1/webhook-endpoints/${made.body.id}`);
  }
  assert.equal(aim.received.length, 0);
});

test('a URL with a user, a fragment, another scheme or none is refused, and every fault is told', async () => {
  for (const url of ['ftp://example.com/', 'http://user:pw@example.com/', 'https://example.com/#x', 'example.com', '', 'https://', 'https://exa mple.com/', `https://example.com/${'x'.repeat(1100)}`, 7, null])
    assert.equal((await closed.post('/v1/webhook-endpoints', { url })).status, 422, String(url));
  const { body } = await closed.post('/v1/webhook-endpoints', { url: 'ftp://example.com', events: ['move.begun', 'move.*'], ca_pem: 'none', secret: 'x', zzz: 1 });
  assert.deepEqual(body.errors.map(({ pointer }) => pointer).sort(), ['/ca_pem', '/events', '/secret', '/url', '/zzz']);
  const http = await startServer();
  try {
    assert.match((await http.post('/v1/webhook-endpoints', { url: 'http://example.com/' })).body.errors[0].detail, /https/);
    assert.equal((await http.post('/v1/webhook-endpoints', { url: 'https://example.com/' })).status, 201);
  } finally {
    await http.stop();
  }
});

test('there are at most 64 endpoints', async () => {
  const ids = [];
  let answer;
  while ((answer = await closed.post('/v1/webhook-endpoints', { url: 'https://example.com/', paused: true })).status === 201) ids.push(answer.body.id);
  assert.equal(answer.status, 422);
  assert.match(answer.body.errors[0].detail, /64/);
  assert.equal((await closed.get('/v1/webhook-endpoints?limit=3')).body.items.length, 3);
  for (const id of ids) assert.equal((await closed.delete(`/v1/webhook-endpoints/${id}`)).status, 204);
});

// --- TLS ----------------------------------------------------------------------------------------------

test('a certificate is checked, by the system or by the CA that the endpoint has', async (t) => {
  const authority = await Authority.open();
  t.after(() => authority.close());
  const tls = await authority.issue('receiver', { san: 'IP:127.0.0.1' });
  const { receiver, endpoint } = await listen(t, {}, { tls });
  await open.post(`/v1/webhook-endpoints/${endpoint.id}/test`, {});
  const { body } = await eventually(() => open.get(`/v1/webhook-deliveries?endpoint_id=${endpoint.id}`), (answer) => answer.body.items[0]?.status === 'dead');
  assert.match(body.items[0].last_error, /certificate/i);
  assert.equal(receiver.received.length, 0);

  const patched = await open.patch(`/v1/webhook-endpoints/${endpoint.id}`, { ca_pem: authority.certificate });
  assert.equal(patched.status, 200, patched.text);
  await open.post(`/v1/webhook-endpoints/${endpoint.id}/test`, {});
  await receiver.event('endpoint.test');
});

// --- nothing lost -------------------------------------------------------------------------------------

test('kill -9 between a change and its delivery loses nothing, and what passed meanwhile is told at the next start', async (t) => {
  let well = false;
  const receiver = await Receiver.open({ answer: () => (well ? { status: 200 } : undefined) });
  t.after(() => receiver.close());
  const first = await startServer({ config: OPEN });
  t.after(() => rm(first.dataDir, { recursive: true, force: true }));
  await first.post('/v1/webhook-endpoints', { url: receiver.url, events: ['move.*'] });
  const ends_at = inMs(1500);
  const moves = [];
  for (let i = 0; i < 10; i++) moves.push(await first.move(`sip:k${i}@example.com`, 'sip:k@hotel.example.net', { ends_at }));
  await receiver.event('move.created');
  await first.halt('SIGKILL');
  await eventually(async () => Date.now(), (now) => now > Date.parse(ends_at));

  well = true;
  receiver.received.length = 0;
  const second = await startServer({ config: OPEN, dataDir: first.dataDir, token: first.token });
  try {
    for (const type of ['move.created', 'move.started', 'move.ended'])
      for (const { id } of moves) await receiver.event(type, ({ data }) => data.id === id);
    const { body } = await eventually(() => second.get('/v1/webhook-deliveries?status=pending'), (answer) => answer.body.items.length === 0);
    assert.equal(body.items.length, 0);
    // Once each: what came twice has the id that it had.
    const ids = new Set(receiver.received.map(({ headers }) => headers['webhook-id']));
    assert.equal(ids.size, 30);
  } finally {
    await second.halt();
  }
});

test('a stop ends what is on its way, and the next start sends it', async (t) => {
  let well = false;
  const receiver = await Receiver.open({ answer: () => (well ? { status: 200 } : undefined) });
  t.after(() => receiver.close());
  const first = await startServer({ config: OPEN.replace('timeout_seconds = 20', 'timeout_seconds = 60') });
  t.after(() => rm(first.dataDir, { recursive: true, force: true }));
  const { body } = await first.post('/v1/webhook-endpoints', { url: receiver.url });
  await first.post(`/v1/webhook-endpoints/${body.id}/test`, {});
  const { headers } = await receiver.message();
  assert.equal(await first.halt(), 0);

  well = true;
  receiver.received.length = 0;
  const second = await startServer({ config: OPEN, dataDir: first.dataDir, token: first.token });
  assert.equal((await receiver.message()).headers['webhook-id'], headers['webhook-id']);
  await eventually(() => second.get('/v1/webhook-deliveries'), (answer) => answer.body.items[0].status === 'delivered');
  assert.equal(await second.halt(), 0);
});

test('what was to be told before there was anybody to tell is not told', async (t) => {
  await open.move('sip:before@example.com', 'sip:b@hotel.example.net');
  const { receiver } = await listen(t, { events: ['move.*'] });
  await open.move('sip:behind@example.com', 'sip:b@hotel.example.net');

  await receiver.event('move.started', ({ data }) => data.address === 'sip:behind@example.com');
  assert.ok(receiver.received.every(({ event }) => event.data.address !== 'sip:before@example.com'));
});

// --- reminders ----------------------------------------------------------------------------------------

const pathOf = (url) => url.replace('http://moves.example.com', '');
const press = (path, options) => open.request('POST', path, 'sure=yes', { token: null, type: 'application/x-www-form-urlencoded', ...options });

test('a reminder comes before a move starts and before it ends, with links that work once', async (t) => {
  const { receiver } = await listen(t, { events: ['move.starting_soon', 'move.ending_soon'] });
  const soon = await open.move('sip:soon@example.com', 'sip:s@hotel.example.net', { starts_at: inMs(60400), ends_at: inMs(7200000) });
  const move = await open.move('sip:brief@example.com', 'sip:s@hotel.example.net', { ends_at: inMs(60400) });
  const starting = await receiver.event('move.starting_soon');
  const ending = await receiver.event('move.ending_soon');
  assert.equal(starting.event.data.id, soon.id);
  assert.equal(ending.event.data.id, move.id);

  const { links } = ending.event.data;
  const page = await open.get(pathOf(links.extend), { token: null });
  assert.equal(page.status, 200);
  assert.match(page.text, /sip:brief@example\.com/);
  assert.match(page.headers['content-security-policy'], /default-src 'none'/);
  assert.equal((await open.get(`/v1/moves/${move.id}`)).body.ends_at, move.ends_at, 'a look changes nothing');

  assert.equal((await press(pathOf(links.extend))).status, 200);
  const longer = await open.get(`/v1/moves/${move.id}`);
  assert.equal(Date.parse(longer.body.ends_at) - Date.parse(move.ends_at), 86400000);
  assert.equal((await press(pathOf(links.extend))).status, 410);
  assert.equal((await open.get(pathOf(links.extend), { token: null })).status, 410);
  assert.equal((await press(pathOf(links.end))).status, 200);
  assert.equal((await open.get(`/v1/moves/${move.id}`)).body.state, 'ended');

  assert.equal((await press(pathOf(starting.event.data.links.end))).status, 200);
  assert.equal((await open.get(`/v1/moves/${soon.id}`)).body.state, 'cancelled');
  const audit = await open.get(`/v1/audit-events?object_id=${soon.id}`);
  assert.equal(audit.body.items[0].actor.kind, 'link');
});

test('a link that nobody signed leads nowhere', async (t) => {
  const { receiver } = await listen(t, { events: ['move.ending_soon'] });
  await open.move('sip:forged@example.com', 'sip:s@hotel.example.net', { ends_at: inMs(60300) });
  const { links } = (await receiver.event('move.ending_soon')).event.data;
  const token = pathOf(links.end).split('/').pop();
  const forged = token.slice(0, -2) + (token.endsWith('A') ? 'BB' : 'AA');

  for (const id of [forged, 'nothing', 'x'.repeat(43)]) {
    assert.equal((await open.get(`/move-links/${id}`, { token: null })).status, 404, id);
    assert.equal((await press(`/move-links/${id}`)).status, 404, id);
  }
  assert.equal((await open.get(`/move-links/${token}?x=1`, { token: null })).status, 400);
  assert.equal((await open.request('POST', `/move-links/${token}`, '{}', { token: null })).status, 415);
});

test('a move that another one follows cannot be extended by its link, which then is still good', async (t) => {
  const { receiver } = await listen(t, { events: ['move.ending_soon'] });
  const ends_at = inMs(60300);
  await open.move('sip:followed@example.com', 'sip:s@hotel.example.net', { ends_at });
  const next = await open.move('sip:followed@example.com', 'sip:t@hotel.example.net', { starts_at: ends_at });
  const { links } = (await receiver.event('move.ending_soon')).event.data;
  assert.equal((await press(pathOf(links.extend))).status, 409);
  await open.delete(`/v1/moves/${next.id}`);
  // Somebody who happens to be logged in.
  const { cookie } = await open.logIn('presser');
  assert.equal((await press(pathOf(links.extend), { cookie })).status, 200);
});

// --- calls --------------------------------------------------------------------------------------------

test('calls are told of in batches to who asks for them, each once, over a crash', async (t) => {
  const receiver = await Receiver.open();
  t.after(() => receiver.close());
  let running = await startServer({ config: OPEN });
  t.after(() => rm(running.dataDir, { recursive: true, force: true }));
  await running.move('sip:called@example.com', 'sip:c@hotel.example.net');
  await running.post('/v1/webhook-endpoints', { url: receiver.url, events: ['call.*'] });
  const told = (type) => receiver.received.filter(({ event }) => event.type === type).flatMap(({ event }) => event.data.calls);
  let caller = await Caller.open(running.sipPort);
  for (let i = 0; i < 60; i++) await caller.call(i % 3 ? 'sip:called@example.com' : 'sip:nobody@example.com');
  caller.close();
  await eventually(async () => told('call.redirected').length + told('call.refused').length, (count) => count === 60, 30000);
  assert.equal(told('call.redirected').length, 40);
  assert.ok(told('call.refused').every(({ status, reason }) => status === 404 && reason === 'address_unknown'));
  assert.ok(receiver.received.length < 30, 'many in one');
  for (const { text } of receiver.received) assert.ok(text.length < 20000);

  caller = await Caller.open(running.sipPort);
  for (let i = 0; i < 5; i++) await caller.call('sip:called@example.com');
  caller.close();
  await eventually(() => running.get('/v1/redirect-logs?limit=1000'), ({ body }) => body.items.length === 65);
  await running.halt('SIGKILL');
  running = await startServer({ config: OPEN, dataDir: running.dataDir, token: running.token });
  await eventually(async () => told('call.redirected').length, (count) => count === 45, 30000);
  assert.equal(new Set([...told('call.redirected'), ...told('call.refused')].map(({ id }) => id)).size, 65);
  const { body } = await running.get('/v1/redirect-logs?limit=1000');
  assert.deepEqual(told('call.redirected').map(({ id }) => id).sort(), body.items.filter(({ status }) => status === 302).map(({ id }) => id).sort());
  await running.halt();
});

// --- the rest of the API ------------------------------------------------------------------------------

test('endpoints and deliveries are listed page by page, and changed as other objects are', async (t) => {
  const { receiver, endpoint } = await listen(t, { description: 'first', events: ['endpoint.test'] });
  for (let i = 0; i < 3; i++) await open.post(`/v1/webhook-endpoints/${endpoint.id}/test`, {});
  await eventually(() => open.get(`/v1/webhook-deliveries?endpoint_id=${endpoint.id}&status=delivered`), ({ body }) => body.items.length === 3);
  assert.equal(receiver.count('endpoint.test'), 3);
  const page = await open.get(`/v1/webhook-deliveries?endpoint_id=${endpoint.id}&type=endpoint.test&limit=2`);
  assert.equal(page.body.items.length, 2);
  const rest = await open.get(`/v1/webhook-deliveries?endpoint_id=${endpoint.id}&type=endpoint.test&limit=2&cursor=${page.body.next_cursor}`);
  assert.equal(rest.body.items.length, 1);
  assert.equal((await open.get('/v1/webhook-deliveries?status=lost')).status, 400);
  assert.equal((await open.get('/v1/webhook-deliveries?endpoint_id=')).status, 400);
  assert.equal((await open.get('/v1/webhook-deliveries/nothing')).status, 404);
  assert.equal((await open.post('/v1/webhook-deliveries/nothing/retry', {})).status, 404);

  const read = await open.get(`/v1/webhook-endpoints/${endpoint.id}`);
  const stale = await open.patch(`/v1/webhook-endpoints/${endpoint.id}`, { description: 'x' }, { headers: { 'if-match': '"r1"' } });
  assert.equal(stale.status, 412);
  const patched = await open.patch(`/v1/webhook-endpoints/${endpoint.id}`, { description: 'second', events: null, ca_pem: null }, { headers: { 'if-match': read.headers.etag } });
  assert.equal(patched.status, 200, patched.text);
  assert.deepEqual(patched.body.events, ['*']);
  assert.equal((await open.patch(`/v1/webhook-endpoints/${endpoint.id}`, { url: 'ftp://x' })).status, 422);
  assert.equal((await open.post('/v1/webhook-endpoints?dry_run=true', { url: receiver.url })).status, 200);
  assert.equal((await open.get('/v1/webhook-endpoints?zzz=1')).status, 400);
  for (const what of ['rotate', 'test', 'retries'])
    assert.equal((await open.post(`/v1/webhook-endpoints/nothing/${what}`, what === 'retries' ? { since: inMs(0) } : {})).status, 404);
  assert.equal((await open.post(`/v1/webhook-endpoints/${endpoint.id}/retries`, {})).status, 422);
  assert.equal((await open.patch('/v1/webhook-endpoints/nothing', {})).status, 404);
  assert.equal((await open.delete('/v1/webhook-endpoints/nothing')).status, 404);
  assert.equal((await open.get('/v1/webhook-endpoints/nothing')).status, 404);
  for (const what of ['rotate', 'test'])
    assert.equal((await open.post(`/v1/webhook-endpoints/${endpoint.id}/${what}`, { zzz: 1 })).status, 422);

  const old = { headers: { 'if-match': '"r1"' } };
  assert.equal((await open.delete(`/v1/webhook-endpoints/${endpoint.id}`, old)).status, 412);
  assert.equal((await open.post(`/v1/webhook-endpoints/${endpoint.id}/rotate`, {}, old)).status, 412);
  assert.equal((await open.patch(`/v1/webhook-endpoints/${endpoint.id}`, {}, { headers: { prefer: 'return=minimal' } })).status, 204);
  const before = await open.get(`/v1/webhook-deliveries?endpoint_id=${endpoint.id}`);
  assert.equal((await open.post(`/v1/webhook-endpoints/${endpoint.id}/test?dry_run=true`, {})).status, 200);
  assert.deepEqual((await open.post(`/v1/webhook-endpoints/${endpoint.id}/retries?dry_run=true`, { since: inMs(-60000) })).body, { count: 0 });
  assert.equal((await open.post(`/v1/webhook-deliveries/${before.body.items[0].id}/retry?dry_run=true`, {})).status, 200);
  assert.deepEqual((await open.get(`/v1/webhook-deliveries?endpoint_id=${endpoint.id}`)).body.items, before.body.items);
});

test('the same request to make an endpoint, sent again, shows the same secret', async () => {
  const ask = () => open.post('/v1/webhook-endpoints', { url: 'http://127.0.0.1:9/', paused: true }, { headers: { 'idempotency-key': 'endpoint-1' } });
  const [first, second] = [await ask(), await ask()];
  assert.equal(second.body.secret, first.body.secret);
  assert.equal(second.headers['idempotent-replayed'], 'true');
  await open.delete(`/v1/webhook-endpoints/${first.body.id}`);
});

test('metrics count what was delivered and what waits', async (t) => {
  const { endpoint } = await listen(t);
  await open.post(`/v1/webhook-endpoints/${endpoint.id}/test`, {});
  const { text } = await eventually(() => open.get('/metrics'), (answer) => /sipmoved_webhook_deliveries_total\{result="delivered"\} [1-9]/.test(answer.text));
  assert.match(text, /^sipmoved_webhook_queue_depth \d+$/m);
  assert.match(text, /^sipmoved_webhook_oldest_seconds \d/m);
});
