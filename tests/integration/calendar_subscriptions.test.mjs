// Calendars on the web that users subscribe to, read by the server itself.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { calendar, CalendarFeed, event } from './lib/calendar_feed.mjs';
import { eventually, startServer } from './lib/server.mjs';
import { Caller } from './lib/sip.mjs';

const CONFIG = '[auth]\npassword_memory_kib = 19456\n[calendars]\nallow_http = yes\nallow_networks = 127.0.0.2\n';
const OWN = '/v1/me/calendar-subscriptions';
const ALL = '/v1/calendar-subscriptions';
const NOBODY = 'cal_01M81Q9EX9791V1YM53KTN3VX7';

let server;
let feed;
let people = 0;

before(async () => {
  server = await startServer({ config: CONFIG });
  feed = await CalendarFeed.open();
});

after(async () => {
  await feed?.close();
  await server?.stop();
});

const days = (from, to) => [`DTSTART:2030${from}T090000Z`, `DTEND:2030${to}T180000Z`];
const HOTEL = 'LOCATION:sip:me@hotel.example.net';

// Someone with one address and a calendar, whose path is a secret.
async function person(members = {}) {
  people += 1;
  const name = `cal${people}`;
  const address = `sip:${name}@example.com`;
  const { user, cookie } = await server.logIn(name, { addresses: [address], time_zone: 'Europe/Berlin', ...members });
  const path = `/private-${name}-4f1d0c/basic.ics?token=canary-${name}`;
  return {
    user, cookie, address, path, as: { cookie },
    moves: async (state = 'scheduled,active') => (await server.get(`/v1/me/moves?state=${state}`, { cookie })).body.items,
    subscribe: (more = {}) => server.post(OWN, { url: feed.origin + path, ...more }, { cookie }),
    // After it was read once more than at `shown`.
    read: (shown) => eventually(async () => (await server.get(`${OWN}/${shown.id}`, { cookie })).body,
      (now) => now.last_poll_at !== null && now.last_poll_at !== shown.last_poll_at),
    refresh: async function refresh(shown) {
      const { body: before_ } = await server.get(`${OWN}/${shown.id}`, { cookie });
      assert.equal((await server.post(`${OWN}/${shown.id}/refresh`, {}, { cookie })).status, 200);
      return this.read(before_);
    },
  };
}

// The next answer at the path waits until it is let go, which gives it.
async function held(path) {
  const then = feed.answers[path];
  let letGo;
  feed.answers[path] = (request, response) => {
    letGo = () => response.writeHead(200, { 'content-type': 'text/calendar', etag: '"held"' }).end(calendar());
    return { status: 0 };
  };
  await new Promise((resolve) => { feed.on('asked', function look(at) { if (at === path) { feed.off('asked', look); resolve(); } }); });
  feed.answers[path] = then;
  return letGo;
}

// Of who has subscribed, when it was read for the first time.
async function subscribed(members = {}, ...events) {
  const one = await person();
  feed.serve(one.path, '"v1"', ...events);
  const made = await one.subscribe(members);
  assert.equal(made.status, 201, made.text);
  return { ...one, shown: await one.read(made.body) };
}

const counts = ({ last_result: { created, updated, cancelled, unchanged, skipped, failed } }) =>
  [created, updated, cancelled, unchanged, skipped, failed];

test('events that lead somewhere become moves, and a call follows them', async (t) => {
  const one = await subscribed({ target: null },
    event('a@x', 'DTSTART:20200101T000000Z', 'DTEND:20380101T000000Z', HOTEL, 'SUMMARY:Long trip'),
    event('b@x', ...days('0701', '0708'), 'LOCATION:Room 4', 'SUMMARY:A meeting'),
    event('c@x', 'DTSTART:20200101T000000Z', 'DTEND:20200103T000000Z', HOTEL));
  const caller = await Caller.open(server.sipPort);
  t.after(() => caller.close());

  assert.deepEqual(counts(one.shown), [1, 0, 0, 0, 2, 0]);
  assert.deepEqual([one.shown.last_status, one.shown.last_error, one.shown.state], [200, null, 'active']);
  assert.equal(one.shown.url_origin, feed.origin);
  assert.equal(Date.parse(one.shown.next_poll_at) - Date.parse(one.shown.last_poll_at), 3600000);
  const [move] = await one.moves();
  assert.deepEqual([move.address, move.note, move.state, move.created_by], [one.address, 'Long trip', 'active', one.user.name]);
  assert.match(move.external_id, /^cal-[0-9a-f]{40}$/);
  assert.equal((await caller.call(one.address)).status, 302);
});

