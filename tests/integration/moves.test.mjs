import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createToken, eventually, startServer } from './lib/server.mjs';
import { Caller, contacts } from './lib/sip.mjs';

const PAIRS = Number(process.env.WRITE_CALL_PAIRS ?? 200);

let server;
let caller;
let people = 0;

before(async () => {
  server = await startServer();
  caller = await Caller.open(server.sipPort);
});

after(async () => {
  caller?.close();
  await server?.stop();
});

// An address that no other test uses.
function somebody() {
  people += 1;
  return `sip:person${people}@example.com`;
}

function ids(answer) {
  return answer.body.items.map((item) => item.id);
}

test('a move is obeyed by the very next call', async () => {
  const address = somebody();
  const answer = await server.post('/v1/moves', {
    address, targets: [{ uri: 'sip:a@hotel.example.net', q: 0.5 }, { uri: 'sip:b@hotel.example.net' }],
  });
  const response = await caller.call(address);

  assert.equal(answer.status, 201);
  assert.equal(answer.headers.location, `/v1/moves/${answer.body.id}`);
  assert.equal(answer.headers.etag, `"r${answer.body.revision}"`);
  assert.equal(answer.body.state, 'active');
  assert.deepEqual(answer.body.targets, [
    { uri: 'sip:a@hotel.example.net', q: 0.5 }, { uri: 'sip:b@hotel.example.net', q: 1 }]);
  assert.equal(answer.body.ends_at, null);
  assert.equal(answer.body.created_by, 'test');
  assert.equal(response.status, 302);
  assert.deepEqual(contacts(response), ['sip:b@hotel.example.net', 'sip:a@hotel.example.net']);
});

test('a move shows what it was made with, canonical', async () => {
  const sent = {
    address: 'SIP:Somebody@EXAMPLE.com:5070;user=phone',
    targets: [{ uri: 'tel:+15550100', q: 0.25 }],
    starts_at: '2031-12-01T09:00:00+07:00',
    ends_at: '2031-12-02T09:00:00+07:00',
    time_zone: 'Asia/Jakarta',
    permanent: true,
    diversion_reason: 'time-of-day',
    note: 'Hotel "Majapahit" – room 7',
    external_id: 'trip-7',
  };
  const answer = await server.post('/v1/moves', sent);

  assert.equal(answer.status, 201, answer.text);
  assert.deepEqual({ ...answer.body, id: 0, created_at: 0, updated_at: 0, revision: 0 }, {
    ...sent,
    address: 'sip:Somebody@example.com',
    starts_at: '2031-12-01T02:00:00.000Z',
    ends_at: '2031-12-02T02:00:00.000Z',
    starts_local: '2031-12-01T09:00:00.000+07:00',
    ends_local: '2031-12-02T09:00:00.000+07:00',
    state: 'scheduled',
    created_by: 'test', updated_by: 'test', updated_by_other: false,
    id: 0, created_at: 0, updated_at: 0, revision: 0,
  });
});

test('local times follow the clocks of the zone, and need one', async () => {
  const winter = await server.move(somebody(), 'sip:a@hotel.example.net', {
    starts_at: '2031-07-01T00:00:00Z', ends_at: '2031-12-01T00:00:00Z', time_zone: 'America/St_Johns',
  });
  const plain = await server.move(somebody(), 'sip:a@hotel.example.net', { time_zone: 'Asia/Jakarta' });
  const none = await server.move(somebody(), 'sip:a@hotel.example.net');

  assert.equal(winter.starts_local, '2031-06-30T21:30:00.000-02:30');
  assert.equal(winter.ends_local, '2031-11-30T20:30:00.000-03:30');
  assert.equal(plain.ends_local, null);
  assert.equal(none.starts_local, null);
});

