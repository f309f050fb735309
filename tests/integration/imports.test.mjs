// Many moves in one request: CSV, NDJSON and JSON; all or none, or the good ones.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { eventually, startServer } from './lib/server.mjs';

const CSV = 'text/csv';
const NDJSON = 'application/x-ndjson';
const JSON_TYPE = 'application/json';
const HEADER = 'address,target_1,starts_at,ends_at,external_id\n';
const TIMES = '2030-01-01T00:00:00Z,2030-02-01T00:00:00Z';

let server;

before(async () => {
  server = await startServer();
  await server.post('/v1/domains', { name: 'example.com' });
});

after(async () => { await server?.stop(); });

function send(body, { type = CSV, query = '', token } = {}) {
  return server.request('POST', `/v1/move-imports${query}`, body, { type, ...(token && { token }) });
}

async function movesOf(address) {
  const { body } = await server.get(`/v1/moves?address=${encodeURIComponent(address)}&sort=starts_at`);
  return body.items.map(({ targets, external_id: id, state }) => ({ to: targets[0].uri, id, state }));
}

function counts({ rows, created, updated, unchanged, skipped, failed }) {
  return { rows, created, updated, unchanged, skipped, failed };
}

function countsOf(more) {
  return { rows: 0, created: 0, updated: 0, unchanged: 0, skipped: 0, failed: 0, ...more };
}

async function count() {
  const { body } = await server.get('/v1/moves?limit=1000');
  return body.items.length;
}

test('each format makes the same moves', async () => {
  const document = (user) => ({
    address: `sip:${user}@example.com`,
    targets: [{ uri: `sip:${user}@one.example.net`, q: 0.5 }, { uri: 'tel:+62215550100' }],
    starts_at: '2030-12-01T09:00:00', ends_at: '2030-12-08T18:00:00', time_zone: 'Asia/Jakarta',
    permanent: true, note: 'a "quoted", note; é', external_id: `format-${user}`,
  });
  const csv = 'address;target_1;q_1;target_2;starts_at;ends_at;time_zone;permanent;note;external_id\r\n'
    + 'sip:csv@example.com;sip:csv@one.example.net;0,5;tel:+62215550100;2030-12-01T09:00:00;2030-12-08T18:00:00;'
    + 'Asia/Jakarta;TRUE;"a ""quoted"", note; é";format-csv\r\n\r\n';
  const sent = {
    csv: await send(`\ufeff${csv}`),
    ndjson: await send(`${JSON.stringify(document('ndjson'))}\n\n`, { type: NDJSON }),
    json: await send(JSON.stringify([document('json')], null, 2), { type: JSON_TYPE }),
    items: await send(`{ "items" : [${JSON.stringify(document('items'))}] }`, { type: JSON_TYPE }),
  };

  for (const [user, answer] of Object.entries(sent)) {
    assert.equal(answer.status, 201, answer.text);
    assert.deepEqual(counts(answer.body), countsOf({ rows: 1, created: 1 }));
    assert.equal(answer.headers.location, `/v1/move-imports/${answer.body.id}`);
    const record = await server.get(answer.headers.location);
    const again = await server.get(answer.headers.location, { headers: { 'if-none-match': record.headers.etag } });
    assert.deepEqual([record.body, again.status], [answer.body, 304]);
    const { body: { items: [move] } } = await server.get(`/v1/moves?external_id=format-${user}`);
    assert.equal(move.starts_at, '2030-12-01T02:00:00.000Z');
    for (const [name, value] of Object.entries(document(user))) {
      if (name === 'targets') assert.deepEqual(move.targets, [{ ...value[0] }, { ...value[1], q: 1 }]);
      else if (!name.endsWith('_at')) assert.deepEqual(move[name], value);
    }
  }
});

test('who does not want the record gets its place alone', async () => {
  const answer = await server.request('POST', '/v1/move-imports', '[]', { type: JSON_TYPE, headers: { prefer: 'return=minimal' } });
  assert.deepEqual([answer.status, answer.text], [204, '']);
  assert.match(answer.headers.location, /^\/v1\/move-imports\/imp_/);
});

test('an empty list is an import of nothing', async () => {
  for (const [type, body] of [[CSV, HEADER], [NDJSON, '\n'], [JSON_TYPE, '[ ]'], [JSON_TYPE, '{"items":[]}']]) {
    const answer = await send(body, { type });
    assert.equal(answer.status, 201, answer.text);
    assert.deepEqual(counts(answer.body), countsOf());
  }
});