test('a calendar that is the same is not sent again, and one whose events are the same changes nothing', async () => {
  const trip = event('a@x', ...days('0701', '0708'), HOTEL);
  const one = await subscribed({}, trip);
  const [move] = await one.moves();
  const same = await one.refresh(one.shown);

  assert.equal(same.last_status, 304);
  assert.equal(feed.asksFor(one.path)[1].headers['if-none-match'], '"v1"');
  feed.serve(one.path, '"v2"', event('a@x', ...days('0701', '0708'), HOTEL, 'SEQUENCE:7', 'X-OTHER:1'));
  assert.deepEqual(counts(await one.refresh(same)), [0, 0, 0, 1, 0, 0]);
  assert.equal((await one.moves())[0].revision, move.revision);
});

test('an event that is changed, cancelled or gone changes or cancels its move', async () => {
  const one = await subscribed({}, event('a@x', ...days('0701', '0708'), HOTEL), event('b@x', ...days('0801', '0808'), HOTEL),
    event('c@x', ...days('0901', '0908'), HOTEL));
  const before_ = await one.moves();
  assert.equal(before_.length, 3);
  feed.serve(one.path, '"v2"', event('a@x', ...days('0701', '0709'), 'LOCATION:+62 811-234 567'),
    event('b@x', ...days('0801', '0808'), HOTEL, 'STATUS:CANCELLED'));

  assert.deepEqual(counts(await one.refresh(one.shown)), [0, 1, 2, 0, 0, 0]);
  const [left, ...others] = await one.moves();
  assert.deepEqual(others, []);
  assert.deepEqual([left.targets[0].uri, left.ends_at], ['tel:+62811234567', '2030-07-09T18:00:00.000Z']);
  assert.equal((await one.moves('cancelled')).length, 2);
});

test('what a person does to a move stands until its event is another', async () => {
  const one = await subscribed({}, event('a@x', ...days('0701', '0708'), HOTEL));
  const [move] = await one.moves();
  await server.delete(`/v1/me/moves/${move.id}`, one.as);
  feed.serve(one.path, '"v2"', event('a@x', ...days('0701', '0708'), HOTEL));
  await one.refresh(one.shown);
  assert.deepEqual(await one.moves(), []);
  feed.serve(one.path, '"v3"', event('a@x', ...days('0701', '0710'), HOTEL));

  assert.deepEqual(counts(await one.refresh(one.shown)), [1, 0, 0, 0, 0, 0]);
});

const utc = (at) => new Date(at).toISOString().replace(/[-:]|\.\d+/g, '');

test('a trip that its user extended goes on when its event is over, until that is another', async () => {
  const end = Math.floor(Date.now() / 1000) * 1000 + 5000;
  const trip = ['DTSTART:20200101T000000Z', `DTEND:${utc(end)}`, HOTEL];
  const one = await subscribed({}, event('a@x', ...trip));
  const [move] = await one.moves('active');
  const longer = await server.patch(`/v1/me/moves/${move.id}`, { ends_at: '2038-01-01T00:00:00Z' }, one.as);
  assert.equal(longer.status, 200, longer.text);
  await eventually(() => Date.now(), (now) => now > end);
  feed.serve(one.path, '"v2"', event('a@x', ...trip));
  const over = await one.refresh(one.shown);

  assert.deepEqual(counts(over), [0, 0, 0, 0, 1, 0]);
  assert.equal((await one.moves('active'))[0].revision, longer.body.revision);
  feed.serve(one.path, '"v3"', event('a@x', 'DTSTART:20200101T000000Z', 'DTEND:20380101T000000Z', HOTEL));
  const again = await one.refresh(over);
  feed.serve(one.path, '"v4"', event('a@x', 'DTSTART:20200101T000000Z', 'DTEND:20200102T000000Z', HOTEL));
  assert.deepEqual(counts(await one.refresh(again)), [0, 0, 1, 0, 0, 0]);
  assert.deepEqual(await one.moves(), []);
});

