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

async function recordOf(callId, accept = () => true) {
  const { body } = await eventually(() => server.get(`/v1/redirect-logs?call_id=${callId}`),
    (answer) => answer.body.items.length === 1 && accept(answer.body.items[0]));
  return (await server.get(`/v1/redirect-logs/${body.items[0].id}`)).body;
}

test('a story tells who had made the move as it was, also when it was changed since', async () => {
  const address = 'sip:story@example.com';
  const token = (await server.post('/v1/tokens', { name: 'travel desk', role: 'helpdesk' })).body.token;
  const move = await server.move(address, 'sip:first@hotel.example.net');
  await server.patch(`/v1/moves/${move.id}`, { targets: [{ uri: 'sip:second@hotel.example.net' }] },
    { token, headers: { 'x-request-id': 'ticket-17' } });
  const call = await caller.call(address);
  const before = (await recordOf(call.callId)).story;
  await server.delete(`/v1/moves/${move.id}`);
  const { story, ...record } = await recordOf(call.callId, (item) => item.ack_seen);
  const after = await recordOf((await caller.call(address)).callId);

  assert.deepEqual(record.targets, ['sip:second@hotel.example.net']);
  assert.equal(before.move.changed_since, false);
  assert.equal(story.move.id, move.id);
  assert.equal(story.move.changed_since, true);
  assert.equal(story.move.last_change.action, 'move.update');
  assert.deepEqual(story.move.last_change.actor, { kind: 'token', name: 'travel desk', role: 'helpdesk' });
  assert.equal(story.move.last_change.request_id, 'ticket-17');
  assert.equal(story.move.last_change.revision, record.move_revision);
  assert.match(JSON.stringify(story.move.last_change.before), /first@hotel/);
  assert.match(JSON.stringify(story.move.last_change.after), /second@hotel/);
  assert.equal(story.previous_move, null);
  assert.equal(story.domain.last_change.action, 'domain.create');
  assert.equal(after.reason, 'no_move');
  assert.equal(after.story.move, null);
  assert.equal(after.story.previous_move.id, move.id);
  assert.equal(after.story.previous_move.last_change.action, 'move.end');
});

test('a story tells the last change of the extension policy before the call', async () => {
  await server.move('sip:policy-story@example.com', 'sip:a@hotel.example.net');
  const untouched = (await recordOf((await caller.call('sip:policy-story@example.com')).callId)).story;
  const rule = await server.post('/v1/extension-policy/rules', { tag: 'story-tag', action: 'reject' });
  const { callId } = await caller.call('sip:policy-story@example.com', { headers: ['Require: story-tag'] });
  const refused = (await recordOf(callId)).story;
  await server.delete(`/v1/extension-policy/rules/${rule.body.id}`);
  const later = (await recordOf(callId)).story;

  assert.equal(untouched.policy.last_change.actor.kind, 'system');
  assert.ok(!('after' in untouched.policy.last_change));
  assert.equal(refused.policy.changed_since, false);
  assert.equal(later.policy.changed_since, true);
  assert.equal(later.policy.last_change.action, 'extension_rule.create');
  assert.equal(later.policy.last_change.object_id, rule.body.id);
});

test('a story tells what was repeated', async () => {
  const callId = 'repeated-story';
  const parts = { uri: 'sip:nobody@example.com', branch: 'z9hG4bKstory', callId, fromTag: 'x' };
  const text = caller.compose(parts);
  caller.sendRaw(text);
  await eventually(() => server.get(`/v1/redirect-logs?call_id=${callId}`), ({ body }) => body.items.length === 1);
  caller.sendRaw(text);
  caller.sendRaw(text);
  const silent = await recordOf(callId);
  const answered = new Promise((fulfil) => { caller.waiting.set(parts.branch, fulfil); });
  caller.sendRaw(text);
  const { headers } = await answered;
  caller.sendRaw(caller.compose({ ...parts, method: 'ACK', to: headers.to[0] }));
  const { story } = await eventually(() => recordOf(callId, (item) => item.ack_seen),
    (body) => body.story.requests_repeated > 0);

  assert.equal(silent.story.followed, null);
  assert.equal(story.requests_repeated, 3);
  assert.ok(story.answers_repeated >= 0);
});

test('a call that the same caller makes again soon after is told', async () => {
  await server.move('sip:again@example.com', 'sip:a@hotel.example.net');
  const other = await Caller.open(server.sipPort, '127.0.0.2');
  const first = await caller.call('sip:again@example.com');
  await other.call('sip:again@example.com');
  const fresh = await recordOf(first.callId);
  const second = await caller.call('sip:again@example.com');
  await caller.call('sip:story@example.com');
  const secondId = (await recordOf(second.callId)).id;
  const { story } = await recordOf(first.callId);
  other.close();

  assert.equal(fresh.story.followed, null);
  assert.equal(story.followed, false);
  assert.deepEqual(story.called_again.map(({ id }) => id), [secondId]);
  assert.equal(story.called_again[0].status, 302);
});