test('a row with several faults tells all of them, in the order of its columns', async () => {
  const header = 'external_id,ends_at,target_1,q_1,address,starts_at\n';
  const csv = await send(`${header}not visible,whenever,mailto:x@y,2,nonsense,2030-13-01\n`);
  const json = await send(JSON.stringify([{ external_id: 'not visible', starts_at: '2030-13-01', ends_at: 'whenever',
    targets: [{ uri: 'mailto:x@y', q: 2 }], address: 'nonsense' }]), { type: JSON_TYPE });

  assert.deepEqual(csv.body.errors.map(({ column }) => column), header.trim().split(','));
  assert.deepEqual(json.body.errors.map(({ pointer }) => pointer),
    ['/address', '/targets/0/uri', '/targets/0/q', '/starts_at', '/ends_at', '/external_id']);
});

test('an atomic import tells of every bad row, with its line, and stores nothing', async () => {
  const at = 'example.com';
  await server.move(`sip:taken@${at}`, 'sip:a@hotel.example.net');
  const before_ = await count();
  const rows = [
    [`sip:good@${at},sip:g@hotel.example.net,${TIMES},`, null],
    [`nonsense,sip:g@hotel.example.net,${TIMES},`, ['address', 'BAD_ADDRESS']],
    [`sip:b@${at},mailto:x@y,${TIMES},`, ['target_1', 'BAD_TARGET']],
    [`sip:c@${at},,${TIMES},`, ['target_1', 'MISSING_MEMBER']],
    [`sip:d@${at},sip:d@hotel.example.net,2030-13-01,,`, ['starts_at', 'BAD_TIME']],
    [`sip:e@${at},sip:e@hotel.example.net,2030-02-01T00:00:00Z,2030-01-01T00:00:00Z,`, ['ends_at', 'END_BEFORE_START']],
    [`sip:f@${at},sip:f@hotel.example.net,2020-01-01T00:00:00Z,2020-02-01T00:00:00Z,`, ['ends_at', 'ENDS_IN_PAST']],
    [`sip:taken@${at},sip:t@hotel.example.net,${TIMES},`, [null, 'MOVE_OVERLAPS']],
    [`sip:good@${at},sip:h@hotel.example.net,${TIMES},`, [null, 'MOVE_OVERLAPS']],
    [`sip:l1@${at},sip:l2@${at},${TIMES},`, null],
    [`sip:l2@${at},sip:l1@${at},${TIMES},`, [null, 'MOVE_LOOPS']],
    [`sip:i@${at},sip:i@hotel.example.net,${TIMES},not visible`, ['external_id', 'BAD_FORMAT']],
    ['too,few', ['', 'BAD_FORMAT']],
    [`"sip:q@${at}","sip:q\n@hotel.example.net",${TIMES},`, ['target_1', 'BAD_TARGET']],
    [`sip:last@${at},sip:last@last.example.net,whenever,,`, ['starts_at', 'BAD_TIME']],
  ];
  const answer = await send(HEADER + rows.map(([row]) => row).join('\n'));
  const expected = rows.flatMap(([, error], i) => (error
    ? [{ row: i + 1, line: i + 2 + (i > 13 ? 1 : 0), column: error[0] || null, code: error[1] }] : []));

  assert.equal(answer.status, 422, answer.text);
  assert.equal(answer.body.code, 'IMPORT_REFUSED');
  assert.deepEqual(answer.body.errors.map(({ row, line, column, code }) => ({ row, line, column, code })), expected);
  assert.deepEqual(counts(answer.body), countsOf({ rows: rows.length, failed: expected.length }));
  assert.equal(await count(), before_);
  assert.deepEqual(await movesOf(`sip:good@${at}`), []);
});

test('rows of JSON are told of by pointer, and a line that is no JSON spoils no other', async () => {
  const good = { address: 'sip:n1@example.com', targets: [{ uri: 'sip:n@hotel.example.net' }] };
  const body = [good, { ...good, targets: [{ uri: 'sip:n@hotel.example.net', q: 2 }] }, { ...good, typo: 1 },
    { ...good, address: 'sip:n2@example.com' }].map((row) => JSON.stringify(row));
  body.splice(2, 0, '{"address": nothing}');
  const answer = await send(body.join('\n'), { type: NDJSON, query: '?mode=partial' });

  assert.equal(answer.status, 201, answer.text);
  assert.deepEqual(answer.body.errors.map(({ row, line, pointer, code }) => [row, line, pointer, code]), [
    [2, 2, '/targets/0/q', 'OUT_OF_RANGE'], [3, 3, null, 'BAD_FORMAT'], [4, 4, '/typo', 'UNKNOWN_MEMBER']]);
  assert.deepEqual(counts(answer.body), countsOf({ rows: 5, created: 2, failed: 3 }));
  assert.equal(answer.body.error_count, 3);
  assert.deepEqual((await server.get(answer.headers.location)).body, answer.body);
});

