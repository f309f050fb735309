// Webhooks of other systems, signed as each product signs them, with node's own crypto.
import assert from 'node:assert/strict';
import { createHmac, randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { eventually, startServer } from './lib/server.mjs';

let server;

before(async () => {
  server = await startServer({ config: '[auth]\npassword_memory_kib = 19456\n[http]\npublic_origin = https://moves.example.com\n' });
  await server.post('/v1/domains', { name: 'example.com' });
});

after(async () => { await server?.stop(); });

const MAPPING = [
  { to: 'action', from: '/event', map: { deleted: 'cancel', noise: 'ignore', '*': 'upsert' } },
  { to: 'external_id', from: '/trip/id' },
  { to: 'address', from: '/trip/who' },
  { to: 'target', from: '/trip/where' },
  { to: 'starts_at', from: '/trip/from' },
  { to: 'ends_at', from: '/trip/until' },
];
let trips = 0;

// A trip of its own, next summer.
const trip = (more = {}) => {
  trips += 1;
  return { event: 'created', trip: { id: `trip-${trips}`, who: `sip:p${trips}@example.com`, where: `sip:p${trips}@hotel.example.net`, from: '2030-07-01T09:00:00Z', until: '2030-07-08T18:00:00Z', ...more } };
};
const seconds = () => Math.floor(Date.now() / 1000);
const hmac = (secret, text, encoding = 'hex', algorithm = 'sha256') => createHmac(algorithm, secret).update(text).digest(encoding);

// The head's fields by which each kind of sender shows who it is.
const SIGN = {
  bearer: (secret) => ({ Authorization: `Bearer ${secret}` }),
  'standard-webhooks': (secret, body, { at = seconds(), id = `msg_${randomUUID()}` } = {}) => ({
    'webhook-id': id, 'webhook-timestamp': String(at),
    'webhook-signature': `v1a,bm9wZQ== v1,${hmac(Buffer.from(secret.replace('whsec_', ''), 'base64'), `${id}.${at}.${body}`, 'base64')}`,
  }),
  github: (secret, body, { id = randomUUID() } = {}) => ({ 'X-GitHub-Event': 'push', 'X-GitHub-Delivery': id, 'X-Hub-Signature-256': `sha256=${hmac(secret, body)}` }),
  stripe: (secret, body, { at = seconds() } = {}) => ({ 'Stripe-Signature': `t=${at},v1=${hmac('another', `${at}.${body}`)},v1=${hmac(secret, `${at}.${body}`)},v0=old` }),
  slack: (secret, body, { at = seconds() } = {}) => ({ 'X-Slack-Request-Timestamp': String(at), 'X-Slack-Signature': `v0=${hmac(secret, `v0:${at}:${body}`)}` }),
  hmac: (secret, body) => ({ 'X-Signature': `sig:${hmac(secret, body, 'base64', 'sha512')}` }),
};
const HMAC = { header: 'X-Signature', prefix: 'sig:', encoding: 'base64', algorithm: 'sha512' };

async function source(kind, more = {}) {
  const made = await server.post('/v1/inbound-sources', { name: `${kind} ${randomUUID()}`, kind, mapping: MAPPING, ...(kind === 'hmac' ? HMAC : {}), ...more });
  assert.equal(made.status, 201, made.text);
  return made.body;
}

// Sends as the source's product does. options: those of SIGN; secret, headers, type to send something else.
function send(to, event, options = {}) {
  const body = typeof event === 'string' ? event : JSON.stringify(event);
  const headers = options.headers ?? SIGN[to.kind](options.secret ?? to.secret, body, options);
  return server.request('POST', to.path, body, { token: null, type: options.type ?? 'application/json', headers });
}

const eventsOf = async (to) => (await server.get(`/v1/inbound-sources/${to.id}/events`)).body.items;
const moveOf = async (externalId) => (await server.get(`/v1/moves?external_id=${externalId}&state=scheduled,active`)).body.items[0];

// --- who is let in -------------------------------------------------------------------------------

for (const kind of Object.keys(SIGN)) {
  test(`${kind}: what is signed as it should be makes a move`, async () => {
    const to = await source(kind);
    const event = trip();
    const answer = await send(to, event);

    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.body.outcome, 'applied');
    assert.equal(answer.body.change, 'created');
    const move = await moveOf(event.trip.id);
    assert.equal(move.id, answer.body.move_id);
    assert.equal(move.targets[0].uri, event.trip.where);
    assert.equal(move.created_by, to.name);
    const [kept] = await eventsOf(to);
    assert.equal(kept.id, answer.body.event_id);
    assert.deepEqual([kept.outcome, kept.status, kept.verified], ['applied', 200, true]);
  });

  test(`${kind}: another secret, or none, changes nothing and is in the list`, async () => {
    const to = await source(kind);
    const event = trip();
    const forged = await send(to, event, { secret: 'whsec_bm90IHRoZSByaWdodCBzZWNyZXQ=' });
    const bare = await send(to, event, { headers: {} });

    for (const answer of [forged, bare]) {
      assert.equal(answer.status, 401, answer.text);
      assert.equal(answer.body.code, 'BAD_SIGNATURE');
      assert.match(answer.headers['www-authenticate'], /realm="sipmoved"/);
      assert.doesNotMatch(answer.text, new RegExp(to.secret));
    }
    assert.equal(await moveOf(event.trip.id), undefined);
    const kept = await eventsOf(to);
    assert.deepEqual(kept.map(({ outcome, status, verified }) => [outcome, status, verified]), [['refused', 401, false], ['refused', 401, false]]);
    assert.equal(kept[0].result.code, 'BAD_SIGNATURE');
  });
}