test('an event that cannot be a move is told of, leaves the others alone, and is tried again each time', async () => {
  const one = await subscribed({}, event('a@x', ...days('0701', '0708'), HOTEL, 'SUMMARY:First'),
    event('b@x', ...days('0702', '0703'), HOTEL, 'SUMMARY:Second'), event('c@x', ...days('0705', '0701'), HOTEL),
    event('d@x', ...days('0901', '0902'), HOTEL, 'X-SIPMOVED-ADDRESS:sip:other@example.com'));

  assert.deepEqual(counts(one.shown), [1, 0, 0, 0, 0, 3]);
  assert.deepEqual(one.shown.last_result.errors.map(({ member, code }) => [member, code]),
    [['DTEND', 'END_BEFORE_START'], ['X-SIPMOVED-ADDRESS', 'NOT_OWNED'], ['', 'MOVE_OVERLAPS']]);
  const [first] = await one.moves();
  await server.delete(`/v1/me/moves/${first.id}`, one.as);
  const again = await one.refresh(one.shown);
  assert.equal(again.last_status, 200);
  assert.deepEqual(counts(again), [1, 0, 0, 1, 0, 2]);
  // One that was a move, and is nothing that can be read now, keeps it.
  feed.serve(one.path, '"v2"', event('b@x', ...days('0702', '0703'), HOTEL, 'RRULE:FREQ=DAILY'));
  assert.deepEqual(counts(await one.refresh(again)), [0, 0, 0, 0, 0, 1]);
  assert.equal((await one.moves()).length, 1);
});

test('trips take the time of those that are gone, cancelled or somewhere else now, whatever their order', async () => {
  const [july, august, september] = [days('0701', '0708'), days('0801', '0808'), days('0901', '0908')];
  const trip = (uid, when) => event(uid, ...when, HOTEL, `SUMMARY:${uid}`);
  const one = await subscribed({ on_conflict: 'fail' }, trip('a@x', july), trip('b@x', august));
  const noted = async () => (await one.moves()).map(({ note, starts_at: at }) => `${note} ${at.slice(5, 7)}`).sort();
  let { shown } = one;
  const answers = [
    // Made again, cancelled behind what takes its place, in a row behind each other, in each other's place.
    [[1, 0, 1, 1, 0, 0], ['b@x 08', 'c@x 07'], trip('c@x', july), trip('b@x', august)],
    [[1, 0, 1, 1, 0, 0], ['b@x 08', 'd@x 07'], trip('d@x', july), trip('b@x', august), event('c@x', ...july, HOTEL, 'STATUS:CANCELLED')],
    [[0, 2, 0, 0, 0, 0], ['b@x 09', 'd@x 08'], trip('d@x', august), trip('b@x', september)],
    [[0, 2, 0, 0, 0, 0], ['b@x 08', 'd@x 09'], trip('d@x', september), trip('b@x', august)],
    // The first of those with one UID is it; a third one stands in the way of two.
    [[0, 0, 0, 2, 2, 0], ['b@x 08', 'd@x 09'], event('d@x', ...july, HOTEL, 'STATUS:CANCELLED'), trip('d@x', september), trip('d@x', july), trip('b@x', august)],
    [[0, 0, 0, 0, 0, 3], ['b@x 08', 'd@x 09'], trip('d@x', august), trip('b@x', september), trip('e@x', september)],
  ];
  for (const [i, [told, left, ...events]] of answers.entries()) {
    feed.serve(one.path, `"next${i}"`, ...events);
    shown = await one.refresh(shown);
    assert.deepEqual([counts(shown), await noted()], [told, left], `${i}: ${JSON.stringify(shown.last_result)}`);
  }
  assert.deepEqual(shown.last_result.errors.map(({ summary, code }) => [summary, code]),
    ['d@x', 'b@x', 'e@x'].map((uid) => [uid, 'MOVE_OVERLAPS']));
});

