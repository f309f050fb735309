// Where calls may be sent: rules on targets, judged when a move is written and
// again when a call comes.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createToken, eventually, startServer } from './lib/server.mjs';
import { Caller, contacts } from './lib/sip.mjs';

const YEAR_2030 = '2030-06-01T00:00:00Z';
const day = (n) => new Date(Date.parse(YEAR_2030) + n * 86400000).toISOString();

let server;
let caller;
let helpdesk;
let service;
let people = 0;

before(async () => {
  server = await startServer();
  caller = await Caller.open(server.sipPort);
  helpdesk = await createToken(server.dataDir, 'desk', 'helpdesk');
  service = await createToken(server.dataDir, 'calendar', 'service');
  await server.move('sip:first@example.com', 'sip:first@new.example.net');
});

after(async () => {
  caller?.close();
  await server?.stop();
});

const someone = () => `sip:person${++people}@example.com`;

async function rule(t, action, kind, value, more = {}) {
  const made = await server.post('/v1/target-rules', { action, kind, value, ...more });
  assert.equal(made.status, 201, made.text);
  t.after(() => server.delete(made.headers.location));
  return { ...made.body, path: made.headers.location };
}

async function policy(members) {
  const { headers } = await server.get('/v1/target-policy');
  const answer = await server.patch('/v1/target-policy', members, { headers: { 'If-Match': headers.etag } });
  assert.equal(answer.status, 200, answer.text);
  return answer.body;
}

// Until the test is over.
async function withPolicy(t, members) {
  await policy(members);
  t.after(() => policy(Object.fromEntries(Object.keys(members).map((name) => [name, null]))));
}

const write = (address, uris, token, more = {}) => server.post('/v1/moves',
  { address, targets: uris.map((uri) => ({ uri })), ...more }, token ? { token } : {});

const faultsOf = (answer) => answer.body.errors.map(({ pointer, code }) => [pointer, code]);

async function recordOf(callId) {
  const path = `/v1/redirect-logs?call_id=${encodeURIComponent(callId)}`;
  const { body } = await eventually(() => server.get(path), (answer) => answer.body.items.length > 0);
  return body.items[0];
}

async function withheldCount() {
  const { text } = await server.get('/metrics');
  return Number(/^sipmoved_sip_events_total\{event="targets_withheld"\} (\d+)$/m.exec(text)[1]);
}

test('a move to a target that no rule allows is refused, with every such target and its rule', async (t) => {
  const premium = await rule(t, 'deny', 'number_prefix', '+1900');
  const country = await rule(t, 'deny', 'country', 'id');
  const host = await rule(t, 'deny', 'domain', '*.bad.example');
  const address = someone();
  const answer = await write(address, ['tel:+1-900-555-0100', 'sip:+628123@gw.example.net', 'sip:ok@good.example',
    'sip:x@a.bad.example', 'not a uri'], null, { ends_at: '2001-01-01T00:00:00Z' });

  assert.equal(answer.status, 422, answer.text);
  assert.deepEqual(faultsOf(answer), [
    ['/targets/4/uri', 'BAD_TARGET'], ['/ends_at', 'END_BEFORE_START'],
    ['/targets/0/uri', 'TARGET_NOT_ALLOWED'], ['/targets/1/uri', 'TARGET_NOT_ALLOWED'],
    ['/targets/3/uri', 'TARGET_NOT_ALLOWED'],
  ]);
  const details = answer.body.errors.slice(2).map(({ detail }) => detail);
  for (const [i, each] of [premium, country, host].entries()) {
    assert.ok(details[i].includes(each.id), details[i]);
    assert.ok(details[i].includes(each.value), details[i]);
  }
  assert.deepEqual((await server.get(`/v1/moves?address=${address}`)).body.items, []);
  assert.equal((await write(address, ['sip:ok@good.example', 'tel:+15550100'])).status, 201);
});

test('a PATCH is held to the rules too, and a dry run says what they would say', async (t) => {
  await rule(t, 'deny', 'number_prefix', '+881');
  const move = await server.move(someone(), 'sip:ok@good.example');
  const path = `/v1/moves/${move.id}`;
  const to = { targets: [{ uri: 'tel:+88161234' }] };

  for (const query of ['', '?dry_run=true']) {
    const answer = await server.patch(path + query, to);
    assert.equal(answer.status, 422, answer.text);
    assert.deepEqual(faultsOf(answer), [['/targets/0/uri', 'TARGET_NOT_ALLOWED']]);
  }
  assert.deepEqual((await server.get(path)).body, move);

  // A rule that is only tried holds nobody back.
  const tried = await server.post('/v1/target-rules?dry_run=true', { action: 'deny', kind: 'domain', value: 'good.example' });
  assert.equal(tried.status, 200, tried.text);
  assert.equal((await server.patch(path, { note: 'seen' })).status, 200);
});

