import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually, startServer } from './lib/server.mjs';

let server;
let move;

before(async () => {
  server = await startServer();
  move = await server.move('sip:audited@example.com', 'sip:a@hotel.example.net');
  await server.patch(`/v1/moves/${move.id}`, { note: 'was "changed"' }, { headers: { 'x-request-id': 'change-1' } });
  await server.delete(`/v1/moves/${move.id}`);
});

after(async () => { await server?.stop(); });

function audit(query = '') {
  return server.get(`/v1/audit-events?${query}`);
}

function actions({ body }) {
  return body.items.map((item) => item.action);
}

test('every change is told with who made it, from where, and what was before and after', async () => {
  const { body } = await audit(`object_id=${move.id}`);
  const [, update, creation] = body.items;
  const read = await server.get(`/v1/audit-events/${update.id}`);

  assert.deepEqual(actions({ body }), ['move.end', 'move.update', 'move.create']);
  assert.match(update.id, /^aud_[0-9A-HJKMNP-TV-Z]{13}$/);
  assert.deepEqual(update.actor, { kind: 'token', name: 'test', role: 'admin' });
  assert.equal(update.peer, '127.0.0.1');
  assert.equal(update.request_id, 'change-1');
  assert.equal(update.object_id, move.id);
  assert.ok(Math.abs(Date.parse(update.at) - Date.now()) < 60000);
  assert.equal(creation.before, null);
  assert.equal(creation.revision, move.revision);
  assert.equal(update.before.note, '');
  assert.equal(update.after.note, 'was "changed"');
  assert.deepEqual(read.body, update);
});

test('a log-in, one that is refused and an access that is denied are told, with who and from where', async () => {
  const alice = await server.logIn('alice');
  const sent = { headers: { 'x-request-id': 'told' } };
  await server.post('/v1/sessions', { name: 'alice', password: 'not the password' }, { token: null, headers: { 'x-request-id': 'refused-1' } });
  await server.get('/v1/users', { ...sent, cookie: alice.cookie });
  await server.get('/v1/moves', { ...sent, token: 'smv_wrong' });
  const events = await eventually(async () => (await audit('limit=1000')).body.items, (items) =>
    items.filter(({ action }) => action === 'access.deny').length === 2 && items.some(({ action }) => action === 'session.refuse'));
  const one = (action, kind) => events.find((event) => event.action === action && (!kind || event.actor.kind === kind));

  const begun = one('session.create');
  assert.deepEqual([begun.actor.name, begun.object_id, begun.peer], ['alice', alice.session.id, '127.0.0.1']);
  const refused = one('session.refuse');
  assert.deepEqual([refused.after.name, refused.peer, refused.request_id], ['alice', '127.0.0.1', 'refused-1']);
  const denied = one('access.deny', 'session');
  assert.deepEqual(denied.actor, { kind: 'session', name: 'alice', role: 'user' });
  assert.deepEqual([denied.after.detail, denied.peer, denied.request_id], ['GET /v1/users', '127.0.0.1', 'told']);
  assert.equal(one('access.deny', 'anonymous').after.detail, 'GET /v1/moves');
});

test('no event can be changed, added or deleted', async () => {
  const [event] = (await audit(`object_id=${move.id}&limit=1`)).body.items;
  for (const method of ['PUT', 'PATCH', 'DELETE', 'POST'])
    for (const path of ['/v1/audit-events', `/v1/audit-events/${event.id}`])
      assert.equal((await server.request(method, path, method === 'DELETE' ? undefined : {})).status, 405, `${method} ${path}`);
  assert.deepEqual((await audit(`object_id=${event.object_id}&limit=1`)).body.items[0], event);
});

test('events are found by what they say', async () => {
  const now = encodeURIComponent(new Date(Date.now() + 60000).toISOString());
  const hourAgo = encodeURIComponent(new Date(Date.now() - 3600000).toISOString());
  const all = actions(await audit());

  assert.deepEqual(actions(await audit('action=move.update')), ['move.update']);
  assert.deepEqual(actions(await audit('action=move.*')), ['move.end', 'move.update', 'move.create']);
  assert.deepEqual(actions(await audit('action=mo')), []);
  assert.deepEqual(actions(await audit('request_id=change-1')), ['move.update']);
  assert.deepEqual(actions(await audit('actor=test')).filter((action) => action.startsWith('move.')).length, 3);
  assert.deepEqual(actions(await audit('actor=nobody')), []);
  assert.deepEqual(actions(await audit(`from=${now}`)), []);
  assert.deepEqual(actions(await audit(`from=${hourAgo}&until=${now}`)), all);
  assert.deepEqual(actions(await audit(`object_id=${move.id}&action=move.e*&actor=test&from=${hourAgo}`)), ['move.end']);
});

test('events are walked page by page, newest first', async () => {
  const all = (await audit()).body.items.map(({ id }) => id);
  const seen = [];
  let path = '/v1/audit-events?limit=2';
  for (let pages = 0; path; pages += 1) {
    const answer = await server.get(path);
    seen.push(...answer.body.items.map(({ id }) => id));
    assert.ok(pages < 20, 'the list never ends');
    path = /^<([^>]+)>; rel="next"$/.exec(answer.headers.link ?? '')?.[1];
  }

  assert.ok(all.length >= 4);
  assert.deepEqual(seen, all);
  assert.deepEqual([...all].sort().reverse(), all);
});

