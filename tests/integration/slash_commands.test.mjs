// /away, as Slack sends it: a form, signed, answered at once with a text for whoever typed it.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import { startServer } from './lib/server.mjs';

let server;
let source;

before(async () => {
  server = await startServer();
  await server.post('/v1/domains', { name: 'example.com' });
  source = (await server.post('/v1/inbound-sources', { name: 'slack', kind: 'slack-command', secret: '8f742231b10e8888abcd99yyyzzz85a5' })).body;
});

after(async () => { await server?.stop(); });

async function person(id, more = {}) {
  const made = await server.post('/v1/users', { name: id.toLowerCase(), role: 'user', external_id: id, time_zone: 'Europe/Berlin', addresses: [`sip:${id.toLowerCase()}@example.com`], ...more });
  assert.equal(made.status, 201, made.text);
  return made.body;
}

let typed = 0;
async function type(id, text, { at = Math.floor(Date.now() / 1000), secret = '8f742231b10e8888abcd99yyyzzz85a5' } = {}) {
  typed += 1;
  const body = new URLSearchParams({ token: 'gIkuvaNzQIHg97ATvDxqgjtO', team_id: 'T0001', user_id: id, user_name: 'whoever', command: '/away', text, trigger_id: `13345224609.${typed}` }).toString();
  return server.request('POST', source.path, body, { token: null, type: 'application/x-www-form-urlencoded', headers: {
    'X-Slack-Request-Timestamp': String(at), 'X-Slack-Signature': `v0=${createHmac('sha256', secret).update(`v0:${at}:${body}`).digest('hex')}` } });
}
const movesOf = async (id) => (await server.get(`/v1/moves?address=sip:${id.toLowerCase()}@example.com&state=scheduled,active`)).body.items;

test('somebody goes away, looks, and comes back', async () => {
  await person('U1');
  const away = await type('U1', 'sip:me@hotel.example.net until 2030-07-05 18:00');
  assert.equal(away.status, 200, away.text);
  assert.deepEqual(away.body, { response_type: 'ephemeral', text: 'Calls to sip:u1@example.com go to sip:me@hotel.example.net until 2030-07-05 18:00.' });
  const [move] = await movesOf('U1');
  assert.deepEqual([move.ends_local, move.created_by, move.state], ['2030-07-05T18:00:00.000+02:00', 'u1', 'active']);

  assert.equal((await type('U1', '')).body.text, away.body.text);
  assert.equal((await type('U1', 'off')).body.text, 'Calls to sip:u1@example.com reach you again.');
  assert.deepEqual(await movesOf('U1'), []);
  assert.equal((await type('U1', 'status')).body.text, 'Your calls reach you as ever.');
  assert.match((await type('U1', 'help')).body.text, /\/away off/);
});

test('what is said anew takes the place of what held', async () => {
  await person('U2');
  await type('U2', 'sip:one@example.net');
  await type('U2', '<mailto:two@example.net|two@example.net> for 2 days');
  const moves = await movesOf('U2');
  assert.deepEqual(moves.map(({ targets }) => targets[0].uri), ['sip:two@example.net']);
  assert.ok(Date.parse(moves[0].ends_at) - Date.parse(moves[0].starts_at) <= 2 * 86400000);
});

test('all addresses of a user go there', async () => {
  await person('U3', { addresses: ['sip:u3@example.com', 'sip:desk3@example.com'] });
  const { body } = await type('U3', '+62811234567 from 2030-07-01 until 2030-07-03');
  assert.equal(body.text.split('\n').length, 2);
  assert.deepEqual((await movesOf('U3')).map(({ starts_local: from, ends_local: until }) => [from, until]), [['2030-07-01T00:00:00.000+02:00', '2030-07-04T00:00:00.000+02:00']]);
  assert.equal((await movesOf('desk3')).length, 1);
});

test('what cannot be done is said, changes nothing, and is in the list', async () => {
  await person('U4');
  for (const [text, reply] of [
    ['somewhere', /I do not know where "somewhere" is/], ['sip:x@example.net until the cows come home', /I do not know when "the" is/], ['sip:x@example.net perhaps', /I do not understand "perhaps"/],
    ['sip:x@example.net from 2030-07-02 until 2030-07-01', /end before it begins/], ['off now', /"off" stands alone/], ['sip:x@example.net for long', /For how long/],
    ['sip:x@127.0.0.1', /was not forwarded: targets/], ['sip:u4@example.com', /was not forwarded/], ['sip:x@example.net until 2030-03-31 02:30', /clocks are put forward/], ['sip:x@example.net until', /Until when/],
  ]) {
    const answer = await type('U4', text);
    assert.equal(answer.status, 200);
    assert.match(answer.body.text, reply);
    assert.equal((await server.get(`/v1/inbound-sources/${source.id}/events?limit=1`)).body.items[0].outcome, 'refused');
  }
  assert.deepEqual(await movesOf('U4'), []);
});

test('who is not known, not enabled or has no address is told so', async () => {
  await person('U5', { enabled: false });
  await person('U6', { addresses: [] });
  assert.match((await type('U404', 'off')).body.text, /external_id to U404/);
  assert.match((await type('U5', '')).body.text, /do not know you/);
  assert.match((await type('U6', '')).body.text, /no address/);
});

test('nobody types for somebody else: a forged, old or repeated command changes nothing', async () => {
  await person('U7');
  assert.equal((await type('U7', 'sip:thief@evil.example.net', { secret: 'another secret, quite long' })).status, 401);
  assert.equal((await type('U7', 'sip:thief@evil.example.net', { at: Math.floor(Date.now() / 1000) - 3600 })).status, 401);
  assert.deepEqual(await movesOf('U7'), []);
  const json = await server.request('POST', source.path, '{}', { token: null, type: 'application/json' });
  assert.equal(json.status, 401);
});

test('a user is held to what the target rules let users do', async () => {
  await person('U8');
  await server.post('/v1/target-rules', { action: 'deny', kind: 'domain', value: 'forbidden.example', role: 'user' });
  assert.match((await type('U8', 'sip:x@forbidden.example')).body.text, /is not allowed/);
  assert.deepEqual(await movesOf('U8'), []);
});

test('a slash command has no mapping, and is not replayed', async () => {
  await person('U9');
  const { status } = await server.post('/v1/inbound-sources', { name: 'other', kind: 'slack-command', mapping: [{ to: 'note', from: '/a' }] });
  assert.equal(status, 422);
  await type('U9', '');
  const [{ id }] = (await server.get(`/v1/inbound-sources/${source.id}/events`)).body.items;
  assert.equal((await server.post(`/v1/inbound-events/${id}/replays`, {})).status, 409);
});