test('a rule that comes later withholds the target from the very next call, and goes with the rule', async (t) => {
  const address = someone();
  const move = await server.move(address, 'sip:+19005550100@gw.example.net');
  const before = await withheldCount();
  assert.deepEqual(contacts(await caller.call(address)), ['sip:+19005550100@gw.example.net']);

  const premium = await rule(t, 'deny', 'number_prefix', '+1900');
  const refused = await caller.call(address);
  assert.equal(refused.status, 480);
  assert.deepEqual(contacts(refused), []);
  const record = await recordOf(refused.callId);
  assert.equal(record.reason, 'targets_not_allowed');
  assert.equal(record.move_id, move.id);
  assert.deepEqual(record.targets, []);
  assert.deepEqual(record.targets_withheld, [{ uri: 'sip:+19005550100@gw.example.net', rule_id: premium.id }]);
  assert.deepEqual(record.tags_refused, []);
  const lookup = await server.post('/v1/redirect-lookups', { address });
  assert.equal(lookup.body.reason, 'targets_not_allowed');
  assert.deepEqual(lookup.body.targets_withheld, record.targets_withheld);
  assert.deepEqual(lookup.body.moves.map(({ id, outcome }) => [id, outcome]), [[move.id, 'not_allowed']]);
  await eventually(withheldCount, (count) => count >= before + 1);

  assert.equal((await server.patch(premium.path, { enabled: false })).status, 200);
  assert.equal((await caller.call(address)).status, 302);
  assert.equal((await server.patch(premium.path, { enabled: true })).status, 200);
  assert.equal((await caller.call(address)).status, 480);
  assert.equal((await server.delete(premium.path)).status, 204);
  const again = await caller.call(address);
  assert.deepEqual(contacts(again), ['sip:+19005550100@gw.example.net']);
  assert.deepEqual((await recordOf(again.callId)).targets_withheld, []);
});

test('what is left of a move is sent, and the log says what was not', async (t) => {
  const address = someone();
  await write(address, ['sip:a@one.example', 'sip:b@two.example']);
  const denied = await rule(t, 'deny', 'domain', 'one.example');
  const answer = await caller.call(address);

  assert.equal(answer.status, 302);
  assert.deepEqual(contacts(answer), ['sip:b@two.example']);
  const record = await recordOf(answer.callId);
  assert.equal(record.reason, 'moved');
  assert.deepEqual(record.targets, ['sip:b@two.example']);
  assert.deepEqual(record.targets_withheld, [{ uri: 'sip:a@one.example', rule_id: denied.id }]);
});

test('with nothing left to send, the domain sends its calls home as without a move', async (t) => {
  const address = 'sip:homely@home.example.com';
  await server.move(address, 'sip:x@abroad.example');
  const { body } = await server.get('/v1/domains?name=home.example.com');
  const home = { action: 'redirect', target_template: 'sip:{user}@pbx.example.net' };
  assert.equal((await server.patch(`/v1/domains/${body.items[0].id}`, { otherwise: home })).status, 200);
  await rule(t, 'deny', 'domain', 'abroad.example');

  const answer = await caller.call(address);
  assert.deepEqual(contacts(answer), ['sip:homely@pbx.example.net']);
  const record = await recordOf(answer.callId);
  assert.equal(record.reason, 'otherwise');
  assert.equal(record.targets_withheld.length, 1);
});

test('a rule is for a role: of who writes, and of who wrote when a call comes', async (t) => {
  const byService = someone();
  const byAdmin = someone();
  const uri = 'sip:x@partner.example';
  assert.equal((await write(byService, [uri], service)).status, 201);
  const admins = (await write(byAdmin, [uri])).body;
  await rule(t, 'deny', 'domain', 'partner.example', { role: 'service' });

  assert.equal((await caller.call(byService)).status, 480);
  assert.equal((await caller.call(byAdmin)).status, 302);
  const refused = await write(someone(), [uri], service);
  assert.deepEqual(faultsOf(refused), [['/targets/0/uri', 'TARGET_NOT_ALLOWED']]);
  assert.equal((await write(someone(), [uri], helpdesk)).status, 201);

  // Who leaves the targets alone does not make them their own.
  assert.equal((await server.patch(`/v1/moves/${admins.id}`, { note: 'back in May' }, { token: service })).status, 200);
  assert.equal((await caller.call(byAdmin)).status, 302);
});