test('a partial import keeps the good rows, and its record tells of the others', async () => {
  const rows = Array.from({ length: 1200 }, (_, i) => (
    `sip:p${i}@example.com,${i % 100 === 7 ? 'nonsense' : `sip:p${i}@hotel.example.net`},${TIMES},`));
  const answer = await send(HEADER + rows.join('\n'), { query: '?mode=partial' });
  const { body } = await server.get('/v1/move-imports?limit=1');

  assert.equal(answer.status, 201, answer.text);
  assert.deepEqual(counts(answer.body), countsOf({ rows: 1200, created: 1188, failed: 12 }));
  assert.equal(answer.body.state, 'complete');
  assert.deepEqual(body.items[0], (({ errors, ...rest }) => rest)(answer.body));
  assert.equal((await movesOf('sip:p1199@example.com')).length, 1);
  assert.equal((await movesOf('sip:p1107@example.com')).length, 0);
});

test('a dry run tells what would be, and stores nothing', async () => {
  const before_ = await count();
  const revision = (await server.get('/v1/move-imports?limit=1')).body.items[0].id;
  const body = `${HEADER}sip:dry@example.com,sip:d@hotel.example.net,${TIMES},\n`;
  const good = await send(body, { query: '?dry_run=true' });
  const partial = await send(`${body}bad,sip:d@hotel.example.net,${TIMES},\n`, { query: '?dry_run=true&mode=partial' });
  const atomic = await send(`${body}bad,sip:d@hotel.example.net,${TIMES},\n`, { query: '?dry_run=true' });

  assert.deepEqual([good.status, good.body.id, good.headers.location], [200, null, undefined]);
  assert.deepEqual(counts(good.body), countsOf({ rows: 1, created: 1 }));
  assert.equal(partial.status, 200);
  assert.deepEqual(counts(partial.body), countsOf({ rows: 2, created: 1, failed: 1 }));
  assert.equal(atomic.status, 422);
  assert.equal(await count(), before_);
  assert.equal((await server.get('/v1/move-imports?limit=1')).body.items[0].id, revision);
});

test('external_id and id find the move that a row changes', async () => {
  const row = (to, id = 'up-1') => `sip:up@example.com,sip:${to}@hotel.example.net,${TIMES},${id}\n`;
  const first = await send(HEADER + row('one'));
  const same = await send(HEADER + row('one'));
  const other = await send(HEADER + row('two'));
  const [move] = (await server.get('/v1/moves?external_id=up-1')).body.items;
  const byId = await send(`id,address,target_1\n${move.id},sip:up@example.com,sip:three@hotel.example.net\n`);
  const after_ = (await server.get(`/v1/moves/${move.id}`)).body;

  assert.deepEqual([first, same, other, byId].map(({ body }) => counts(body)), [
    countsOf({ rows: 1, created: 1 }), countsOf({ rows: 1, unchanged: 1 }),
    countsOf({ rows: 1, updated: 1 }), countsOf({ rows: 1, updated: 1 })]);
  assert.equal(move.targets[0].uri, 'sip:two@hotel.example.net');
  assert.equal(after_.targets[0].uri, 'sip:three@hotel.example.net');
  assert.deepEqual([after_.starts_at, after_.ends_at, after_.external_id], [move.starts_at, null, null]);
  await server.delete(`/v1/moves/${move.id}`);
  assert.deepEqual(counts((await send(HEADER + row('four'))).body), countsOf({ rows: 1, created: 1 }));
});

test('an overlap fails, is skipped, or replaces the other', async () => {
  const address = 'sip:clash@example.com';
  const body = `${HEADER}${address},sip:new@hotel.example.net,${TIMES},\n`;
  await server.move(address, 'sip:old@hotel.example.net');
  const fail = await send(body, { query: '?mode=partial' });
  const skip = await send(body, { query: '?on_conflict=skip' });
  assert.deepEqual((await movesOf(address)).map(({ to }) => to), ['sip:old@hotel.example.net']);
  const replace = await send(body, { query: '?on_conflict=replace' });

  assert.deepEqual([fail, skip, replace].map((answer) => counts(answer.body)), [
    countsOf({ rows: 1, failed: 1 }), countsOf({ rows: 1, skipped: 1 }), countsOf({ rows: 1, created: 1 })]);
  assert.match(fail.body.errors[0].detail, /mov_/);
  assert.deepEqual((await movesOf(address)).map(({ state }) => state).sort(), ['cancelled', 'scheduled']);
});