test('a body that was changed on its way is refused', async () => {
  const to = await source('github');
  const event = trip();
  const headers = SIGN.github(to.secret, JSON.stringify(event));
  event.trip.where = 'sip:thief@evil.example.net';

  assert.equal((await send(to, event, { headers })).status, 401);
  assert.equal(await moveOf(event.trip.id), undefined);
});

for (const kind of ['standard-webhooks', 'stripe', 'slack'])
  test(`${kind}: an old signature is refused, and one from the future`, async () => {
    const to = await source(kind, { window_seconds: 60 });
    for (const at of [seconds() - 3600, seconds() + 3600]) {
      const event = trip();
      const answer = await send(to, event, { at });
      assert.equal(answer.status, 401);
      assert.equal(answer.body.code, 'STALE_EVENT');
      assert.equal(await moveOf(event.trip.id), undefined);
      assert.equal((await eventsOf(to))[0].result.code, 'STALE_EVENT');
    }
    assert.equal((await send(to, trip(), { at: seconds() - 20 })).status, 200);
  });

test('there is nothing at a path that no source has, nor at one that is not enabled', async () => {
  const to = await source('bearer', { enabled: false });

  assert.equal((await send(to, trip())).status, 404);
  assert.equal((await send({ ...to, path: '/hooks/nothing' }, trip())).status, 404);
  assert.equal((await server.patch(`/v1/inbound-sources/${to.id}`, { enabled: true })).status, 200);
  assert.equal((await send(to, trip())).status, 200);
});

test('a body that is too large is refused and in the list; so is one of another type, an empty one, and a query', async () => {
  const to = await source('bearer');
  const large = await send(to, { ...trip(), padding: 'x'.repeat(256 * 1024) });

  assert.equal(large.status, 413);
  const kept = await eventually(() => eventsOf(to), (items) => items.length === 1);
  assert.deepEqual([kept[0].outcome, kept[0].status, kept[0].result.code], ['refused', 413, 'TOO_LARGE']);
  assert.equal((await send(to, 'x', { type: 'text/xml' })).status, 415);
  assert.equal((await send({ ...to, path: `${to.path}?a=1` }, trip())).status, 400);
  assert.equal((await server.request('POST', to.path, '', { token: null, type: 'application/json' })).status, 400);
});

// --- once ------------------------------------------------------------------------------------------

test('a repetition is answered as the first time, and is not done again', async () => {
  const to = await source('standard-webhooks');
  const event = trip();
  const first = await send(to, event, { id: 'msg_1' });
  await server.delete(`/v1/moves/${first.body.move_id}`);
  const second = await send(to, event, { id: 'msg_1' });

  assert.equal(second.status, 200);
  assert.deepEqual(second.body, first.body);
  assert.equal(second.headers['idempotent-replayed'], 'true');
  assert.equal(await moveOf(event.trip.id), undefined);
  assert.deepEqual((await eventsOf(to)).map(({ outcome }) => outcome), ['duplicate', 'applied']);
});