test('a trip in two calendars of one user is one move, and stays until it is in neither', async () => {
  const one = await subscribed({}, event('a@x', ...days('0701', '0708'), HOTEL));
  const second = `${one.path}&second`;
  feed.serve(second, '"v1"', event('a@x', ...days('0701', '0708'), HOTEL));
  const { body } = await server.post(OWN, { url: feed.origin + second, target: 'sip:me@elsewhere.example.net' }, one.as);
  assert.deepEqual(counts(await one.read(body)), [0, 0, 0, 1, 0, 0]);
  feed.serve(one.path, '"v2"');
  await one.refresh(one.shown);
  assert.equal((await one.moves()).length, 1);
  feed.serve(second, '"v2"');
  await one.refresh(body);

  assert.deepEqual(await one.moves(), []);
});

test('a calendar that is disabled keeps no trip, and brings it back when it is enabled', async () => {
  const trip = event('a@x', ...days('0701', '0708'), HOTEL);
  const one = await subscribed({}, trip);
  const second = `${one.path}&second`;
  feed.serve(second, '"v1"', trip);
  const { body } = await server.post(OWN, { url: feed.origin + second }, one.as);
  await one.read(body);
  await server.patch(`${OWN}/${body.id}`, { enabled: false }, one.as);
  feed.serve(one.path, '"v2"');
  await one.refresh(one.shown);
  assert.deepEqual(await one.moves(), []);
  await server.patch(`${OWN}/${body.id}`, { enabled: true }, one.as);

  await eventually(() => one.moves(), ({ length }) => length === 1);
});

test('what is no calendar, or too large, or answers an error, changes nothing and is told', async () => {
  const one = await subscribed({}, event('a@x', ...days('0701', '0708'), HOTEL));
  const block = 'X-PADDING:'.padEnd(65534, 'x');
  const answers = [
    [{ headers: { 'content-type': 'text/html' }, body: '<html><title>Log in</title></html>' }, 200, /./],
    [{ body: calendar().slice(0, -15) }, 200, /./],
    [{ body: calendar(...Array.from({ length: 70 }, () => block)) }, null, /larger than 4 MiB/],
    [{ status: 500 }, 500, /answered: 500/],
    [{ status: 204 }, 204, /answered: 204/],
    [{ status: 302, headers: { location: `http://127.0.0.1:${server.httpPort}/livez` } }, null, /not of the Internet/],
    [{ status: 302, headers: { location: 'file:///etc/passwd' } }, null, /./],
    [{ status: 302, headers: { location: one.path } }, null, /./],
  ];
  let { shown } = one;
  for (const [answer, status, why] of answers) {
    feed.answers[one.path] = answer;
    shown = await one.refresh(shown);
    assert.match(shown.last_error ?? '', why, JSON.stringify(answer).slice(0, 80));
    assert.ok(!shown.last_error.includes('canary'), shown.last_error);
    if (status) assert.equal(shown.last_status, status);
    assert.equal((await one.moves()).length, 1);
  }
  assert.equal(shown.failures_in_a_row, answers.length);
  // An hour, two, four ...
  assert.ok(Date.parse(shown.next_poll_at) - Date.parse(shown.last_poll_at) > 24 * 3600000 - 1);
  feed.serve(`${one.path}&moved`, '"v3"', event('a@x', ...days('0701', '0712'), HOTEL));
  feed.answers[one.path] = { status: 301, headers: { location: `${one.path}&moved` } };
  shown = await one.refresh(shown);
  assert.deepEqual([shown.last_error, shown.failures_in_a_row, counts(shown)], [null, 0, [0, 1, 0, 0, 0, 0]]);
});

test('a calendar whose server is down is read when that is up again', async () => {
  const one = await person();
  const late = await CalendarFeed.open();
  await late.close();
  const made = await server.post(OWN, { url: late.origin + one.path }, one.as);
  const down = await one.read(made.body);
  assert.match(down.last_error, /connect/i);
  assert.equal(down.last_status, null);
  const up = await CalendarFeed.open({ port: late.port });
  up.serve(one.path, '"v1"', event('a@x', ...days('0701', '0708'), HOTEL));
  const shown = await one.refresh(down);
  await up.close();

  assert.deepEqual([shown.last_error, shown.failures_in_a_row], [null, 0]);
  assert.equal((await one.moves()).length, 1);
});

