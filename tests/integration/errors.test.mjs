// Bad input of every kind: a problem+json that lists every fault at its place,
// and nothing stored.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { createToken, startServer } from './lib/server.mjs';
import { Caller } from './lib/sip.mjs';

const GOOD = { address: 'sip:good@example.com', targets: [{ uri: 'sip:a@hotel.example.net' }] };

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

function assertProblem(answer, status, code) {
  assert.equal(answer.status, status, answer.text);
  assert.match(answer.headers['content-type'], /^application\/problem\+json/);
  assert.equal(answer.body.status, status);
  assert.equal(answer.body.code, code);
  assert.ok(answer.body.title.length > 0);
  assert.match(answer.body.type, /^\/docs\/problems\//);
  assert.match(answer.body.instance, /^urn:sipmoved:request:/);
}

// [[pointer, code], ...] in a fixed order.
function faults(answer) {
  return answer.body.errors.map((fault) => {
    assert.ok(fault.detail.length > 0);
    return [fault.pointer ?? fault.parameter, fault.code];
  }).sort();
}

async function assertNothingStored() {
  assert.deepEqual((await server.get('/v1/moves')).body.items, []);
  assert.deepEqual((await server.get('/v1/addresses')).body.items, []);
}

test('what is not JSON is 400', async () => {
  const rows = ['', '{', '{"address":}', '[1,]', 'null x', '{"a":1}{}', "{'a':1}",
    '{"address":"sip:a@b","address":"sip:c@d"}', '{"note":"\\u0000"}', '{"note":"\\ud800"}',
    '{"q":01}', `${'['.repeat(40)}${']'.repeat(40)}`, Buffer.from('{"note":"\xff"}', 'latin1')];

  for (const row of rows) {
    const answer = await server.post('/v1/moves', row);
    assert.equal(answer.status, 400, `${row}: ${answer.text}`);
    assert.match(answer.headers['content-type'], /^application\/problem\+json/);
    assert.ok(answer.body.detail.length > 0);
  }
  assertProblem(await server.post('/v1/moves', '{'), 400, 'MALFORMED_JSON');
  await assertNothingStored();
});

test('a body that is no object is 422', async () => {
  for (const row of ['[]', '"x"', '7', 'null'])
    assert.equal((await server.post('/v1/moves', row)).status, 422, row);
});

test('every fault of a document is listed with its pointer', async () => {
  const answer = await server.post('/v1/moves', {
    adress: 'sip:a@example.com',
    targets: [{ uri: 'sip:a@hotel.example.net', q: 2 }, { uri: 'mailto:a@b.example' }, { q: 'high' }],
    starts_at: '2031-02-30T00:00:00Z',
    ends_at: 7,
    time_zone: 'Mars/Olympus',
    permanent: 'no',
    note: 'x'.repeat(501),
    id: 'mov_1',
  });

  assertProblem(answer, 422, 'INVALID');
  assert.deepEqual(faults(answer), [
    ['/address', 'MISSING_MEMBER'],
    ['/adress', 'UNKNOWN_MEMBER'],
    ['/ends_at', 'WRONG_TYPE'],
    ['/id', 'READ_ONLY_MEMBER'],
    ['/note', 'TOO_LONG'],
    ['/permanent', 'WRONG_TYPE'],
    ['/starts_at', 'BAD_TIME'],
    ['/targets/0/q', 'OUT_OF_RANGE'],
    ['/targets/1/uri', 'BAD_TARGET'],
    ['/targets/2/q', 'WRONG_TYPE'],
    ['/targets/2/uri', 'MISSING_MEMBER'],
    ['/time_zone', 'UNKNOWN_TIME_ZONE'],
  ]);
  await assertNothingStored();
});

test('one fault each: the code and the place', async () => {
  const rows = [
    [{ address: undefined }, '/address', 'MISSING_MEMBER'],
    [{ address: null }, '/address', 'MISSING_MEMBER'],
    [{ address: 7 }, '/address', 'WRONG_TYPE'],
    [{ address: 'alice' }, '/address', 'BAD_ADDRESS'],
    [{ address: 'sip:example.com' }, '/address', 'BAD_ADDRESS'],
    [{ address: 'http://example.com/' }, '/address', 'BAD_ADDRESS'],
    [{ targets: undefined }, '/targets', 'MISSING_MEMBER'],
    [{ targets: 'sip:a@hotel.example.net' }, '/targets', 'WRONG_TYPE'],
    [{ targets: [7] }, '/targets/0', 'WRONG_TYPE'],
    [{ targets: Array.from({ length: 9 }, (unused, i) => ({ uri: `sip:t${i}@hotel.example.net` })) },
      '/targets', 'TOO_MANY'],
    [{ targets: [{ uri: 'sip:a@hotel.example.net', weight: 1 }] }, '/targets/0/weight', 'UNKNOWN_MEMBER'],
    [{ targets: [{ uri: 'sip:a@hotel.example.net', q: 0 }] }, '/targets/0/q', 'OUT_OF_RANGE'],
    [{ targets: [{ uri: 'sip:a@hotel.example.net', q: 0.0001 }] }, '/targets/0/q', 'BAD_FORMAT'],
    [{ targets: [{ uri: 'sip:good@example.com' }] }, '/targets/0/uri', 'TARGET_IS_ADDRESS'],
    [{ targets: [{ uri: 'sip:a@h.example' }, { uri: 'sip:a@H.example' }] }, '/targets/1/uri', 'DUPLICATE'],
    [{ ends_at: '2020-01-01T00:00:00Z' }, '/ends_at', 'END_BEFORE_START'],
    [{ starts_at: '2031-01-02T00:00:00Z', ends_at: '2031-01-01T00:00:00Z' }, '/ends_at', 'END_BEFORE_START'],
    [{ starts_at: '2031-01-02T00:00:00Z', ends_at: '2031-01-02T00:00:00Z' }, '/ends_at', 'END_BEFORE_START'],
    [{ starts_at: '2031-01-02T00:00:00' }, '/starts_at', 'BAD_TIME'],
    [{ starts_at: '2031-03-30T02:30:00', time_zone: 'Europe/Berlin' }, '/starts_at', 'TIME_IN_GAP'],
    [{ time_zone: '../../etc/passwd' }, '/time_zone', 'UNKNOWN_TIME_ZONE'],
    [{ permanent: 1 }, '/permanent', 'WRONG_TYPE'],
    [{ external_id: 'x'.repeat(101) }, '/external_id', 'TOO_LONG'],
    [{ state: 'active' }, '/state', 'READ_ONLY_MEMBER'],
    [{ revision: '1' }, '/revision', 'READ_ONLY_MEMBER'],
    [{ created_at: null }, '/created_at', 'READ_ONLY_MEMBER'],
    [{ Note: 'x' }, '/Note', 'UNKNOWN_MEMBER'],
    [{ 'a/b~c': 1 }, '/a~1b~0c', 'UNKNOWN_MEMBER'],
  ];

  for (const [members, pointer, code] of rows) {
    const answer = await server.post('/v1/moves', { ...GOOD, ...members });
    assertProblem(answer, 422, 'INVALID');
    assert.deepEqual(faults(answer), [[pointer, code]], JSON.stringify(members));
  }
  await assertNothingStored();
});

test('a target that would break or bend the answer is refused', async () => {
  const rows = ['sip:a@h.example\r\nX-Evil: 1', 'sip:a@h.example\nX', 'sip:a@h.example\u0000', 'sip:a@h.example\t',
    'sip:a@h.example?Subject=x', 'sip:a@h.example?', 'sip:a@h.example;method=REGISTER',
    'sip:a@h.example;METHOD=BYE', 'sip:a@h.example>', '<sip:a@h.example>', '"A" <sip:a@h.example>',
    'sip:a:secret@h.example', 'sip:h.example', 'sip:a@127.0.0.1', 'sip:a@localhost', 'sip:a@[::1]',
    'sip:a@169.254.1.1', 'sip:a@224.0.0.1', 'sip:a@0.0.0.0', 'sip:a@h.example;maddr=127.0.0.1',
    'sip:a@h.example;transport=tls', 'http://h.example/', 'sip:a,b@h.example', 'sip:ä@h.example',
    'sip:a@h.example:99999', 'sip:%zz@h.example', ''];

  for (const uri of rows) {
    const answer = await server.post('/v1/moves', { ...GOOD, targets: [{ uri }] });
    // A NUL in a string is refused by the JSON reader already.
    if (uri.includes('\u0000')) {
      assert.equal(answer.status, 400, answer.text);
      continue;
    }
    assertProblem(answer, 422, 'INVALID');
    assert.deepEqual(faults(answer), [['/targets/0/uri', 'BAD_TARGET']], uri);
  }
  await assertNothingStored();
});

test('an unknown parameter, or a bad one, is 400', async () => {
  const rows = [
    ['GET', '/v1/moves?adress=x', 'adress', 'UNKNOWN_PARAMETER'],
    ['GET', '/v1/moves?address=alice', 'address', 'BAD_ADDRESS'],
    ['GET', '/v1/moves?state=gone', 'state', 'BAD_FORMAT'],
    ['GET', '/v1/moves?state=active,', 'state', 'BAD_FORMAT'],
    ['GET', '/v1/moves?sort=id', 'sort', 'BAD_FORMAT'],
    ['GET', '/v1/moves?limit=0', 'limit', 'OUT_OF_RANGE'],
    ['GET', '/v1/moves?limit=x', 'limit', 'BAD_FORMAT'],
    ['GET', '/v1/moves?active_at=now', 'active_at', 'BAD_TIME'],
    ['GET', '/v1/moves/x?limit=1', 'limit', 'UNKNOWN_PARAMETER'],
    ['GET', '/v1/addresses?domain=a%20b', 'domain', 'BAD_FORMAT'],
    ['POST', '/v1/moves?dry_run=maybe', 'dry_run', 'BAD_FORMAT'],
    ['POST', '/v1/moves?on_conflict=merge', 'on_conflict', 'BAD_FORMAT'],
    ['POST', '/v1/moves?dryrun=true', 'dryrun', 'UNKNOWN_PARAMETER'],
  ];

  for (const [method, path, parameter, code] of rows) {
    const answer = await server.request(method, path, method === 'POST' ? GOOD : undefined);
    assertProblem(answer, 400, 'BAD_PARAMETER');
    assert.deepEqual(faults(answer), [[parameter, code]], path);
  }
  await assertNothingStored();
});

test('no token, a wrong one or a revoked form is 401', async () => {
  const { token } = server;
  const rows = [null, 'nonsense', `${token}x`, `${token.slice(0, -1)}`,
    token.replace(/_[^_]{10}/, (part) => `_${[...part.slice(1)].reverse().join('')}`)];

  for (const row of rows) {
    for (const method of ['GET', 'POST']) {
      const answer = await server.request(method, '/v1/moves', method === 'POST' ? GOOD : undefined, { token: row });
      assertProblem(answer, 401, 'UNAUTHENTICATED');
      assert.match(answer.headers['www-authenticate'], /^Bearer realm="sipmoved"/);
    }
  }
  assert.equal((await server.get('/v1/moves', {
    token: null, headers: { authorization: `Basic ${token}` },
  })).status, 401);
  await assertNothingStored();
});

test('a scope that is too small is 403', async () => {
  const operator = await createToken(server.dataDir, 'reader', 'operator');
  const service = await createToken(server.dataDir, 'calendar', 'service');
  const rows = [
    [operator, 'POST', '/v1/moves', GOOD],
    [operator, 'DELETE', '/v1/moves/x', undefined],
    [operator, 'PUT', '/v1/extension-policy', { preset: 'transparent' }],
    [operator, 'POST', '/v1/domains', { name: 'a.example' }],
    [operator, 'POST', '/v1/tokens', { name: 'x', role: 'admin' }],
    [service, 'GET', '/v1/redirect-logs', undefined],
    [service, 'GET', '/v1/extension-policy', undefined],
    [service, 'POST', '/v1/domains', { name: 'a.example' }],
  ];

  for (const [token, method, path, body] of rows)
    assertProblem(await server.request(method, path, body, { token }), 403, 'FORBIDDEN');
  assert.equal((await server.get('/v1/moves', { token: operator })).status, 200);
  assert.equal((await server.get('/v1/extension-policy')).body.preset, 'standard');
  await assertNothingStored();
});

test('a body over the limit is 413, a body of another type 415', async () => {
  const document = { ...GOOD, note: 'x'.repeat(40 * 1024) };
  const large = await server.post('/v1/moves', document);
  const chunked = await server.post('/v1/moves', document, { chunked: true });
  const form = await server.post('/v1/moves', 'address=sip:a@b', { type: 'application/x-www-form-urlencoded' });

  assertProblem(large, 413, 'TOO_LARGE');
  assertProblem(chunked, 413, 'TOO_LARGE');
  assertProblem(form, 415, 'UNSUPPORTED_MEDIA_TYPE');
  await assertNothingStored();
});

test('what is not there is 404, a method that is not there 405', async () => {
  assertProblem(await server.get('/v1/moves/mov_00000000000000000000000000'), 404, 'NOT_FOUND');
  assertProblem(await server.patch('/v1/moves/x', { note: 'y' }), 404, 'NOT_FOUND');
  assertProblem(await server.delete('/v1/moves/x'), 404, 'NOT_FOUND');
  assertProblem(await server.get('/v1/nothing'), 404, 'NOT_FOUND');
  const put = await server.put('/v1/moves', {});
  assertProblem(put, 405, 'METHOD_NOT_ALLOWED');
  assert.match(put.headers.allow, /POST/);
});

test('a move that overlaps another is 409 and names it', async () => {
  const address = 'sip:overlap@example.com';
  const week = { starts_at: '2031-01-01T00:00:00Z', ends_at: '2031-01-08T00:00:00Z' };
  const first = await server.move(address, 'sip:a@hotel.example.net', week);
  const overlapping = await server.post('/v1/moves', {
    address: 'sip:overlap@EXAMPLE.com', targets: [{ uri: 'sip:b@hotel.example.net' }],
    starts_at: '2031-01-07T23:59:59.999Z',
  });
  const next = await server.move(address, 'sip:b@hotel.example.net', { starts_at: week.ends_at });
  const patched = await server.patch(`/v1/moves/${first.id}`, { ends_at: '2031-01-08T00:00:00.001Z' });

  assertProblem(overlapping, 409, 'MOVE_OVERLAPS');
  assert.deepEqual(overlapping.body.conflicting_ids, [first.id]);
  assert.deepEqual(overlapping.body.conflicting,
    [{ id: first.id, starts_at: first.starts_at, ends_at: first.ends_at }]);
  assert.match(overlapping.body.detail, /This one has no end; give `ends_at`\.$/);
  assert.doesNotMatch(patched.body.detail, /has no end/);
  assertProblem(patched, 409, 'MOVE_OVERLAPS');
  assert.deepEqual(patched.body.conflicting_ids, [next.id]);
  for (const move of [first, next]) {
    const cancelled = await server.delete(`/v1/moves/${move.id}`);
    assert.equal(cancelled.status, 200);
  }
});

test('moves that lead back to where they start are 409 and show the cycle', async () => {
  await server.move('sip:loop-a@example.com', 'sip:loop-b@example.com');
  await server.move('sip:loop-b@example.com', 'sip:loop-c@example.com');
  const answer = await server.post('/v1/moves', {
    address: 'sip:loop-c@example.com',
    targets: [{ uri: 'sip:x@hotel.example.net' }, { uri: 'sips:loop-a@EXAMPLE.com:5071' }],
  });
  const later = await server.post('/v1/moves', {
    address: 'sip:loop-d@example.com', targets: [{ uri: 'sip:loop-a@example.com' }],
  });

  assertProblem(answer, 409, 'MOVE_LOOPS');
  assert.deepEqual(answer.body.cycle, ['sip:loop-c@example.com', 'sip:loop-a@example.com',
    'sip:loop-b@example.com', 'sip:loop-c@example.com']);
  assert.equal(later.status, 201, later.text);
  assert.deepEqual((await server.get('/v1/moves?address=sip:loop-c@example.com')).body.items, []);
});

test('an external id is given once', async () => {
  const first = await server.move('sip:ext-a@example.com', 'sip:a@hotel.example.net', { external_id: 'twice' });
  const second = await server.post('/v1/moves', {
    address: 'sip:ext-b@example.com', targets: GOOD.targets, external_id: 'twice',
  });

  assertProblem(second, 409, 'ALREADY_EXISTS');
  assert.deepEqual(second.body.conflicting_ids, [first.id]);
});

test('a faulty patch changes nothing', async () => {
  const move = await server.move('sip:patched@example.com', 'sip:a@hotel.example.net');
  const answer = await server.patch(`/v1/moves/${move.id}`, {
    note: 'new', targets: [{ uri: 'sip:127.0.0.1' }], ends_at: '2020-01-01T00:00:00Z', id: 'x', nope: 1,
  });

  assertProblem(answer, 422, 'INVALID');
  assert.deepEqual(faults(answer), [
    ['/ends_at', 'END_BEFORE_START'],
    ['/id', 'READ_ONLY_MEMBER'],
    ['/nope', 'UNKNOWN_MEMBER'],
    ['/targets/0/uri', 'BAD_TARGET'],
  ]);
  assert.deepEqual((await server.get(`/v1/moves/${move.id}`)).body, move);
});

test('clients that leave while their change is under way do no harm', async () => {
  const text = (i) => {
    const body = JSON.stringify({ ...GOOD, address: `sip:left${i}@example.com` });
    return `POST /v1/moves HTTP/1.1\r\nHost: 127.0.0.1:${server.httpPort}\r\n` +
      `Authorization: Bearer ${server.token}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${body.length}\r\n\r\n${body}`;
  };
  const leave = (i) => new Promise((resolve, reject) => {
    const socket = connect(server.httpPort, '127.0.0.1', () => {
      socket.write(text(i), () => (i % 2 ? socket.destroy() : socket.resetAndDestroy()));
    });
    socket.on('close', resolve);
    socket.on('error', reject);
  });

  for (let i = 0; i < 200; i += 20)
    await Promise.all(Array.from({ length: 20 }, (unused, j) => leave(i + j)));
  const made = await server.move('sip:stayed@example.com', 'sip:a@hotel.example.net');
  const { body } = await server.get('/v1/moves?q=left&limit=1000');

  assert.equal((await caller.call('sip:stayed@example.com')).status, 302);
  assert.equal(made.state, 'active');
  for (const move of body.items) assert.equal(move.state, 'active');
});

test('no bytes on the SIP socket stop the server from answering', async () => {
  const junk = [Buffer.alloc(0), Buffer.alloc(1), Buffer.from('\r\n\r\n'), Buffer.alloc(60000, 0xff),
    Buffer.from('INVITE'), Buffer.from('INVITE sip: SIP/2.0\r\n\r\n'), Buffer.from('SIP/2.0 200 OK\r\n\r\n'),
    Buffer.from(`INVITE sip:a@b SIP/2.0\r\n${'Via: x\r\n'.repeat(5000)}\r\n`)];
  const errorsBefore = server.output.stderr.length;

  for (const data of junk) caller.sendRaw(data);
  const response = await caller.call('sip:nobody@example.com');

  assert.equal(response.status, 404);
  assert.ok(server.output.stderr.length - errorsBefore < 2000, 'the log is flooded');
});

test('what the type of an error leads to says what it means', async () => {
  const answer = await server.post('/v1/moves', { adress: 'sip:a@example.com' });
  const page = await server.get(answer.body.type, { token: null });
  const none = await server.get('/docs/problems/nothing', { token: null });

  assert.equal(page.status, 200);
  assert.match(page.headers['content-type'], /^text\/plain/);
  assert.match(page.text, /^The values are not valid \(422 INVALID\)\n\n.*every fault/);
  assertProblem(none, 404, 'NOT_FOUND');
});

test('whoever mistypes a member or a parameter is told the known ones', async () => {
  const post = await server.post('/v1/moves', { adress: 'sip:a@example.com', targets: [{ url: 'sip:b@example.com' }] });
  const list = await server.get('/v1/moves?adress=x');
  const live = await server.get('/livez?x=1', { token: null });
  const detail = (answer, place) => answer.body.errors.find(
    (fault) => (fault.pointer ?? fault.parameter) === place).detail;

  assert.equal(detail(post, '/adress'), 'is not a member that is known here: ' +
    'time_zone, address, targets, starts_at, ends_at, permanent, diversion_reason, note, external_id');
  assert.equal(detail(post, '/targets/0/url'), 'is not a member that is known here: uri, q');
  assert.equal(detail(list, 'adress'), 'is not a parameter of this path; it has: format, address, domain, target, ' +
    'external_id, q, active_at, from, until, state, sort, wait, epoch, since_revision, count, limit, cursor');
  assert.equal(detail(live, 'x'), 'is not a parameter of this path, which has none');
});

test('a token of too small a scope is told which roles have it', async () => {
  const token = await createToken(server.dataDir, 'role teller', 'operator');
  const answer = await server.post('/v1/moves', {}, { token });

  assertProblem(answer, 403, 'FORBIDDEN');
  assert.match(answer.body.detail, /the scope moves:write; the roles that have it: admin, helpdesk, service\.$/);
});

test('a mistake that many make is told what was meant', async () => {
  const target = (uri) => ({ address: 'sip:meant@example.com', targets: [{ uri }] });
  const rows = [
    [server.post('/v1/moves', target('x6@foo.example')), /did you mean sip:x6@foo\.example\?$/],
    [server.post('/v1/moves', target('<sip:a@foo.example>')), /leave out the < >/],
    [server.post('/v1/moves', target('sip:a@127.0.0.1')), /\[moves\] allow_local_targets/],
    [server.post('/v1/moves', { address: 'sip:a@example.com', targets: ['sip:b@example.com'] }),
      /^must be an object: \{"uri":"sip:\.\.\."\}, not a string$/],
    [server.put('/v1/extension-policy', { preset: 'x' }), /standard, redirect-server, transparent or refuse-all/],
    [server.get('/v1/moves?address=alice@example.com'), /Did you mean sip:alice@example\.com\?/],
    [server.get('/v1/moves?from=2026-12-01T09:00:00+07:00'), /write its \+ as %2B/],
    [server.get('/v1/moves?limit=0'), /between 1 and 1000/],
  ];

  for (const [asked, pattern] of rows) {
    const answer = await asked;
    assert.match(answer.body.errors?.[0]?.detail ?? answer.text, pattern);
  }
  const twice = await server.post('/v1/moves', '{"note":"a","note":"b"}');
  assert.match(twice.body.detail, /two members of the name note/);
  const foreign = await server.get('/livez', { token: null, headers: { host: 'foreign.example' } });
  assert.equal(foreign.status, 421);
  assert.match(foreign.body.detail, /\[http\] host_names/);
});