test('a time zone alone is refused, as it would change no time', async () => {
  const move = await server.move(somebody(), 'sip:a@hotel.example.net', { time_zone: 'Asia/Jakarta' });
  const path = `/v1/moves/${move.id}`;
  const alone = await server.patch(path, { time_zone: 'Europe/Berlin' });
  const same = await server.patch(path, { time_zone: 'Asia/Jakarta', note: 'x' });
  const withTime = await server.patch(path, { time_zone: 'Europe/Berlin', ends_at: '2031-07-01T09:00:00' });

  assert.equal(alone.status, 422);
  assert.match(alone.body.errors[0].detail, /^alone changes no time/);
  assert.equal(same.status, 200, same.text);
  assert.equal(withTime.body.ends_at, '2031-07-01T07:00:00.000Z');
});

test('a move wholly in the past is refused, one that ended may be extended', async () => {
  const address = somebody();
  const past = await server.post('/v1/moves', {
    address, targets: [{ uri: 'sip:a@hotel.example.net' }],
    starts_at: '2021-01-01T00:00:00Z', ends_at: '2021-02-01T00:00:00Z',
  });
  const move = await server.move(address, 'sip:a@hotel.example.net', { starts_at: '2021-01-01T00:00:00Z' });
  await server.delete(`/v1/moves/${move.id}`);
  const extended = await server.patch(`/v1/moves/${move.id}`, { ends_at: '2031-01-01T00:00:00Z' });

  assert.equal(past.status, 422);
  assert.deepEqual(past.body.errors.map((fault) => [fault.pointer, fault.code]), [['/ends_at', 'ENDS_IN_PAST']]);
  assert.equal(extended.status, 200, extended.text);
  assert.equal((await caller.call(address)).status, 302);
});

test('local times are read in the zone beside them', async () => {
  const move = await server.move(somebody(), 'sip:a@hotel.example.net', {
    starts_at: '2031-07-01T09:00:00', ends_at: '2031-12-01T09:00:00', time_zone: 'Europe/Berlin',
  });

  assert.equal(move.starts_at, '2031-07-01T07:00:00.000Z');
  assert.equal(move.ends_at, '2031-12-01T08:00:00.000Z');
});

test('nobody that we know is 404, somebody at home is 480', async () => {
  const address = somebody();
  const move = await server.move(address, 'sip:a@hotel.example.net');
  const ended = await server.delete(`/v1/moves/${move.id}`);

  assert.equal((await caller.call('sip:nobody@example.com')).status, 404);
  assert.equal(ended.status, 200);
  assert.equal((await caller.call(address)).status, 480);
});

test('a move that is under way ends now when it is deleted', async () => {
  const address = somebody();
  const move = await server.move(address, 'sip:a@hotel.example.net', {
    starts_at: '2021-01-01T00:00:00Z', ends_at: '2031-01-01T00:00:00Z',
  });
  const sent = Date.now();
  const ended = await server.delete(`/v1/moves/${move.id}`);
  const read = await server.get(`/v1/moves/${move.id}`);
  const again = await server.delete(`/v1/moves/${move.id}`);

  assert.equal(ended.status, 200);
  assert.equal(ended.body.state, 'ended');
  assert.ok(Date.parse(ended.body.ends_at) >= sent && Date.parse(ended.body.ends_at) <= Date.now());
  assert.deepEqual(read.body, ended.body);
  assert.equal((await caller.call(address)).status, 480);
  assert.equal(again.status, 200);
  assert.deepEqual(again.body, ended.body);
});

test('an end before the start is told how to end a move at once', async () => {
  const move = await server.move(somebody(), 'sip:a@hotel.example.net');
  const answer = await server.patch(`/v1/moves/${move.id}`, { ends_at: move.starts_at });

  assert.equal(answer.status, 422);
  assert.match(answer.body.errors[0].detail, /to end the move at once, DELETE it/);
});

