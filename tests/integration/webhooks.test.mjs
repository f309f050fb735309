// Webhooks out: what is told, to whom, how it is signed, and that nothing is lost on the way.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createPublicKey, verify } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { eventually, startServer } from './lib/server.mjs';
import { Caller } from './lib/sip.mjs';
import { Receiver } from './lib/receiver.mjs';

const CONFIG = `[webhooks]
allow_http = yes
allow_networks = 127.0.0.0/8
retry_schedule = 0 100ms 200ms
timeout_seconds = 5
call_batch_seconds = 1
remind_before_start_minutes = 1
remind_before_end_minutes = 1
[http]
public_origin = http://moves.example.com
`;

let server;

before(async () => { server = await startServer({ config: CONFIG }); });
after(async () => { await server?.stop(); });

// An endpoint at a receiver of its own, gone at the test's end.
async function listen(t, members = {}, options = {}) {
  const receiver = await Receiver.open(options);
  const made = await (options.server ?? server).post('/v1/webhook-endpoints', { url: receiver.url, ...members });
  assert.equal(made.status, 201, made.text);
  t.after(async () => {
    await (options.server ?? server).delete(`/v1/webhook-endpoints/${made.body.id}`);
    await receiver.close();
  });
  return { receiver, endpoint: made.body };
}

const inAnHour = () => new Date(Date.now() + 3600000).toISOString();
const verified = ({ secret }, { headers, text }) => new Webhook(secret).verify(text, headers);

// --- what is told -----------------------------------------------------------------------------------

test('a move is told of as it is made, changed and cancelled, as the API shows it', async (t) => {
  const { receiver, endpoint } = await listen(t, { events: ['move.created', 'move.updated', 'move.cancelled'] });
  const move = await server.move('sip:told@example.com', 'sip:told@hotel.example.net', { starts_at: inAnHour(), time_zone: 'Asia/Jakarta' });
  const created = await receiver.event('move.created');

  assert.deepEqual(verified(endpoint, created), created.event);
  assert.match(created.headers['webhook-id'], /^msg_[0-9A-Z]{26}$/);
  assert.equal(created.headers['content-type'], 'application/json');
  const { replaced, ...shown } = move;
  assert.deepEqual(created.event.data, shown);

  await server.patch(`/v1/moves/${move.id}`, { note: 'later' });
  const updated = await receiver.event('move.updated');
  assert.equal(updated.event.data.note, 'later');
  assert.deepEqual(updated.event.data.changes, { note: { from: '', to: 'later' } });

  await server.delete(`/v1/moves/${move.id}`);
  const cancelled = await receiver.event('move.cancelled');
  assert.equal(cancelled.event.data.state, 'cancelled');
  assert.deepEqual(cancelled.event.data.changes.state, { from: 'scheduled', to: 'cancelled' });
});

test('a change that came to nothing is not told of', async (t) => {
  const { receiver } = await listen(t, { events: ['move.*'] });
  const tried = await server.post('/v1/moves?dry_run=true', { address: 'sip:dry@example.com', targets: [{ uri: 'sip:dry@hotel.example.net' }], starts_at: inAnHour() });
  assert.equal(tried.status, 200);
  assert.equal((await server.post('/v1/moves', { address: 'sip:dry@example.com', targets: [] })).status, 422);
  await server.move('sip:wet@example.com', 'sip:wet@hotel.example.net', { starts_at: inAnHour() });

  await receiver.event('move.created');
  assert.deepEqual(receiver.received.map(({ event }) => event.data.address), ['sip:wet@example.com']);
});

test('a move that begins and ends by its times is told of once each, and that nobody called meanwhile', async (t) => {
  const { receiver } = await listen(t, { events: ['move.*'] });
  const caller = await Caller.open(server.sipPort);
  t.after(() => caller.close());
  const used = await server.move('sip:used@example.com', 'sip:used@hotel.example.net');
  assert.equal((await caller.call('sip:used@example.com')).status, 302);
  await server.patch(`/v1/moves/${used.id}`, { ends_at: new Date(Date.now() + 1000).toISOString() });
  const starts_at = new Date(Date.now() + 500).toISOString();
  const ends_at = new Date(Date.now() + 2000).toISOString();
  const move = await server.move('sip:timed@example.com', 'sip:timed@hotel.example.net', { starts_at, ends_at });
  const started = await receiver.event('move.started', ({ data }) => data.id === move.id);
  const ended = await receiver.event('move.ended', ({ data }) => data.id === move.id);

  assert.equal(started.event.timestamp, starts_at);
  assert.equal(started.event.data.state, 'active');
  assert.equal(ended.event.timestamp, ends_at);
  assert.equal(ended.event.data.state, 'ended');
  assert.equal(receiver.count('move.started'), 2);
  assert.equal(receiver.count('move.ended'), 2);
  // The one that ended before it was looked at before it.
  const unused = await receiver.event('move.expired_unused');
  assert.deepEqual([unused.event.data.id, unused.event.timestamp], [move.id, ends_at]);
});

