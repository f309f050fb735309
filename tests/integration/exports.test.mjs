// All moves as one file, and back again.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { eventually, startServer } from './lib/server.mjs';
import { Caller } from './lib/sip.mjs';

const CSV = 'text/csv';
const NDJSON = 'application/x-ndjson';
const MANY = 3000;

let server;

before(async () => {
  server = await startServer();
  const rows = Array.from({ length: MANY }, (_, i) => (
    `sip:u${i}@example.com,sip:u${i}@hotel.example.net,0.5,tel:+1555${1000 + i},2030-01-01T00:00:00Z,,"n ""${i}"", é",e${i}`));
  const answer = await server.request('POST', '/v1/move-imports',
    `address,target_1,q_1,target_2,starts_at,ends_at,note,external_id\n${rows.join('\n')}`, { type: CSV });
  assert.equal(answer.status, 201, answer.text);
});

after(async () => { await server?.stop(); });

function lines(text) {
  const all = text.split(/\r?\n/);
  assert.equal(all.pop(), '');
  return all;
}

async function documents() {
  const items = [];
  for (let cursor = ''; cursor !== null;) {
    const { body } = await server.get(`/v1/moves?limit=1000&sort=created_at${cursor && `&cursor=${cursor}`}`);
    items.push(...body.items);
    cursor = body.next_cursor;
  }
  return items;
}

test('NDJSON has each move as its document, and says that it is whole', async () => {
  const { status, headers, text } = await server.get('/v1/moves?format=ndjson');
  const rows = lines(text).map((line) => JSON.parse(line));
  const end = rows.pop();

  assert.equal(status, 200);
  assert.equal(headers['content-type'], NDJSON);
  assert.match(headers['content-disposition'], /^attachment; filename="moves-\d{4}-\d\d-\d\dT\d{6}Z\.ndjson"$/);
  assert.equal(headers['cache-control'], 'no-store');
  assert.deepEqual(end, { _end: true, count: MANY, revision: end.revision, last_revision: end.revision });
  assert.deepEqual(rows, await documents());
});

test('CSV has each move as a line, and says that it is whole', async () => {
  const { headers, text } = await server.get('/v1/moves', { headers: { accept: 'application/json;q=0.1, text/csv' } });
  const rows = lines(text);
  const end = rows.pop();

  assert.equal(headers['content-type'], 'text/csv; charset=utf-8');
  assert.match(rows[0], /^id,address,target_1,q_1,.*,q_8,starts_at,ends_at,time_zone,permanent,diversion_reason,note,external_id,state,/);
  assert.equal(rows.length, MANY + 1);
  assert.match(end, new RegExp(`^#end,${MANY},(\\d+),\\1$`));
  assert.match(rows[1], /^mov_\w+,sip:u0@example\.com,sip:u0@hotel\.example\.net,0\.500,tel:\+15551000,1\.000,,/);
  assert.match(rows[1], /,2030-01-01T00:00:00\.000Z,,,false,[a-z]+,"n ""0"", é",e0,scheduled,/);
});

test('the filters of the list hold, and what belongs to pages is refused', async () => {
  const one = await server.get('/v1/moves?format=ndjson&external_id=e17');
  const none = await server.get('/v1/moves?format=csv&state=active');

  assert.equal(lines(one.text).length, 2);
  assert.equal(JSON.parse(lines(one.text)[0]).address, 'sip:u17@example.com');
  assert.equal(lines(none.text).length, 2);
  for (const query of ['limit=5', 'sort=address', 'cursor=x', 'state=gone', 'zzz=1'])
    assert.equal((await server.get(`/v1/moves?format=csv&${query}`)).status, 400, query);
  assert.equal((await server.get('/v1/moves?format=xml')).status, 400);
  assert.equal((await server.get('/v1/moves', { headers: { accept: 'text/html' } })).status, 406);
  assert.equal((await server.get('/v1/moves?format=json')).body.items.length, 50);
  for (let i = 0; i < 3; i++) {
    const head = await server.request('HEAD', '/v1/moves?format=csv');
    assert.deepEqual([head.status, head.text, head.headers['content-length']], [200, '', undefined]);
  }
});

test('what was exported is unchanged when it is imported here, and the same when it is imported elsewhere', async () => {
  const ended = await server.move('sip:over@example.com', 'sip:o@hotel.example.net');
  await server.move('sip:zone@example.com', 'sip:z@hotel.example.net', {
    starts_at: '2030-03-01T09:00:00', time_zone: 'Asia/Jakarta', permanent: true, note: '=1+1' });
  await server.move('sip:quote@example.com', 'sip:z@hotel.example.net', { note: "'=1+1, 'x'" });
  await eventually(() => server.delete(`/v1/moves/${ended.id}`), ({ body }) => body.state !== 'active');
  const known = (await documents()).filter(({ state }) => !['ended', 'cancelled'].includes(state));
  const told = (moves) => moves.map(({ id, created_at: a, updated_at: b, revision, ...rest }) => rest)
    .sort((a, b) => (a.address < b.address ? -1 : 1));

  for (const [format, type] of [['csv', CSV], ['csv&raw=true', CSV], ['ndjson', NDJSON]]) {
    const { text } = await server.get(`/v1/moves?format=${format}`);
    const query = format.includes('raw') ? '?raw=true' : '';
    const here = await server.request('POST', `/v1/move-imports${query}`, text, { type });
    const other = await startServer({});
    try {
      const there = await other.request('POST', `/v1/move-imports${query}`, text, { type });
      assert.deepEqual([here.status, here.body.unchanged, here.body.skipped], [201, known.length, 1], here.text);
      assert.deepEqual([there.status, there.body.created, there.body.skipped], [201, known.length, 1], there.text);
      const back = lines((await other.get('/v1/moves?format=ndjson')).text).map((line) => JSON.parse(line));
      back.pop();
      assert.deepEqual(told(back), told(known));
    } finally {
      await other.stop();
    }
  }
});