test('cancelling twice is no error, changing what is cancelled is', async () => {
  const move = await server.move(somebody(), 'sip:a@hotel.example.net', { starts_at: '2031-01-01T00:00:00Z' });
  await server.delete(`/v1/moves/${move.id}`);
  const again = await server.delete(`/v1/moves/${move.id}`);
  const patched = await server.patch(`/v1/moves/${move.id}`, { note: 'x' });
  const read = await server.get(`/v1/moves/${move.id}`);

  assert.equal(again.status, 200);
  assert.equal(again.body.state, 'cancelled');
  assert.equal(patched.status, 409);
  assert.equal(patched.body.code, 'MOVE_CANCELLED');
  assert.equal(read.body.state, 'cancelled');
});

test('a move ends when it is told to end now', async () => {
  const address = somebody();
  const move = await server.move(address, 'sip:a@hotel.example.net');
  const before302 = await caller.call(address);
  await new Promise((resolve) => { setTimeout(resolve, 2); });
  const patched = await server.patch(`/v1/moves/${move.id}`, { ends_at: new Date().toISOString() });

  assert.equal(before302.status, 302);
  assert.equal(patched.status, 200, patched.text);
  assert.equal((await caller.call(address)).status, 480);
  assert.equal((await server.get(`/v1/moves/${move.id}`)).body.state, 'ended');
});

test('a move starts and ends by itself, on the millisecond it says', async () => {
  const address = somebody();
  const startsAt = Date.now() + 400;
  const endsAt = startsAt + 400;
  await server.move(address, 'sip:a@hotel.example.net', {
    starts_at: new Date(startsAt).toISOString(), ends_at: new Date(endsAt).toISOString(),
  });
  const seen = new Set();

  for (let now = Date.now(); now < endsAt + 100; now = Date.now()) {
    const { status } = await caller.call(address);
    const answered = Date.now();
    seen.add(status);
    // Only a call that lies on one side of an edge from start to end is judged.
    if (answered < startsAt || now >= endsAt) assert.equal(status, 480);
    if (now >= startsAt && answered < endsAt) assert.equal(status, 302);
  }
  assert.deepEqual([...seen].sort(), [302, 480]);
});

test('a permanent move is answered with 301', async () => {
  const address = somebody();
  await server.move(address, 'sip:a@hotel.example.net', { permanent: true });

  assert.equal((await caller.call(address)).status, 301);
});

test('a reader that has it already gets 304', async () => {
  const move = await server.move(somebody(), 'sip:a@hotel.example.net');
  const etag = `"r${move.revision}"`;
  const read = await server.get(`/v1/moves/${move.id}`);
  const same = await server.get(`/v1/moves/${move.id}`, { headers: { 'if-none-match': etag } });
  const other = await server.get(`/v1/moves/${move.id}`, { headers: { 'if-none-match': '"r0"' } });

  assert.equal(read.headers.etag, etag);
  assert.deepEqual(read.body, move);
  assert.equal(same.status, 304);
  assert.equal(same.text, '');
  assert.equal(other.status, 200);
});

test('If-Match holds on PATCH and DELETE', async () => {
  const move = await server.move(somebody(), 'sip:a@hotel.example.net');
  const path = `/v1/moves/${move.id}`;
  const first = { headers: { 'if-match': `"r${move.revision}"` } };
  const patched = await server.patch(path, { note: 'one' }, first);
  const stale = await server.patch(path, { note: 'two' }, first);
  const staleDelete = await server.delete(path, first);
  const nonsense = await server.patch(path, { note: 'two' }, { headers: { 'if-match': 'x' } });
  const read = await server.get(path);

  assert.equal(patched.status, 200);
  assert.notEqual(patched.headers.etag, first.headers['if-match']);
  assert.equal(stale.status, 412);
  assert.equal(staleDelete.status, 412);
  assert.equal(nonsense.status, 400);
  assert.equal(read.body.note, 'one');
  assert.equal(read.body.state, 'active');
  assert.equal((await server.delete(path, { headers: { 'if-match': read.headers.etag } })).status, 200);
});