test('a move that is ended by hand is told of as changed, and as ended', async (t) => {
  const { receiver } = await listen(t, { events: ['move.updated', 'move.started', 'move.ended'] });
  const move = await server.move('sip:hand@example.com', 'sip:hand@hotel.example.net');
  await receiver.event('move.started');
  await server.delete(`/v1/moves/${move.id}`);

  await receiver.event('move.updated');
  await receiver.event('move.ended');
  assert.equal(receiver.count('move.ended'), 1);
});

test('policy, imports and backups are told of', async (t) => {
  const { receiver } = await listen(t, { events: ['policy.*', 'import.completed', 'backup.*'] });
  const rule = await server.post('/v1/extension-policy/rules', { tag: 'told', action: 'ignore' });
  const policy = await receiver.event('policy.updated');
  assert.equal(policy.event.data.revision, rule.body.revision);
  assert.equal(policy.event.data.preset, null);

  const csv = `address,target_1,starts_at\nsip:imported@example.com,sip:i@hotel.example.net,${inAnHour()}\n`;
  const imported = await server.post('/v1/move-imports', csv, { type: 'text/csv' });
  const done = await receiver.event('import.completed');
  assert.equal(done.event.data.id, imported.body.id);
  assert.equal(done.event.data.created, 1);

  const backup = await server.post('/v1/backups', {});
  const kept = await receiver.event('backup.completed');
  assert.deepEqual(kept.event.data, backup.body);
});

test('a backup that could not be made is told of', async (t) => {
  const { receiver } = await listen(t, { events: ['backup.failed'] });
  const folder = join(server.dataDir, 'backups');
  await rm(folder, { recursive: true });
  t.after(() => mkdir(folder, { mode: 0o700 }));
  assert.notEqual((await server.post('/v1/backups', { note: 'in vain' })).status, 201);

  const { data } = (await receiver.event('backup.failed')).event;
  assert.deepEqual(data, { scheduled: false, created_by: 'test', reason: 'input_output' });
});

test('an endpoint is told of what it asked for, and of nothing else', async (t) => {
  const policy = await listen(t, { events: ['policy.updated'] });
  const all = await listen(t);
  await server.move('sip:choosy@example.com', 'sip:choosy@hotel.example.net', { starts_at: inAnHour() });
  await server.post('/v1/extension-policy/rules', { tag: 'choosy', action: 'ignore' });

  await all.receiver.event('move.created');
  await all.receiver.event('policy.updated');
  await policy.receiver.event('policy.updated');
  assert.deepEqual(policy.receiver.received.map(({ event }) => event.type), ['policy.updated']);
  assert.deepEqual(all.endpoint.events, ['*']);
});

// --- how it is signed -------------------------------------------------------------------------------

test('for a day after a new secret both sign', async (t) => {
  const { receiver, endpoint } = await listen(t);
  assert.match(endpoint.secret, /^whsec_/);
  assert.equal((await server.get(`/v1/webhook-endpoints/${endpoint.id}`)).body.secret, undefined);
  const rotated = await server.post(`/v1/webhook-endpoints/${endpoint.id}/rotate`, {});
  assert.equal(rotated.status, 200);
  assert.notEqual(rotated.body.secret, endpoint.secret);
  await server.post(`/v1/webhook-endpoints/${endpoint.id}/test`, {});
  const message = await receiver.event('endpoint.test');

  assert.equal(message.headers['webhook-signature'].split(' ').length, 2);
  verified(endpoint, message);
  verified(rotated.body, message);
  const again = await server.post(`/v1/webhook-endpoints/${endpoint.id}/rotate?dry_run=true`, {});
  assert.equal(again.body.secret, undefined);
  assert.throws(() => verified({ secret: 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }, message));
});