test('with what no rule allows denied, only what is named is reached', async (t) => {
  const address = someone();
  const uri = 'sip:+628123@gw.example.net';
  await server.move(address, uri);
  await withPolicy(t, { default_domain_action: 'deny', default_number_action: 'deny' });
  const refused = await caller.call(address);
  assert.equal(refused.status, 480);
  assert.deepEqual((await recordOf(refused.callId)).targets_withheld, [{ uri, rule_id: null }]);

  await rule(t, 'allow', 'domain', '*.example.net');
  assert.equal((await caller.call(address)).status, 480);
  await rule(t, 'allow', 'country', 'ID');
  assert.equal((await caller.call(address)).status, 302);
  const others = await write(someone(), ['tel:+15550100', 'sip:x@example.org', uri]);
  assert.deepEqual(faultsOf(others), [['/targets/0/uri', 'TARGET_NOT_ALLOWED'], ['/targets/1/uri', 'TARGET_NOT_ALLOWED']]);
  assert.match(others.body.errors[0].detail, /no target rule allows/);
});

test('a move lasts no longer than the policy lets it, and then needs an end', async (t) => {
  const open = await server.move(someone(), 'sip:a@one.example');
  await withPolicy(t, { longest_move_days: 30 });
  const from = { starts_at: day(0) };
  const tooLong = await write(someone(), ['sip:a@one.example'], null, { ...from, ends_at: day(31) });
  assert.deepEqual(faultsOf(tooLong), [['/ends_at', 'MOVE_TOO_LONG']]);
  assert.match(tooLong.body.errors[0].detail, /30 days/);
  const endless = await write(someone(), ['sip:a@one.example']);
  assert.deepEqual(faultsOf(endless), [['/ends_at', 'MOVE_TOO_LONG']]);

  const fits = await write(someone(), ['sip:a@one.example'], null, { ...from, ends_at: day(30) });
  assert.equal(fits.status, 201, fits.text);
  const longer = await server.patch(`/v1/moves/${fits.body.id}`, { ends_at: day(40) });
  assert.deepEqual(faultsOf(longer), [['/ends_at', 'MOVE_TOO_LONG']]);
  // What was longer before may be edited otherwise, and ended.
  assert.equal((await server.patch(`/v1/moves/${open.id}`, { note: 'x' })).status, 200);
  assert.equal((await server.delete(`/v1/moves/${open.id}`)).status, 200);
});

test('somebody who is no admin has so many moves at a time', async (t) => {
  const token = await createToken(server.dataDir, 'capped', 'service');
  await withPolicy(t, { moves_per_user_max: 2 });
  const ended = (await write(someone(), ['sip:a@one.example'], token)).body;
  await server.delete(`/v1/moves/${ended.id}`);
  const first = someone();
  assert.equal((await write(first, ['sip:a@one.example'], token)).status, 201);
  assert.equal((await write(someone(), ['sip:a@one.example'], token, { starts_at: day(0) })).status, 201);

  const third = await write(someone(), ['sip:a@one.example'], token);
  assert.equal(third.status, 422, third.text);
  assert.deepEqual(faultsOf(third), [['', 'TOO_MANY_MOVES']]);
  // One in the place of another is none more.
  const replaced = await server.post('/v1/moves?on_conflict=replace',
    { address: first, targets: [{ uri: 'sip:b@one.example' }] }, { token });
  assert.equal(replaced.status, 201, replaced.text);
  assert.equal((await server.patch(`/v1/moves/${ended.id}`, { ends_at: null }, { token })).status, 422);
  assert.equal((await write(someone(), ['sip:a@one.example'])).status, 201);
  assert.equal((await write(someone(), ['sip:a@one.example'], helpdesk)).status, 201);
});

test('the policy is changed by who has seen it alone', async () => {
  const shown = await server.get('/v1/target-policy');
  const { updated_at, revision, ...members } = shown.body;
  assert.deepEqual(members, {
    default_domain_action: 'allow', default_number_action: 'allow', longest_move_days: null, moves_per_user_max: null,
  });
  for (const method of ['PUT', 'PATCH']) {
    const blind = await server.request(method, '/v1/target-policy', {});
    assert.equal(blind.status, 428, blind.text);
    assert.equal(blind.body.code, 'PRECONDITION_REQUIRED');
  }
  const as = { headers: { 'If-Match': shown.headers.etag } };
  const tried = await server.put('/v1/target-policy?dry_run=true', { longest_move_days: 7 }, as);
  assert.equal(tried.body.longest_move_days, 7);
  const put = await server.put('/v1/target-policy', { longest_move_days: 7 }, as);
  assert.equal(put.status, 200, put.text);
  assert.equal((await server.put('/v1/target-policy', {}, as)).status, 412);
  assert.equal((await server.patch('/v1/target-policy', {}, as)).status, 412);
  assert.equal((await server.get('/v1/target-policy', { headers: { 'If-None-Match': put.headers.etag } })).status, 304);
  const reset = await server.put('/v1/target-policy', {}, { headers: { 'If-Match': put.headers.etag } });
  assert.equal(reset.body.longest_move_days, null);

  for (const method of ['PUT', 'PATCH']) {
    const wrong = await server.request(method, '/v1/target-policy',
      { default_domain_action: 'maybe', longest_move_days: 0, moves_per_user_max: 'many', revision: '1', more: 1 },
      { headers: { 'If-Match': reset.headers.etag } });
    assert.equal(wrong.status, 422);
    assert.deepEqual(faultsOf(wrong).map(([pointer]) => pointer).sort(),
      ['/default_domain_action', '/longest_move_days', '/more', '/moves_per_user_max', '/revision']);
  }
});