test('one that fails ten times in a row, or is gone, is disabled until somebody asks for it', async () => {
  const one = await subscribed({}, event('a@x', ...days('0701', '0708'), HOTEL));
  feed.answers[one.path] = { status: 503 };
  let { shown } = one;
  for (let i = 0; i < 10; i += 1) shown = await one.refresh(shown);
  const at = `${OWN}/${shown.id}`;

  assert.deepEqual([shown.state, shown.disabled_reason, shown.next_poll_at, shown.enabled], ['disabled', 'failing', null, false]);
  const refused = await server.post(`${at}/refresh`, {}, one.as);
  assert.deepEqual([refused.status, refused.body.code], [409, 'CALENDAR_DISABLED']);
  feed.answers[one.path] = { status: 410 };
  await server.patch(at, { enabled: true }, one.as);
  shown = await one.read(shown);
  assert.deepEqual([shown.disabled_reason, shown.last_status], ['gone', 410]);
  assert.equal((await one.moves()).length, 1, 'its moves stay');
  await server.patch(at, { enabled: false }, one.as);
  const { body: audit } = await server.get(`/v1/audit-events?object_id=${shown.id}`);
  assert.deepEqual(audit.items.map(({ action }) => action.split('.')[1]), ['update', 'disable', 'update', 'disable', 'create']);
});

test('without settings it reads nothing but https on the Internet', async () => {
  const closed = await startServer({ config: '[auth]\npassword_memory_kib = 19456\n' });
  const { cookie } = await closed.logIn('alice', { addresses: ['sip:alice@example.com'] });
  const fault = async (url) => (await closed.post(OWN, { url }, { cookie })).body.errors?.[0].pointer;
  const refused = ['http://calendar.example.net/a.ics', 'https://127.0.0.1/a', 'https://[::1]/a', 'https://2130706433/a', 'https://0x7f.1/a',
    'webcal://169.254.169.254/latest', 'https://10.0.0.1/a', 'https://user:pass@calendar.example.net/a', 'ftp://example.com/a', '', 'x'];
  for (const url of refused) assert.equal(await fault(url), '/url', url);
  // A name tells nothing until it is connected to.
  const { body } = await closed.post(OWN, { url: 'webcal://localhost:8443/a.ics' }, { cookie });
  const shown = await eventually(async () => (await closed.get(`${OWN}/${body.id}`, { cookie })).body, (now) => now.last_poll_at);
  await closed.stop();

  assert.equal(shown.url_origin, 'https://localhost:8443');
  assert.match(shown.last_error, /not of the Internet/);
});

test('it is made, found, changed and gone as it was asked, by its user and by an administrator', async () => {
  const one = await person();
  feed.serve(one.path, '"v1"');
  for (const [path, options, body] of [[OWN, one.as, {}], [ALL, {}, { user_id: one.user.id }]]) {
    const create = { ...body, url: feed.origin + one.path, name: 'Trips' };
    assert.equal((await server.post(`${path}?dry_run=true`, create, options)).status, 200);
    const made = await server.post(path, create, options);
    assert.equal(made.status, 201, made.text);
    const { location, etag } = made.headers;
    assert.equal(location, `${path}/${made.body.id}`);
    const shown = await server.get(location, options);
    assert.deepEqual([shown.status, shown.headers.etag, shown.body.name], [200, etag, 'Trips']);
    assert.deepEqual((await server.get(path, options)).body.items.filter(({ user_id: id }) => id === one.user.id).map(({ id }) => id), [made.body.id]);
    const stale = { ...options, headers: { 'if-match': '"r1"' } };
    assert.equal((await server.patch(location, { name: 'x' }, stale)).status, 412);
    assert.equal((await server.delete(location, stale)).status, 412);
    assert.equal((await server.patch(location, { interval_seconds: 900 }, { ...options, headers: { 'if-match': etag } })).body.interval_seconds, 900);
    const terse = { ...options, headers: { prefer: 'return=minimal' } };
    assert.equal((await server.patch(location, { interval_seconds: null }, terse)).status, 204);
    assert.equal((await server.post(`${location}/refresh`, {}, terse)).status, 204);
    assert.equal((await server.post(`${location}/refresh?dry_run=true`, {}, options)).status, 200);
    assert.equal((await server.post(`${location}/refresh`, { zzz: 1 }, options)).status, 422);
    for (const wrong of [{ interval_seconds: 299 }, { interval_seconds: 86401 }, { url: 'https://[' }, { target: 'sip:' }, { time_zone: 'Mars' },
      { address: 'sip:foreign@example.com' }, { on_conflict: 'skip' }, { user_id: 'usr_1' }, { last_error: 'x' }, { zzz: 1 }, { name: 'x'.repeat(61) }])
      assert.equal((await server.patch(location, wrong, options)).status, 422, JSON.stringify(wrong));
    assert.equal((await server.patch(location, { enabled: false }, options)).status, 200);
    assert.equal((await server.post(`${location}/refresh`, {}, options)).status, 409);
    assert.equal((await server.post(path, {}, options)).status, 422);
    assert.equal((await server.delete(location, options)).status, 204);
    const minimal = await server.post(path, create, terse);
    assert.equal(minimal.status, 204);
    assert.equal((await server.delete(minimal.headers.location, options)).status, 204);
    const nobody = `${path}/${NOBODY}`;
    assert.equal((await server.get(nobody, options)).status, 404);
    assert.equal((await server.patch(nobody, { name: 'x' }, options)).status, 404);
    assert.equal((await server.delete(nobody, options)).status, 404);
    assert.equal((await server.post(`${nobody}/refresh`, {}, options)).status, 404);
  }
  for (const user_id of ['usr_nobody', '', null])
    assert.equal((await server.post(ALL, { user_id, url: feed.origin + one.path })).body.errors[0].pointer, '/user_id');
});