test('a cell that a spreadsheet would take for a formula is guarded, unless it is asked for as it is', async () => {
  const guarded = await server.get('/v1/moves?format=csv&address=sip:zone@example.com');
  const raw = await server.get('/v1/moves?format=csv&raw=true&address=sip:zone@example.com');
  const quoted = await server.get('/v1/moves?format=csv&address=sip:quote@example.com');

  assert.match(guarded.text, /,'=1\+1,/);
  assert.match(raw.text, /,=1\+1,/);
  assert.match(quoted.text, /,"''=1\+1, 'x'",/);
});

test('the redirect log is exported as well, newest first, with what is no text made harmless', async () => {
  const caller = await Caller.open(server.sipPort);
  try {
    for (let i = 0; i < 250; i++)
      await caller.call(`sip:nobody${i}@example.com`, { headers: ['User-Agent: =cmd|é'] });
  } finally {
    caller.close();
  }
  const { body: { items: [newest] } } = await eventually(() => server.get('/v1/redirect-logs?limit=1000'),
    ({ body }) => body.items.length === 250);
  const json = lines((await server.get('/v1/redirect-logs?format=ndjson')).text).map((line) => JSON.parse(line));
  const csv = lines((await server.get('/v1/redirect-logs?format=csv')).text);

  assert.deepEqual(json.at(-1), { _end: true, count: 250 });
  assert.deepEqual(json[0], newest);
  assert.equal(new Set(json.map(({ id }) => id)).size, 251);
  assert.equal(csv.length, 252);
  assert.match(csv[0], /^id,received_at,method,request_uri,/);
  assert.equal(csv.at(-1), '#end,250');
  assert.ok(csv.slice(1, -1).every((line) => line.includes(",'=cmd|")), csv[1]);
  assert.equal((await server.get('/v1/redirect-logs?format=csv&limit=3')).status, 400);
});

// Asks, reads nothing, and holds what comes.
async function slowExport() {
  const socket = connect(server.httpPort, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(`GET /v1/moves?format=ndjson HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${server.token}\r\n\r\n`);
  await once(socket, 'readable'); /* it has begun */
  return socket;
}

test('slow clients hold up nobody, have their places, and give them back', async () => {
  // More than the sockets hold.
  for (let part = 0; part < 5; part++) {
    const rows = Array.from({ length: 3000 }, (_, i) => (
      `sip:s${part}-${i}@example.com,sip:s${i}@hotel.example.net,2030-01-01T00:00:00Z,${'x'.repeat(400)}`));
    const answer = await server.request('POST', '/v1/move-imports',
      `address,target_1,starts_at,note\n${rows.join('\n')}`, { type: CSV });
    assert.equal(answer.status, 201, answer.text);
  }
  const slow = [];
  for (let i = 0; i < 4; i++) slow.push(await slowExport());
  const refused = await server.get('/v1/moves?format=csv&external_id=e1');
  await server.move('sip:meanwhile@example.com', 'sip:m@hotel.example.net');

  assert.equal(refused.status, 429);
  assert.ok(Number(refused.headers['retry-after']) > 0);
  for (const socket of slow) socket.destroy();
  await eventually(() => server.get('/v1/moves?format=csv&external_id=e1'), ({ status }) => status === 200);
});

test('a move that is made during an export is left out, and the end mark tells of the change', async () => {
  const socket = await slowExport();
  await server.move('sip:during@example.com', 'sip:m@hotel.example.net');
  let text = '';
  socket.on('data', (part) => { text += part; });
  socket.resume();
  await eventually(async () => text.length, () => text.endsWith('\r\n0\r\n\r\n'), 60000);

  assert.ok(!text.includes('sip:during@example.com'));
  const [, revision, last] = /"_end":true,"count":\d+,"revision":"(\d+)","last_revision":"(\d+)"/.exec(text);
  assert.equal(Number(last), Number(revision) + 1);
  socket.destroy();
});

test('an export breaks off when its token is revoked', async () => {
  const { body } = await server.post('/v1/tokens', { name: 'exports', role: 'operator' });
  const socket = connect(server.httpPort, '127.0.0.1');
  socket.write(`GET /v1/moves?format=ndjson HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${body.token}\r\n\r\n`);
  // The first of it has come; the rest does not fit into what lies between.
  await once(socket, 'readable');
  await server.delete(`/v1/tokens/${body.id}`);
  const parts = [];
  socket.on('error', () => {});
  for await (const part of socket) parts.push(part);
  const text = Buffer.concat(parts).toString();

  assert.match(text, /^HTTP\/1\.1 200 /);
  assert.doesNotMatch(text, /"_end"/);
});