test('rules are listed, changed and found to be there already', async (t) => {
  const made = await rule(t, 'deny', 'country', 'gb', { role: 'user', note: 'ask first' });
  const { path, id, created_at, updated_at, revision, ...members } = made;
  assert.match(id, /^trl_/);
  assert.ok(path.endsWith(id) && created_at === updated_at && revision);
  assert.deepEqual(members, { action: 'deny', kind: 'country', value: 'GB', role: 'user', enabled: true, note: 'ask first' });

  const twice = await server.post('/v1/target-rules', { action: 'allow', kind: 'country', value: 'GB', role: 'user' });
  assert.equal(twice.status, 409);
  assert.deepEqual(twice.body.conflicting_ids, [id]);
  const changed = await server.patch(path, { kind: 'number_prefix', value: '44', role: null });
  assert.deepEqual([changed.body.kind, changed.body.value, changed.body.role], ['number_prefix', '+44', '*']);
  const stale = await server.patch(path, { note: 'late' }, { headers: { 'If-Match': `"r${revision}"` } });
  assert.equal(stale.status, 412);
  await rule(t, 'deny', 'domain', 'b.example');
  const page = await server.get('/v1/target-rules?limit=1');
  assert.equal(page.body.items[0].id, id);
  const next = await server.get(`/v1/target-rules?limit=1&cursor=${page.body.next_cursor}`);
  assert.equal(next.body.items[0].value, 'b.example');

  const wrong = await server.post('/v1/target-rules',
    { action: 'refuse', kind: 'domain', value: 'a b', role: 'boss', note: 'x\ny', more: 1 });
  assert.equal(wrong.status, 422);
  assert.deepEqual(faultsOf(wrong).map(([pointer]) => pointer).sort(), ['/action', '/more', '/note', '/role', '/value']);
  const empty = await server.post('/v1/target-rules', {});
  assert.deepEqual(faultsOf(empty).map(([pointer]) => pointer).sort(), ['/action', '/kind', '/value']);
});

test('a simulation names the rule that decides, and what was judged', async (t) => {
  const ask = async (target, role) => {
    const { status, body, text } = await server.post('/v1/target-rules/simulations', { target, role });
    assert.equal(status, 200, text);
    return body;
  };
  const id = await rule(t, 'deny', 'country', 'ID');
  const gateway = await rule(t, 'allow', 'domain', '*.example.net', { role: 'helpdesk' });
  assert.deepEqual(await ask('sip:+62-812@GW.example.net;user=phone', 'helpdesk'), {
    target: 'sip:+62-812@GW.example.net;user=phone', role: 'helpdesk', allowed: false, level: 'country', rule_id: id.id,
    checks: [
      { subject: 'domain', value: 'gw.example.net', allowed: true, level: 'subdomains', rule_id: gateway.id },
      { subject: 'number', value: '+62812', allowed: false, level: 'country', rule_id: id.id },
    ],
  });
  const plain = await ask('sip:bob@example.org');
  assert.deepEqual([plain.role, plain.allowed, plain.level, plain.rule_id], ['*', true, 'default', null]);
  const local = await ask('tel:100;phone-context=gw.example.net', 'helpdesk');
  assert.deepEqual(local.checks.map(({ subject, value }) => [subject, value]), [['domain', 'gw.example.net'], ['number', null]]);

  for (const body of [{}, { target: 'nonsense' }, { target: 'sip:a@b.example', role: 'boss' }, { target: 7, more: 1 }])
    assert.equal((await server.post('/v1/target-rules/simulations', body)).status, 422);
});

test('who may not administer the server changes no rule and no policy', async () => {
  const as = { token: helpdesk };
  assert.equal((await server.get('/v1/target-rules', as)).status, 403);
  assert.equal((await server.post('/v1/target-rules', { action: 'allow', kind: 'domain', value: '*' }, as)).status, 403);
  assert.equal((await server.put('/v1/target-policy', {}, as)).status, 403);
});