test('a user sees their own alone, has five at most, and takes them along when they are deleted', async () => {
  const [mine, theirs] = [await person(), await subscribed()];
  for (let i = 0; i < 5; i += 1) assert.equal((await mine.subscribe({ enabled: false })).status, 201);
  const sixth = await mine.subscribe({ enabled: false });
  assert.deepEqual([sixth.status, sixth.body.errors[0].code], [422, 'TOO_MANY']);
  assert.equal((await server.get(OWN, mine.as)).body.items.length, 5);
  assert.equal((await server.get(`${ALL}?user_id=${mine.user.id}&count=exact`)).body.total.count, 5);
  for (const [method, path, body] of [['GET', ''], ['PATCH', '', { name: 'x' }], ['DELETE', ''], ['POST', '/refresh', {}]])
    assert.equal((await server.request(method, `${OWN}/${theirs.shown.id}${path}`, body, mine.as)).status, 404);
  await server.delete(`/v1/users/${mine.user.id}`);

  assert.deepEqual((await server.get(`${ALL}?user_id=${mine.user.id}`)).body.items, []);
  assert.equal((await server.get(`${ALL}/${theirs.shown.id}`)).status, 200);
});

test('who has several addresses says which', async () => {
  const { cookie } = await server.logIn('several', { addresses: ['sip:s1@example.com', 'sip:s2@example.com'] });
  const make = (members) => server.post(OWN, { url: `${feed.origin}/several`, enabled: false, ...members }, { cookie });

  assert.equal((await make({})).body.errors[0].pointer, '/address');
  assert.equal((await make({ address: 'sip:S2@EXAMPLE.com' })).status, 422);
  assert.equal((await make({ address: 'sip:s2@EXAMPLE.com' })).body.address, 'sip:s2@example.com');
});

test('who is not enabled any more has no calendar read, and moves by the rules of their role', async () => {
  const one = await subscribed({}, event('a@x', ...days('0701', '0708'), HOTEL));
  await server.patch(`/v1/users/${one.user.id}`, { enabled: false });
  await server.post(`${ALL}/${one.shown.id}/refresh`, {});
  const other = await subscribed({}, event('a@x', ...days('0701', '0708'), HOTEL));

  assert.equal((await server.get(`${ALL}/${one.shown.id}`)).body.last_poll_at, one.shown.last_poll_at);
  await server.patch(`/v1/users/${one.user.id}`, { enabled: true });
  const rule = await server.post('/v1/target-rules', { action: 'deny', kind: 'domain', value: 'hotel.example.net' });
  assert.equal(rule.status, 201, rule.text);
  feed.serve(other.path, '"v2"', event('a@x', ...days('0701', '0709'), HOTEL));
  const shown = await other.refresh(other.shown);
  await server.delete(`/v1/target-rules/${rule.body.id}`);
  assert.deepEqual(shown.last_result.errors.map(({ code }) => code), ['TARGET_NOT_ALLOWED']);
});