test('a merge patch changes what it names and removes what it nulls', async () => {
  const address = somebody();
  const move = await server.move(address, 'sip:a@hotel.example.net', {
    note: 'hotel', external_id: `e-${address}`, ends_at: '2031-01-01T00:00:00Z',
  });
  const patched = await server.patch(`/v1/moves/${move.id}`, {
    targets: [{ uri: 'sip:c@beach.example.net' }], ends_at: null, external_id: null,
  });
  const response = await caller.call(address);

  assert.equal(patched.status, 200, patched.text);
  assert.equal(patched.body.note, 'hotel');
  assert.equal(patched.body.ends_at, null);
  assert.equal(patched.body.external_id, null);
  assert.equal(patched.body.starts_at, move.starts_at);
  assert.deepEqual(contacts(response), ['sip:c@beach.example.net']);
});

test('on_conflict=replace cancels what overlaps', async () => {
  const address = somebody();
  const first = await server.move(address, 'sip:a@hotel.example.net');
  const second = await server.post('/v1/moves?on_conflict=replace', {
    address, targets: [{ uri: 'sip:b@hotel.example.net' }],
  });

  assert.equal(second.status, 201, second.text);
  assert.deepEqual(second.body.replaced, [first.id]);
  assert.equal((await server.get(`/v1/moves/${first.id}`)).body.state, 'cancelled');
  assert.deepEqual(contacts(await caller.call(address)), ['sip:b@hotel.example.net']);
});

test('a dry run says what would happen, and nothing happens', async () => {
  const address = somebody();
  const move = { address, targets: [{ uri: 'sip:a@hotel.example.net' }] };
  const dry = await server.post('/v1/moves?dry_run=true', move);
  const dryFault = await server.post('/v1/moves?dry_run=true', { ...move, targets: [] });

  assert.equal(dry.status, 200, dry.text);
  assert.equal(dry.body.address, address);
  assert.equal(dry.headers.location, undefined);
  assert.equal(dryFault.status, 422);
  assert.equal((await caller.call(address)).status, 404);
  assert.deepEqual((await server.get(`/v1/moves?address=${encodeURIComponent(address)}`)).body.items, []);

  const real = await server.move(address, 'sip:a@hotel.example.net');
  const dryPatch = await server.patch(`/v1/moves/${real.id}?dry_run=true`, { note: 'x' });
  const dryDelete = await server.delete(`/v1/moves/${real.id}?dry_run=true`);
  assert.equal(dryPatch.status, 200);
  assert.equal(dryPatch.body.note, 'x');
  assert.equal(dryDelete.status, 200);
  assert.deepEqual((await server.get(`/v1/moves/${real.id}`)).body, real);
});

test('a list is walked page by page, each move once', async () => {
  const made = [];
  // Each order is another one: by start 0, 5, 3, 1, 6, 4, 2.
  for (let i = 0; i < 7; i += 1)
    made.push((await server.move(somebody(), 'sip:page@hotel.example.net', {
      starts_at: `2031-01-${10 + (i * 3) % 7}T00:00:00Z`,
    })).id);
  const byStart = [0, 5, 3, 1, 6, 4, 2].map((i) => made[i]);
  const filter = `/v1/moves?target=${encodeURIComponent('sip:page@hotel.example.net')}`;

  for (const sort of ['created_at', '-created_at', 'starts_at', '-starts_at', 'address', '-address']) {
    const seen = [];
    let pages = 0;
    for (let path = `${filter}&limit=3&sort=${sort}`; path; pages += 1) {
      const answer = await server.get(path);
      assert.equal(answer.status, 200, answer.text);
      assert.ok(answer.body.items.length <= 3);
      assert.ok(pages < 10, 'the list never ends');
      seen.push(...ids(answer));
      const cursor = answer.body.next_cursor;
      const link = /^<([^>]+)>; rel="next"$/.exec(answer.headers.link ?? '')?.[1];
      assert.equal(link !== undefined, cursor !== null);
      path = link;
    }
    assert.equal(pages, 3);
    assert.deepEqual([...seen].sort(), [...made].sort());
    if (sort === 'created_at') assert.deepEqual(seen, made);
    if (sort === '-created_at') assert.deepEqual(seen, [...made].reverse());
    if (sort === 'starts_at') assert.deepEqual(seen, byStart);
    if (sort === '-starts_at') assert.deepEqual(seen, [...byStart].reverse());
  }
});