test('no secret is in an event', async () => {
  const { body } = await server.post('/v1/tokens', { name: 'secretive', role: 'operator' });
  const password = 'correct horse battery';
  await server.post('/v1/sip-users', { username: 'u', domain: 'example.com', password });
  const { text } = await audit('limit=1000');

  assert.match(text, /token\.create/);
  assert.ok(!text.includes(body.token.split('_')[2]));
  assert.ok(!text.includes(password));
});

test('only who may see the system sees its events', async () => {
  const operator = (await server.post('/v1/tokens', { name: 'watcher', role: 'operator' })).body.token;
  const helpdesk = (await server.post('/v1/tokens', { name: 'desk', role: 'helpdesk' })).body.token;

  assert.equal((await server.get('/v1/audit-events', { token: operator })).status, 200);
  assert.equal((await server.get('/v1/audit-events', { token: helpdesk })).status, 403);
  assert.equal((await server.get('/v1/audit-events', { token: null })).status, 401);
});

test('what is no event, and what is no filter, is told apart', async () => {
  const rows = [
    ['/v1/audit-events/aud_00000000ZZZZZ', 404],
    ['/v1/audit-events/nothing', 404],
    ['/v1/audit-events?from=x', 400],
    ['/v1/audit-events?from=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z', 400],
    ['/v1/audit-events?cursor=x', 400],
    ['/v1/audit-events?zzz=1', 400],
  ];

  for (const [path, status] of rows) assert.equal((await server.get(path)).status, status, path);
});

// Of each kind that the audit tells of, with what is not a default.
const OBJECTS = [
  ['/v1/moves', { address: 'sip:words@example.com', targets: [{ uri: 'sip:w@hotel.example.net', q: 0.5 }],
    ends_at: '2030-01-01T00:00:00.125Z', time_zone: 'Asia/Jakarta', diversion_reason: 'away' }],
  ['/v1/domains', { name: 'words.example', otherwise: { action: 'redirect', target_template: 'sip:{user}@pbx.example.net' },
    retry_after: { mode: 'fixed', seconds: 30 }, answer_style: { contact_expires: 'next_change', diversion: true } }],
  ['/v1/addresses', { uri: 'sip:known@words.example' }],
  ['/v1/target-rules', { action: 'deny', kind: 'country', value: 'ID', role: 'helpdesk' }],
  ['/v1/source-rules', { network: '192.0.2.0/24', action: 'deny' }],
  ['/v1/bans', { network: '192.0.2.7', expires_at: '2030-01-01T00:00:00.000Z' }],
  ['/v1/bans', { network: '192.0.2.8', expires_at: null }],
  ['/v1/scanner-patterns', { header: 'from', match: 'prefix', text: 'sip:scan', action: 'ban', ban_seconds: 60 }],
  ['/v1/scanner-patterns', { text: 'scanner', action: 'drop' }],
  ['/v1/peer-profiles', { name: 'desk', network: '198.51.100.0/24', answer_style: { status: 300, one_header: true } }],
  ['/v1/users', { name: 'words', role: 'helpdesk', language: 'id' }],
  ['/v1/tokens', { name: 'words', role: 'service', networks: ['192.0.2.0/24', '2001:db8::/32'] }],
  ['/v1/sip-users', { username: 'words', domain: 'words.example', password: 'a password of words' }],
];

test('what was before and after is told in the words of the object itself', async () => {
  const told = async ({ id }) => (await audit(`object_id=${id}&limit=1`)).body.items[0];
  const all = [];
  for (const [path, document] of OBJECTS) {
    const made = await server.post(path, document);
    assert.equal(made.status, 201, `${path}: ${made.text}`);
    const { before: nothing, after } = await told(made.body);
    assert.equal(nothing, null);
    // Every member of the audit that the object has, too, is the same there.
    const shared = Object.keys(after).filter((name) => name in made.body);
    assert.ok(shared.length >= 3 && Object.keys(after).every((name) => !/_ms$|permille/.test(name)), Object.keys(after).join());
    for (const name of shared) assert.deepEqual(after[name], made.body[name], `${path} ${name}`);

    const member = ['note', 'display_name'].find((name) => name in after && name in made.body);
    if (member) assert.equal((await server.patch(`${path}/${made.body.id}`, { [member]: 'another' })).status, 200, path);
    const changed = await told(made.body);
    if (member) assert.deepEqual([changed.before, changed.after], [after, { ...after, [member]: 'another' }], path);
    all.unshift({ path: `${path}/${made.body.id}`, of: made.body, last: changed.after });
  }
  for (const { path, of, last } of all) {
    assert.ok((await server.delete(path)).status <= 204, path);
    assert.deepEqual((await told(of)).before, last, path);
  }
});

for (const [path, change] of [
  ['/v1/source-limit', { limit_private: true, rate: 40 }],
  ['/v1/target-policy', { default_number_action: 'deny', longest_move_days: 90 }],
  ['/v1/domains/:id/authentication', { required: true, algorithms: ['SHA-256', 'MD5'] }],
])
  test(`a change to ${path} is told in its words`, async () => {
    const [domain] = (await server.get('/v1/domains')).body.items;
    const at = path.replace(':id', domain.id);
    const { headers, body: before_ } = await server.get(at);
    delete before_.revision;
    delete before_.updated_at;
    delete before_.domain;
    const changed = await server.put(at, { ...before_, ...change }, { headers: { 'if-match': headers.etag } });
    assert.equal(changed.status, 200, changed.text);
    const { after: told } = (await audit('limit=1')).body.items[0];
    for (const name of Object.keys(told)) assert.deepEqual(told[name], changed.body[name], name);
  });