test('a calendar is judged anew when its user has other addresses or another time zone, be it the same', async () => {
  const one = await subscribed({}, event('a@x', 'DTSTART:20300701T090000', 'DTEND:20300708T180000', HOTEL));
  const user = `/v1/users/${one.user.id}`;
  const at = `${OWN}/${one.shown.id}`;
  assert.equal((await server.patch(user, { time_zone: 'Asia/Jakarta' })).status, 200);
  await eventually(() => one.moves(), ([move]) => move.starts_at.slice(11, 16) === '02:00');
  const { body: before_ } = await server.get(at, one.as);
  assert.equal((await server.patch(user, { addresses: [one.address, one.address.replace('cal', 'also-cal')] })).status, 200);
  const shown = await one.read(before_);

  assert.equal(shown.last_status, 200);
  assert.deepEqual(shown.last_result.errors.map(({ member, code }) => [member, code]), [['X-SIPMOVED-ADDRESS', 'MISSING_MEMBER']]);
});

test('who asks for a calendar while it is fetched has it read once more', async () => {
  const one = await subscribed({}, event('a@x', ...days('0701', '0708'), HOTEL));
  const at = `${OWN}/${one.shown.id}`;
  const asked = held(one.path);
  await server.post(`${at}/refresh`, {}, one.as);
  const letGo = await asked;
  const { body: again } = await server.post(`${at}/refresh`, {}, one.as);
  assert.equal((await server.get(at, one.as)).body.next_poll_at, again.next_poll_at);
  letGo();
  const asks = await eventually(() => feed.asksFor(one.path), ({ length }) => length === 3);

  assert.equal(asks[2].headers['if-none-match'], undefined);
  await eventually(() => one.moves(), ({ length }) => length === 1);
});

test('who is disabled while their calendar is fetched is not moved by it', async () => {
  const one = await subscribed({}, event('a@x', ...days('0701', '0708'), HOTEL));
  const asked = held(one.path);
  await server.post(`${ALL}/${one.shown.id}/refresh`, {});
  const letGo = await asked;
  await server.patch(`/v1/users/${one.user.id}`, { enabled: false });
  // The one poller notes what is let go first before it reads another.
  letGo();
  await subscribed({});
  const left = await server.get(`/v1/moves?address=${one.address}&state=scheduled`);

  assert.equal(left.body.items.length, 1);
  assert.equal((await server.get(`${ALL}/${one.shown.id}`)).body.last_poll_at, one.shown.last_poll_at);
});

test('of its URL nothing but the host is told, anywhere', async () => {
  const { as } = await person();
  for (const secret of ['?key=canary-cal', '/canary-cal?/canary-cal']) {
    const { body: made } = await server.post(OWN, { url: feed.origin + secret, enabled: false }, as);
    assert.equal(made.url_origin, feed.origin, secret);
  }
  const { body: audit } = await server.get('/v1/audit-events?limit=1000');
  const { body: list } = await server.get(`${ALL}?limit=1000`);

  for (const [where, text] of [['audit', JSON.stringify(audit)], ['list', JSON.stringify(list)], ['log', server.output.stderr + server.output.stdout]])
    for (const secret of ['canary-cal', '4f1d0c', 'basic.ics']) assert.ok(!text.includes(secret), `${where} holds ${secret}`);
  assert.ok(JSON.stringify(audit).includes(feed.origin));
});

test('a calendar that was under way when the server was killed is read at the next start', async () => {
  const one = await subscribed({}, event('a@x', ...days('0701', '0708'), HOTEL));
  feed.answers[one.path] = () => ({ status: 0 });
  const asked = once(feed, 'asked');
  await server.post(`${OWN}/${one.shown.id}/refresh`, {}, one.as);
  await asked;
  const { dataDir, token } = server;
  await server.halt('SIGKILL');
  feed.serve(one.path, '"v2"', event('a@x', ...days('0701', '0711'), HOTEL));
  server = await startServer({ config: CONFIG, dataDir, token });
  const shown = await one.read(one.shown);

  assert.deepEqual(counts(shown), [0, 1, 0, 0, 0, 0]);
});