test('an unknown domain needs the right to serve it', async () => {
  const { token } = (await server.post('/v1/tokens', { name: 'import helper', role: 'helpdesk' })).body;
  const reader = (await server.post('/v1/tokens', { name: 'import reader', role: 'operator' })).body.token;
  const body = `${HEADER}sip:a@elsewhere.example,sip:a@hotel.example.net,${TIMES},\n`;
  const refused = await send(body, { token });

  assert.equal(refused.status, 422);
  assert.deepEqual([refused.body.errors[0].code, refused.body.errors[0].column], ['UNKNOWN_DOMAIN', 'address']);
  assert.equal((await send(body, { token: reader })).status, 403);
  assert.equal((await send(body)).status, 201);
});

test('what cannot be read is refused as a whole, and says where', async () => {
  const row = `sip:x@example.com,sip:x@hotel.example.net,${TIMES},\n`;
  const rows = [
    [CSV, '\n', 'MALFORMED_CSV'],
    [CSV, 'address,target_1,colour\n', 'UNKNOWN_MEMBER'],
    [CSV, 'address,note\n', 'MISSING_MEMBER'],
    [CSV, 'address,target_1,address\n', 'DUPLICATE'],
    [CSV, `${HEADER}"sip:x`, 'MALFORMED_CSV'],
    [CSV, `${HEADER}si"p:x,b,c,d,e\n`, 'MALFORMED_CSV'],
    [CSV, `${HEADER}"a"b,b,c,d,e\n`, 'MALFORMED_CSV'],
    [CSV, `${HEADER}${'x'.repeat(70000)}\n`, 'MALFORMED_CSV'],
    [CSV, `${HEADER}${row}#end,2,,,\n`, 'TRUNCATED'],
    [CSV, `${HEADER}#end,0,,,\n${row}`, 'TRUNCATED'],
    [NDJSON, '{"_end":true,"count":1}\n', 'TRUNCATED'],
    [JSON_TYPE, '[', 'MALFORMED_JSON'],
    [JSON_TYPE, '[{}', 'MALFORMED_JSON'],
    [JSON_TYPE, '[{},]', 'MALFORMED_JSON'],
    [JSON_TYPE, '[] []', 'MALFORMED_JSON'],
    [JSON_TYPE, '{"items":[]', 'MALFORMED_JSON'],
    [JSON_TYPE, '{"moves":[]}', 'MALFORMED_JSON'],
    [JSON_TYPE, '[1]', 'MALFORMED_JSON'],
    [JSON_TYPE, '"["', 'MALFORMED_JSON'],
    [NDJSON, `{"note":"${'x'.repeat(70000)}"}`, 'MALFORMED_JSON'],
  ];

  for (const [type, body, code] of rows) {
    const answer = await send(body, { type });
    assert.equal(answer.status, 422, `${body.slice(0, 80)}: ${answer.text}`);
    assert.ok(answer.body.errors.some((error) => error.code === code), `${body.slice(0, 80)}: ${answer.text}`);
    assert.ok(answer.body.errors.every((error) => error.line >= 1), answer.text);
  }
  assert.deepEqual(await movesOf('sip:x@example.com'), []);
});

test('the body has to be of a known type, and the query of known words', async () => {
  const foreign = await send('x', { type: 'text/plain' });

  assert.equal(foreign.status, 415);
  assert.equal(foreign.headers['accept-post'], 'text/csv, application/x-ndjson, application/json, text/calendar');
  for (const query of ['?mode=some', '?on_conflict=ask', '?dry_run=perhaps', '?limit=1']) {
    const answer = await send(HEADER, { query });
    assert.deepEqual([query, answer.status], [query, 400]);
  }
  assert.equal((await server.get('/v1/move-imports/imp_00000000000000000000000000')).status, 404);
});

test('a body that is too large, by its length or by what comes, is 413', async () => {
  const socket = connect(server.httpPort, '127.0.0.1');
  await once(socket, 'connect');
  socket.write('POST /v1/move-imports HTTP/1.1\r\nHost: localhost\r\n'
    + `Authorization: Bearer ${server.token}\r\nContent-Type: text/csv\r\nContent-Length: 67108865\r\n\r\n`);
  const [data] = await once(socket, 'data');
  assert.match(String(data), /^HTTP\/1.1 413 /);
  socket.destroy();
});