test('a list is sorted by several keys, each up or down, and walked page by page', async () => {
  const target = 'sip:sorted@hotel.example.net';
  const all = [];
  for (const [day, name] of [[3, 'b'], [1, 'a'], [3, 'c'], [1, 'c'], [3, 'a'], [1, 'b'], [5, 'b'], [5, 'a']])
    all.push(await server.move(`sip:${name}@sorted.example`, target,
      { starts_at: `2031-02-0${day}T00:00:00Z`, ends_at: `2031-02-0${day + 1}T00:00:00Z` }));
  const walked = async (sort) => {
    const seen = [];
    for (let path = `/v1/moves?target=${encodeURIComponent(target)}&count=exact&limit=3&sort=${sort}`; path;) {
      const answer = await server.get(path);
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.body.total.count, all.length);
      seen.push(...ids(answer));
      assert.ok(seen.length <= all.length, 'the list never ends');
      path = /^<([^>]+)>; rel="next"$/.exec(answer.headers.link ?? '')?.[1];
    }
    return seen;
  };

  for (const sort of ['starts_at,address', '-starts_at,address', 'starts_at,-address', '-starts_at,-address', 'address,starts_at',
    '-address,starts_at', 'address,-starts_at', '-starts_at,created_at', 'starts_at,-created_at', 'address,-created_at',
    '-created_at,address', '-starts_at,address,-created_at']) {
    const keys = sort.split(',').map((word) => [word.replace('-', ''), word[0] === '-' ? -1 : 1]);
    const value = (move, key) => (key === 'created_at' ? move.id : move[key]);
    const expected = [...all].sort((a, b) => {
      const [key, way] = keys.find(([name]) => value(a, name) !== value(b, name));
      return value(a, key) < value(b, key) ? -way : way;
    });
    assert.deepEqual(await walked(sort), expected.map(({ id }) => id), sort);
  }
  for (const bad of ['', 'starts_at,', 'starts_at,-starts_at', 'note', '--address', 'address,,starts_at', ' address'])
    assert.equal((await server.get(`/v1/moves?sort=${encodeURIComponent(bad)}`)).body.errors?.[0].parameter, 'sort', bad);
});

test('a cursor goes with its own filter only', async () => {
  for (let i = 0; i < 2; i += 1) await server.move(somebody(), 'sip:cursor@hotel.example.net');
  const { body } = await server.get('/v1/moves?limit=1');
  const cursor = encodeURIComponent(body.next_cursor);
  const other = await server.get(`/v1/moves?limit=1&state=active&cursor=${cursor}`);
  const forged = await server.get(`/v1/moves?limit=1&cursor=A${cursor}`);
  const larger = await server.get(`/v1/moves?limit=2&cursor=${cursor}`);

  assert.equal(other.status, 400);
  assert.equal(other.body.code, 'CURSOR_MISMATCH');
  assert.equal(forged.status, 400);
  assert.equal(larger.status, 200);
  assert.ok(!ids(larger).includes(body.items[0].id));
});