test('with a key pair the receiver needs no secret', async (t) => {
  const { receiver, endpoint } = await listen(t, { key_pair: true });
  await server.post(`/v1/webhook-endpoints/${endpoint.id}/test`, {});
  const { headers, text } = await receiver.event('endpoint.test');
  const signature = headers['webhook-signature'].split(' ').find((one) => one.startsWith('v1a,')).slice(4);
  const raw = Buffer.from(endpoint.public_key.replace(/^whpk_/, ''), 'base64');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') }, format: 'jwk' });

  assert.ok(verify(null, Buffer.from(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${text}`), key, Buffer.from(signature, 'base64')));
});

// --- failing ----------------------------------------------------------------------------------------

const deliveriesOf = async (endpoint, query = '') =>
  (await server.get(`/v1/webhook-deliveries?endpoint_id=${endpoint.id}${query}`)).body.items;

test('a receiver that answers 500, hangs, then 200 has each event once', async (t) => {
  const answers = [{ status: 500, body: 'not today' }, undefined, { status: 200, body: 'fine' }];
  const { receiver, endpoint } = await listen(t, { events: ['move.created'] }, { answer: (message, before) => answers[Math.min(before, 2)] });
  await server.move('sip:patient@example.com', 'sip:patient@hotel.example.net', { starts_at: inAnHour() });
  const [delivery] = await eventually(() => deliveriesOf(endpoint), ([one]) => one?.status === 'delivered');
  const { body } = await server.get(`/v1/webhook-deliveries/${delivery.id}`);

  assert.equal(receiver.received.length, 3);
  assert.equal(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size, 1);
  for (const message of receiver.received) verified(endpoint, message);
  assert.deepEqual(body.attempts.map(({ status, excerpt }) => [status, excerpt]), [[500, 'not today'], [null, ''], [200, 'fine']]);
  assert.match(body.attempts[1].error, /[Tt]imeout/);
  assert.deepEqual(body.event, receiver.received[0].event);
});

test('what nobody takes becomes a dead letter, and is sent again when asked', async (t) => {
  let well = false;
  const { receiver, endpoint } = await listen(t, { events: ['move.created'] }, { answer: () => ({ status: well ? 200 : 503 }) });
  const since = new Date(Date.now() - 60000).toISOString();
  await server.move('sip:dead1@example.com', 'sip:d@hotel.example.net', { starts_at: inAnHour() });
  const [dead] = await eventually(() => deliveriesOf(endpoint, '&status=dead'), (items) => items.length === 1);
  assert.equal(dead.attempt_count, 3);
  assert.equal(dead.last_status, 503);

  well = true;
  const retried = await server.post(`/v1/webhook-endpoints/${endpoint.id}/retries`, { since });
  assert.equal(retried.status, 202);
  assert.equal(retried.body.count, 1);
  const [again] = await eventually(() => deliveriesOf(endpoint), ([one]) => one.status === 'delivered');
  assert.equal(again.attempt_count, 4);
  assert.equal(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size, 1);

  const once = await server.post(`/v1/webhook-deliveries/${again.id}/retry`, {});
  assert.equal(once.status, 202);
  assert.equal(once.body.status, 'pending');
  await eventually(() => server.get(`/v1/webhook-deliveries/${again.id}`), ({ body }) => body.attempt_count === 5);
});

test('410 disables an endpoint, and the others are told', async (t) => {
  const other = await listen(t, { events: ['endpoint.disabled'] });
  const { endpoint } = await listen(t, { events: ['move.created'] }, { answer: () => ({ status: 410 }) });
  await server.move('sip:gone@example.com', 'sip:gone@hotel.example.net', { starts_at: inAnHour() });
  const told = await other.receiver.event('endpoint.disabled');
  const { body } = await server.get(`/v1/webhook-endpoints/${endpoint.id}`);

  assert.equal(told.event.data.id, endpoint.id);
  assert.equal(told.event.data.disabled_reason, 'gone');
  assert.equal(body.state, 'disabled');
  assert.equal(body.disabled_reason, 'gone');
  const refused = await server.post(`/v1/webhook-endpoints/${endpoint.id}/test`, {});
  assert.equal(refused.status, 422);
  assert.equal(refused.body.errors[0].pointer, '/enabled');
  const [delivery] = await deliveriesOf(endpoint);
  assert.equal((await server.post(`/v1/webhook-deliveries/${delivery.id}/retry`, {})).status, 422);

  const enabled = await server.patch(`/v1/webhook-endpoints/${endpoint.id}`, { enabled: true });
  assert.equal(enabled.body.state, 'active');
  assert.equal(enabled.body.disabled_reason, null);
  assert.equal(enabled.body.failures_in_a_row, 0);
});

test('Retry-After is waited for', async (t) => {
  const { receiver, endpoint } = await listen(t, {}, { answer: (message, before) => (before ? { status: 200 } : { status: 429, headers: { 'retry-after': '2' } }) });
  await server.post(`/v1/webhook-endpoints/${endpoint.id}/test`, {});
  await receiver.message();
  const [delivery] = await eventually(() => deliveriesOf(endpoint), ([one]) => one.attempt_count === 1);

  assert.ok(Date.parse(delivery.next_attempt_at) - Date.parse(delivery.updated_at) >= 2000);
  await eventually(() => deliveriesOf(endpoint), ([one]) => one.status === 'delivered');
});

test('what comes while an endpoint is paused is sent later', async (t) => {
  const { receiver, endpoint } = await listen(t, { events: ['move.created'], paused: true });
  await server.move('sip:paused@example.com', 'sip:paused@hotel.example.net', { starts_at: inAnHour() });
  const [waiting] = await deliveriesOf(endpoint);
  assert.equal(waiting.status, 'pending');
  assert.equal(receiver.received.length, 0);

  await server.patch(`/v1/webhook-endpoints/${endpoint.id}`, { paused: false });
  await receiver.event('move.created');
});

test('a redirect is a failure, and is not followed', async (t) => {
  const aim = await Receiver.open();
  t.after(() => aim.close());
  const { endpoint } = await listen(t, {}, { answer: () => ({ status: 307, headers: { location: aim.url } }) });
  await server.post(`/v1/webhook-endpoints/${endpoint.id}/test`, {});
  const [delivery] = await eventually(() => deliveriesOf(endpoint), ([one]) => one.status === 'dead');

  assert.equal(delivery.last_status, 307);
  assert.match(delivery.last_error, /redirects are not followed/);
  assert.equal(aim.received.length, 0);
});