test('an id that comes again with another body is refused', async () => {
  const to = await source('standard-webhooks');
  await send(to, trip(), { id: 'msg_1' });
  const event = trip();
  const answer = await send(to, event, { id: 'msg_1' });

  assert.equal(answer.status, 409);
  assert.equal(answer.body.code, 'EVENT_ID_REUSED');
  assert.equal(await moveOf(event.trip.id), undefined);
  assert.equal((await eventsOf(to))[0].outcome, 'refused');
});

test('thirty of the same at once are done once', async () => {
  const to = await source('standard-webhooks');
  const event = trip();
  const answers = await Promise.all(Array.from({ length: 30 }, () => send(to, event, { id: 'msg_1' })));

  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
  assert.equal(new Set(answers.map(({ body }) => body.event_id)).size, 1);
  assert.equal((await server.get(`/v1/moves?external_id=${event.trip.id}`)).body.items.length, 1);
});

test('the dedupe key is in a field or at a pointer, as the source says', async () => {
  const byField = await source('bearer', { dedupe_header: 'X-Event' });
  const byPointer = await source('bearer', { dedupe_pointer: '/meta/id' });
  const event = { ...trip(), meta: { id: 17 } };
  const headers = { Authorization: `Bearer ${byField.secret}`, 'X-Event': 'seven' };

  await send(byField, event, { headers });
  assert.equal((await send(byField, event, { headers })).headers['idempotent-replayed'], 'true');
  await send(byPointer, event);
  assert.equal((await send(byPointer, event)).headers['idempotent-replayed'], 'true');
  assert.equal((await eventsOf(byPointer))[0].dedupe_key, '17');
});

test('a refused event may come again: the mapping may have been mended meanwhile', async () => {
  const to = await source('standard-webhooks');
  const event = trip({ who: 'sip:x@unserved.example' });

  assert.equal((await send(to, event, { id: 'msg_1' })).status, 422);
  await server.post('/v1/domains', { name: 'unserved.example' });
  assert.equal((await send(to, event, { id: 'msg_1' })).status, 200);
});

// --- what becomes of it -------------------------------------------------------------------------------

test('an event changes the move of its external_id, cancels it, or is ignored', async () => {
  const to = await source('bearer');
  const event = trip();
  const { body: created } = await send(to, event);

  assert.equal((await send(to, event)).body.change, 'unchanged');
  event.trip.until = '2030-07-20T18:00:00Z';
  const updated = await send(to, event);
  assert.deepEqual([updated.body.change, updated.body.move_id], ['updated', created.move_id]);
  assert.equal((await moveOf(event.trip.id)).ends_at, '2030-07-20T18:00:00.000Z');

  const ignored = await send(to, { ...event, event: 'noise' });
  assert.deepEqual([ignored.body.outcome, ignored.body.action, ignored.body.move_id], ['ignored', 'ignore', null]);

  const cancelled = await send(to, { event: 'deleted', trip: { id: event.trip.id } });
  assert.deepEqual([cancelled.body.change, cancelled.body.move_id], ['cancelled', created.move_id]);
  assert.equal(await moveOf(event.trip.id), undefined);
  assert.equal((await send(to, { event: 'deleted', trip: { id: event.trip.id } })).body.change, 'none');
});

test('what gives no valid move is refused with every fault, is kept, and is done by a replay once the mapping is mended', async () => {
  const to = await source('bearer');
  const event = trip({ where: 'nowhere', from: 'soon', until: 'later' });
  const answer = await send(to, event);

  assert.equal(answer.status, 422);
  assert.equal(answer.body.code, 'EVENT_REFUSED');
  assert.deepEqual(answer.body.errors.map(({ pointer }) => pointer).sort(), ['/ends_at', '/starts_at']);
  const [kept] = await eventsOf(to);
  assert.deepEqual([kept.outcome, kept.status], ['refused', 422]);
  assert.deepEqual(kept.result.errors.map(({ code }) => code), ['BAD_TIME', 'BAD_TIME']);

  assert.equal((await server.post(`/v1/inbound-events/${kept.id}/replays`, {})).status, 422);
  const mapping = MAPPING.filter(({ to: member }) => !member.endsWith('_at') && member !== 'target').concat({ to: 'target', default: 'sip:desk@example.net' });
  await server.patch(`/v1/inbound-sources/${to.id}`, { mapping });
  assert.equal((await server.post(`/v1/inbound-events/${kept.id}/replays?dry_run=true`, {})).status, 200);
  assert.equal(await moveOf(event.trip.id), undefined);
  const replayed = await server.post(`/v1/inbound-events/${kept.id}/replays`, {});
  assert.equal(replayed.status, 200, replayed.text);
  assert.equal(replayed.body.change, 'created');
  assert.equal((await moveOf(event.trip.id)).targets[0].uri, 'sip:desk@example.net');
  const shown = await server.get(`/v1/inbound-events/${kept.id}`);
  assert.equal(shown.body.outcome, 'applied');
  assert.deepEqual(JSON.parse(shown.body.body), event);
});