test('a list is filtered by address, state, time, target, note and external id', async () => {
  const address = somebody();
  const target = 'sip:filter@hotel.example.net';
  const past = await server.move(address, target, { starts_at: '2021-01-01T00:00:00Z', note: 'needle past' });
  await server.patch(`/v1/moves/${past.id}`, { ends_at: '2021-02-01T00:00:00Z' });
  const now = await server.move(address, target, {
    starts_at: '2022-01-01T00:00:00Z', ends_at: '2032-01-01T00:00:00Z', external_id: 'filter-now',
  });
  const later = await server.move(address, target, { starts_at: '2033-01-01T00:00:00Z' });
  const gone = await server.move(address, target, {
    starts_at: '2032-06-01T00:00:00Z', ends_at: '2032-07-01T00:00:00Z',
  });
  await server.delete(`/v1/moves/${gone.id}`);
  const written = encodeURIComponent(address.replace('example.com', 'EXAMPLE.com:5060'));
  const rows = [
    ['', [past, now, gone, later]],
    ['state=active', [now]],
    ['state=scheduled,ended', [past, later]],
    ['state=cancelled', [gone]],
    ['active_at=2021-01-15T00:00:00Z', [past]],
    ['active_at=2021-02-01T00:00:00Z', []],
    ['active_at=2040-01-01T00:00:00Z', [later]],
    ['from=2032-12-01T00:00:00Z', [later]],
    ['until=2021-06-01T00:00:00Z', [past]],
    ['from=2021-01-31T00:00:00Z&until=2022-01-02T00:00:00Z', [past, now]],
    [`target=${encodeURIComponent(target)}`, [past, now, gone, later]],
    ['external_id=filter-now', [now]],
    ['q=needle', [past]],
    ['q=100%25', []],
  ];

  for (const [query, expected] of rows) {
    const answer = await server.get(`/v1/moves?address=${written}&sort=starts_at&${query}`);
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(ids(answer), expected.map((move) => move.id), query);
  }
});

test('a caller that may not make domains stays in those that are served', async () => {
  const token = await createToken(server.dataDir, 'desk', 'helpdesk');
  const unserved = await server.post('/v1/moves', {
    address: 'sip:a@unserved.example', targets: [{ uri: 'sip:a@hotel.example.net' }],
  }, { token });
  const served = await server.post('/v1/moves', {
    address: somebody(), targets: [{ uri: 'sip:a@hotel.example.net' }],
  }, { token });

  assert.equal(unserved.status, 422);
  assert.deepEqual(unserved.body.errors.map((fault) => [fault.pointer, fault.code]),
    [['/address', 'UNKNOWN_DOMAIN']]);
  assert.equal(served.status, 201, served.text);
  assert.equal(served.body.created_by, 'desk');
});

test(`${PAIRS} writes, each seen by the call that follows it`, async () => {
  const address = somebody();
  const move = await server.move(address, 'sip:start@hotel.example.net');
  let stale = 0;

  for (let i = 0; i < PAIRS; i += 1) {
    const target = `sip:target${i}@hotel.example.net`;
    const patched = await server.patch(`/v1/moves/${move.id}`, { targets: [{ uri: target }] });
    assert.equal(patched.status, 200, patched.text);
    const response = await caller.call(address);
    if (contacts(response)[0] !== target) stale += 1;
  }
  assert.equal(stale, 0);
});

test('moves are there after a restart', async () => {
  const own = await startServer();
  const address = 'sip:stays@example.com';
  const move = await own.move(address, 'sip:a@hotel.example.net');
  assert.equal(await own.halt(), 0);
  const next = await startServer({ dataDir: own.dataDir, token: own.token });
  const nextCaller = await Caller.open(next.sipPort);
  try {
    assert.deepEqual((await next.get(`/v1/moves/${move.id}`)).body, move);
    assert.equal((await nextCaller.call(address)).status, 302);
  } finally {
    nextCaller.close();
    await next.stop();
  }
});

test('the log line of a call is found under the move that answered it', async () => {
  const address = somebody();
  const move = await server.move(address, 'sip:a@hotel.example.net');
  const { callId } = await caller.call(address);
  const { body } = await eventually(
    () => server.get(`/v1/redirect-logs?call_id=${callId}`), (answer) => answer.body.items.length === 1);

  assert.equal(body.items[0].move_id, move.id);
  assert.equal(body.items[0].move_revision, move.revision);
});

test('the moves of one domain are listed', async () => {
  const here = await server.move('sip:a@only.example', 'sip:a@hotel.example.net');
  await server.move('sip:a@not-only.example', 'sip:a@hotel.example.net');
  const list = await server.get('/v1/moves?domain=ONLY.example');

  assert.deepEqual(ids(list), [here.id]);
  assert.equal((await server.get('/v1/moves?domain=nobody.example')).body.items.length, 0);
});