test('a client that leaves in the middle leaves nothing of an atomic import', async () => {
  const before_ = await count();
  const body = HEADER + `sip:gone@example.com,sip:g@hotel.example.net,${TIMES},\n`.repeat(2000);
  const socket = connect(server.httpPort, '127.0.0.1');
  await once(socket, 'connect');
  await new Promise((sent) => {
    socket.write('POST /v1/move-imports HTTP/1.1\r\nHost: localhost\r\n'
      + `Authorization: Bearer ${server.token}\r\nContent-Type: text/csv\r\nContent-Length: ${body.length * 2}\r\n\r\n${body}`, sent);
  });
  socket.destroy();

  assert.equal((await server.get('/livez')).status, 200);
  assert.equal(await count(), before_);
  assert.deepEqual(await movesOf('sip:gone@example.com'), []);
});

// A sanitized build takes a tenth, in the same steps.
const MANY = /san$/.test(process.env.SIPMOVED_MODE ?? '') ? 10000 : 100000;

test('more than 100,000 rows are refused, and 100,000 are taken, while calls to the API go on', async () => {
  const rows = Array.from({ length: MANY }, (_, i) => `sip:m${i}@example.com,sip:m${i}@hotel.example.net,${TIMES},m-${i}`);
  const over = await server.request('POST', '/v1/move-imports?mode=partial&dry_run=true',
    `${HEADER}${'x\n'.repeat(100001)}`, { type: CSV });
  const running = postLong(HEADER + rows.join('\n'));
  const during = await server.get('/livez');
  const answer = await running;

  assert.equal(during.status, 200);
  assert.equal(over.status, 200, over.text.slice(0, 300));
  assert.deepEqual([over.body.failed, over.body.errors.length, over.body.error_count], [100000, 1000, 100001]);
  assert.equal(answer.status, 201, answer.text.slice(0, 300));
  assert.deepEqual(counts(answer.body), countsOf({ rows: MANY, created: MANY }));
  assert.equal((await movesOf(`sip:m${MANY - 1}@example.com`)).length, 1);
  if (!(await readFile(`/proc/${server.child.pid}/maps`, 'utf8')).includes('libasan')
    && !(await readFile(`/proc/${server.child.pid}/maps`, 'utf8')).includes('libtsan')) {
    const [, peak] = /VmHWM:\s+(\d+) kB/.exec(await readFile(`/proc/${server.child.pid}/status`, 'utf8'));
    assert.ok(Number(peak) < 400000, `${peak} kB`);
  }
  await eventually(() => server.get('/readyz'), ({ status }) => status === 200);
});

// Without the client's patience of a few seconds.
async function postLong(body) {
  const socket = connect(server.httpPort, '127.0.0.1');
  await once(socket, 'connect');
  socket.write('POST /v1/move-imports HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n'
    + `Authorization: Bearer ${server.token}\r\nContent-Type: text/csv\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`);
  socket.write(body);
  let text = '';
  for await (const part of socket) text += part;
  return { status: Number(text.slice(9, 12)), text, body: JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4)) };
}

test('rows that come after the token was revoked are not imported', async () => {
  const { body } = await server.post('/v1/tokens', { name: 'imports', role: 'admin' });
  const made = async () => (await server.get('/v1/moves?address=sip:revoked*&limit=1000')).body.items.length;
  const rows = (from) => Array.from({ length: 600 }, (_, i) => (
    `sip:revoked${from + i}@example.com,sip:a@hotel.example.net,${TIMES},\n`)).join('');
  const socket = connect(server.httpPort, '127.0.0.1');
  const chunk = (text) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
  socket.write('POST /v1/move-imports?mode=partial HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n'
    + `Authorization: Bearer ${body.token}\r\nContent-Type: text/csv\r\nTransfer-Encoding: chunked\r\n\r\n`);
  socket.write(chunk(HEADER + rows(0)));
  const part = await eventually(made, (now) => now > 0);
  await server.delete(`/v1/tokens/${body.id}`);
  socket.end(`${chunk(rows(600))}0\r\n\r\n`);
  let text = '';
  for await (const data of socket) text += data;

  assert.match(text, /^HTTP\/1\.1 401 /);
  assert.equal(await made(), part);
});