test('what comes by a hook is refused for what it is refused for by the API', async () => {
  await server.post('/v1/target-rules', { action: 'deny', kind: 'domain', value: 'premium.example' });
  const to = await source('bearer');
  const loop = trip();
  loop.trip.where = loop.trip.who;
  const bad = [trip({ where: 'sip:a@example.net;method=BYE' }), trip({ where: 'sip:a@example.net?Subject=x' }), trip({ where: 'sip:a@127.0.0.1' }),
    trip({ where: 'https://example.net' }), trip({ where: 'sip:a@premium.example' }), trip({ where: `sip:${'a'.repeat(300)}@example.net` }),
    trip({ who: 'sip:a\r\nb@example.com' }), trip({ who: 'sip:example.com' }), trip({ until: '2030-06-01T00:00:00Z' }), trip({ from: '1999-01-01T00:00:00Z' }), loop];

  for (const event of bad) {
    const { who, where, from, until, id } = event.trip;
    const byApi = await server.post('/v1/moves', { address: who, targets: [{ uri: where }], starts_at: from, ends_at: until, external_id: id });
    const byHook = await send(to, event);
    const faults = ({ body }) => (body.errors ?? []).map(({ pointer, code }) => `${pointer} ${code}`);
    assert.ok([403, 409, 422].includes(byApi.status), byApi.text);
    assert.equal(byHook.status, 422, byHook.text);
    if (byApi.status === 422) assert.deepEqual(faults(byHook), faults(byApi));
    assert.equal(await moveOf(id), undefined);
  }
});

test('an event that overlaps another move is refused, unless the source replaces', async () => {
  const event = trip();
  await server.post('/v1/moves', { address: event.trip.who, targets: [{ uri: 'sip:other@example.net' }], starts_at: '2030-06-01T00:00:00Z' });
  const refused = await send(await source('bearer'), event);
  assert.equal(refused.status, 422);
  assert.equal(refused.body.errors[0].code, 'MOVE_OVERLAPS');
  assert.equal((await send(await source('bearer', { on_conflict: 'replace' }), event)).body.change, 'created');
});

test('a body that is no JSON is kept as it came, and refused', async () => {
  const to = await source('github');
  const answer = await send(to, '{"event": ');

  assert.equal(answer.status, 422);
  assert.equal(answer.body.errors[0].code, 'MALFORMED_JSON');
  assert.equal((await server.get(`/v1/inbound-events/${(await eventsOf(to))[0].id}`)).body.body, '{"event": ');
});

test('what was never verified is not replayed', async () => {
  const to = await source('bearer');
  await send(to, trip(), { headers: {} });
  const answer = await server.post(`/v1/inbound-events/${(await eventsOf(to))[0].id}/replays`, {});

  assert.equal(answer.status, 409);
  assert.equal(answer.body.code, 'EVENT_NOT_VERIFIED');
});

test('of each source the last fifty events are kept, the latest first', async () => {
  const to = await source('bearer');
  for (let i = 0; i < 55; i += 1) await send(to, { event: 'noise', trip: { id: String(i) } });
  const first = await server.get(`/v1/inbound-sources/${to.id}/events?limit=30`);
  const rest = await server.get(`/v1/inbound-sources/${to.id}/events?limit=30&cursor=${first.body.next_cursor}`);

  assert.deepEqual([first.body.items.length, rest.body.items.length, rest.body.next_cursor], [30, 20, null]);
  const { body } = await server.get(`/v1/inbound-events/${first.body.items[0].id}`);
  assert.equal(JSON.parse(body.body).trip.id, '54');
});

test('a user is found by name, e-mail or external id, and has to have one address', async () => {
  const user = (await server.post('/v1/users', { name: 'budi', role: 'user', email: 'Budi@example.com', external_id: 'E-17', addresses: ['sip:budi@example.com'] })).body;
  const mapping = ['user_name', 'user_email', 'user_external_id'].map((to) => ({ to, from: `/${to}` })).concat(MAPPING.filter(({ to }) => to !== 'address'));
  const to = await source('bearer', { mapping, on_conflict: 'replace' });

  for (const key of [{ user_name: 'BUDI' }, { user_email: 'budi@EXAMPLE.com' }, { user_external_id: 'E-17' }]) {
    const event = { ...trip(), ...key };
    assert.equal((await send(to, event)).body.change, 'created', JSON.stringify(key));
    assert.equal((await moveOf(event.trip.id)).address, 'sip:budi@example.com');
  }
  const unknown = await send(to, { ...trip(), user_email: 'nobody@example.com' });
  assert.equal(unknown.status, 422);
  assert.deepEqual(unknown.body.errors.map(({ pointer, code }) => [pointer, code]), [['/address', 'UNKNOWN_USER']]);
  await server.patch(`/v1/users/${user.id}`, { addresses: ['sip:budi@example.com', 'sip:desk@example.com'] });
  assert.match((await send(to, { ...trip(), user_name: 'budi' })).body.errors[0].detail, /several addresses/);
});

test('two users cannot have one external id', async () => {
  const first = await server.post('/v1/users', { name: 'ext-one', role: 'user', external_id: 'X1' });
  assert.equal(first.body.external_id, 'X1');
  assert.equal((await server.post('/v1/users', { name: 'ext-two', role: 'user', external_id: 'X1' })).body.errors[0].pointer, '/external_id');
  assert.equal((await server.patch(`/v1/users/${first.body.id}`, { external_id: null })).body.external_id, null);
});

// --- sources ------------------------------------------------------------------------------------------

test('a secret that is made here is shown once, and one that is given never', async () => {
  const made = await source('standard-webhooks');
  assert.match(made.secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
  assert.equal(made.url, `https://moves.example.com${made.path}`);
  const shown = await server.get(`/v1/inbound-sources/${made.id}`);
  assert.equal(shown.body.secret, undefined);
  assert.equal((await server.get(`/v1/inbound-sources/${made.id}`, { headers: { 'If-None-Match': shown.headers.etag } })).status, 304);

  const given = await source('github', { secret: 'It-is-a-secret-to-everybody' });
  assert.equal(given.secret, undefined);
  assert.equal((await send(given, trip(), { secret: 'It-is-a-secret-to-everybody' })).status, 200);

  const renewed = await server.patch(`/v1/inbound-sources/${made.id}`, { secret: null });
  assert.notEqual(renewed.body.secret, made.secret);
  assert.equal((await send(made, trip())).status, 401);
  assert.equal((await send({ ...made, secret: renewed.body.secret }, trip())).status, 200);
  const audit = await server.get('/v1/audit-events?limit=100');
  for (const secret of [made.secret, renewed.body.secret, 'It-is-a-secret-to-everybody', made.path.slice(7)]) assert.ok(!audit.text.includes(secret));
  const { text } = await server.get('/v1/inbound-sources?limit=1000');
  for (const secret of [made.secret, renewed.body.secret, 'It-is-a-secret-to-everybody']) assert.ok(!text.includes(secret));
});

test('every fault of a source is told at once', async () => {
  const { status, body } = await server.post('/v1/inbound-sources', {
    name: '', kind: 'github', header: 'X', window_seconds: 5, dedupe_header: 'a b', dedupe_pointer: 'x', secret: 'short', zzz: 1,
    mapping: [
      { to: 'nothing', from: '/a' },
      { to: 'target', from: 'a', concat: ['x'], regex_extract: '(', when: [{ from: '/a' }, { from: '/b', equals: [], exists: true }] },
      { to: 'starts_at', type: 'text', default: { a: 1 }, map: { a: [] } },
      { to: 'action', default: 'explode' },
      { to: 'note', type: 'date', time_zone_from: '/tz', lower: 'yes', other: 1 },
    ],
  });

  assert.equal(status, 422);
  const places = new Set(body.errors.map(({ pointer }) => pointer));
  for (const pointer of ['/name', '/window_seconds', '/secret', '/zzz', '/header', '/dedupe_header', '/dedupe_pointer', '/mapping', '/mapping/0/to', '/mapping/1/from',
    '/mapping/1/concat', '/mapping/1/regex_extract', '/mapping/1/when/0', '/mapping/1/when/1', '/mapping/1/when/1/equals', '/mapping/2/type', '/mapping/2/default', '/mapping/2/map',
    '/mapping/3/default', '/mapping/4/type', '/mapping/4/from', '/mapping/4/lower', '/mapping/4/other'])
    assert.ok(places.has(pointer), pointer);
});

test('sources are listed, changed by whoever saw them, and deleted with their events', async () => {
  const to = await source('bearer');
  await send(to, trip());
  const [{ id: event }] = await eventsOf(to);
  const shown = await server.get(`/v1/inbound-sources/${to.id}`);
  const list = await server.get('/v1/inbound-sources?limit=1000');

  assert.ok(list.body.items.some(({ id }) => id === to.id));
  assert.equal((await server.get('/v1/inbound-sources?limit=1000', { headers: { 'If-None-Match': list.headers.etag } })).status, 304);
  assert.equal((await server.post('/v1/inbound-sources', { name: to.name, kind: 'bearer', mapping: MAPPING })).status, 409);
  assert.equal((await server.post('/v1/inbound-sources?dry_run=true', { name: 'dry', kind: 'bearer', mapping: MAPPING })).status, 200);
  assert.equal((await server.patch(`/v1/inbound-sources/${to.id}`, { kind: 'github' })).status, 422);
  assert.equal((await server.patch(`/v1/inbound-sources/${to.id}`, { note: 'x' }, { headers: { 'If-Match': shown.headers.etag } })).status, 200);
  assert.equal((await server.patch(`/v1/inbound-sources/${to.id}`, { note: 'y' }, { headers: { 'If-Match': shown.headers.etag } })).status, 412);
  assert.equal((await server.delete(`/v1/inbound-sources/${to.id}`, { headers: { 'If-Match': shown.headers.etag } })).status, 412);
  assert.equal((await server.delete(`/v1/inbound-sources/${to.id}`)).status, 204);
  for (const path of [`/v1/inbound-sources/${to.id}`, `/v1/inbound-sources/${to.id}/events`, `/v1/inbound-events/${event}`])
    assert.equal((await server.get(path)).status, 404, path);
  assert.equal((await server.patch(`/v1/inbound-sources/${to.id}`, {})).status, 404);
  assert.equal((await server.delete(`/v1/inbound-sources/${to.id}`)).status, 404);
  assert.equal((await server.post(`/v1/inbound-sources/${to.id}/simulations`, { payload: {} })).status, 404);
  assert.equal((await server.post(`/v1/inbound-events/${event}/replays`, {})).status, 404);
  assert.equal((await server.post(`/v1/inbound-events/${event}/replays`, { a: 1 })).status, 422);
  assert.equal((await send(to, trip())).status, 404);
});

// --- the tester ------------------------------------------------------------------------------------------

test('a trial shows rule by rule what a payload gives, and the move, and changes nothing', async () => {
  const to = await source('bearer');
  const event = trip();
  const { status, body } = await server.post(`/v1/inbound-sources/${to.id}/simulations`, { payload: event });

  assert.equal(status, 200);
  assert.deepEqual([body.outcome, body.action, body.change], ['applied', 'upsert', 'created']);
  assert.deepEqual(body.steps.map(({ to: member, outcome, value }) => [member, outcome, value]), [
    ['action', 'taken', 'upsert'], ['external_id', 'taken', event.trip.id], ['address', 'taken', event.trip.who], ['target', 'taken', event.trip.where],
    ['starts_at', 'taken', event.trip.from], ['ends_at', 'taken', event.trip.until]]);
  assert.equal(body.move.starts_at, '2030-07-01T09:00:00.000Z');
  assert.equal(await moveOf(event.trip.id), undefined);
  assert.deepEqual(await eventsOf(to), []);
});

test('a trial takes a mapping that is not saved yet, and tells what is wrong', async () => {
  const to = await source('bearer');
  const mapping = [
    { to: 'action', from: '/status', map: { gone: 'cancel' }, when: [{ from: '/status', exists: true }] },
    { to: 'external_id', concat: ['hr-', { from: '/id' }] },
    { to: 'address', concat: ['sip:', { from: '/mail' }], lower: true },
    { to: 'target', from: '/places' },
    { to: 'starts_at', from: '/first', type: 'date' },
    { to: 'ends_at', from: '/last', type: 'date_end' },
    { to: 'time_zone', from: '/office', map: { Berlin: 'Europe/Berlin', '*': 'Asia/Jakarta' } },
    { to: 'note', from: '/text', regex_extract: 'ref: ([A-Z]+-\\d+)' },
    { to: 'note', default: 'no reference' },
    { to: 'permanent', from: '/permanent' },
  ];
  const ask = (payload) => server.post(`/v1/inbound-sources/${to.id}/simulations`, { payload, mapping });
  const { body } = await ask({ id: 7, mail: 'Ani@Example.com', places: ['sip:ani@a.example.net', 'tel:+4930123'], first: '2030-03-04', last: '2030-03-06', office: 'Berlin', text: 'see ref: TR-12 there' });

  assert.deepEqual(body.errors, []);
  assert.equal(body.move.external_id, 'hr-7');
  assert.equal(body.move.address, 'sip:ani@example.com');
  assert.deepEqual(body.move.targets.map(({ uri }) => uri), ['sip:ani@a.example.net', 'tel:+4930123']);
  assert.equal(body.move.starts_local, '2030-03-04T00:00:00.000+01:00');
  assert.equal(body.move.ends_local, '2030-03-07T00:00:00.000+01:00');
  assert.equal(body.move.note, 'TR-12');
  assert.deepEqual(body.steps.map(({ outcome }) => outcome), ['not_met', 'taken', 'taken', 'taken', 'taken', 'taken', 'taken', 'taken', 'superseded', 'absent']);

  const faulty = await ask({ id: {}, mail: 'x', places: [], first: '4 March', last: '2030-03-06', permanent: 'perhaps' });
  assert.equal(faulty.body.outcome, 'refused');
  assert.equal(faulty.body.move, null);
  assert.deepEqual([...new Set(faulty.body.errors.map(({ pointer }) => pointer))].sort(), ['/ends_at', '/external_id', '/permanent', '/starts_at', '/targets']);
  assert.equal((await ask({ status: 'gone', id: 1 })).body.action, 'cancel');
});

test('a local time is read in the zone that the payload names beside it', async () => {
  const to = await source('bearer');
  const mapping = [...MAPPING.filter(({ to: member }) => !member.endsWith('_at')),
    { to: 'starts_at', from: '/start/dateTime', type: 'datetime', time_zone_from: '/start/timeZone' },
    { to: 'ends_at', from: '/end', type: 'unix_seconds' }];
  const ask = (start) => server.post(`/v1/inbound-sources/${to.id}/simulations`, { payload: { ...trip(), start, end: 1910000000 }, mapping });

  const { body } = await ask({ dateTime: '2030-07-01T09:00:00', timeZone: 'Asia/Jakarta' });
  assert.equal(body.move.starts_at, '2030-07-01T02:00:00.000Z');
  assert.equal(body.move.time_zone, 'Asia/Jakarta');
  assert.equal(body.move.ends_at, new Date(1910000000000).toISOString());
  assert.equal((await ask({ dateTime: '2030-07-01T09:00:00', timeZone: 'Mars/Base' })).body.errors[0].code, 'UNKNOWN_TIME_ZONE');
  assert.equal((await ask({ dateTime: '2030-03-31T02:30:00', timeZone: 'Europe/Berlin' })).body.errors[0].code, 'TIME_IN_GAP');
});

test('a trial without a payload, or with a mapping that is none, is refused', async () => {
  const to = await source('bearer');
  const { status, body } = await server.post(`/v1/inbound-sources/${to.id}/simulations`, { mapping: [{ to: 'x' }], zzz: 1 });

  assert.equal(status, 422);
  for (const pointer of ['/payload', '/mapping/0/to', '/zzz']) assert.ok(body.errors.some((error) => error.pointer === pointer), pointer);
  assert.equal((await server.post(`/v1/inbound-sources/${to.id}/simulations`, '{')).status, 400);
});
