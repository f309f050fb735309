// What a caller would get, asked over the API, beside what callers do get.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { createToken, startServer } from './lib/server.mjs';
import { Caller } from './lib/sip.mjs';

const LOOKUPS = '/v1/redirect-lookups';
const ALICE = 'sip:alice@example.com';
const HOUR_MS = 3600000;

let server;
let caller;

before(async () => {
  server = await startServer();
  caller = await Caller.open(server.sipPort, '127.0.31.7');
  await server.move(ALICE, 'sip:alice@hotel.example.net');
});

after(async () => {
  caller?.close();
  await server?.stop();
});

function at(hours) {
  return new Date(Date.now() + hours * HOUR_MS).toISOString();
}

async function lookup(document) {
  const answer = await server.post(LOOKUPS, document);
  assert.equal(answer.status, 200, answer.text);
  return answer.body;
}

// A request and its answer on the wire, to the byte.
async function wire({ uri, method = 'INVITE', headers }) {
  const id = randomBytes(8).toString('hex');
  const branch = `z9hG4bK${id}`;
  const request = caller.compose({ method, uri, headers, branch, callId: id, fromTag: id });
  let repeater;
  const response = await new Promise((resolve) => {
    caller.waiting.set(branch, resolve);
    repeater = setInterval(() => caller.sendRaw(request), 500);
    caller.sendRaw(request);
  });
  clearInterval(repeater);
  caller.waiting.delete(branch);
  return { request, response };
}

// Only the tag that we give it differs.
function withoutToTag(text) {
  return text.replace(/^(To: [^\r]*;tag=)[^;\r]*/m, '$1X');
}

test('a lookup gives the bytes that the wire gives', async (t) => {
  const made = async (path, document) => {
    const answer = await server.post(path, document);
    assert.ok(answer.status < 300, answer.text);
    t.after(() => server.delete(answer.headers.location));
    return answer;
  };
  await server.move('sip:gone@example.com', 'sip:new@elsewhere.example', { permanent: true });
  await server.move('sip:later@example.com', 'sip:later@hotel.example', { starts_at: at(5) });
  await server.move('sip:many@example.com', 'sip:m1@h.example', { targets: [
    { uri: 'sip:m1@h.example', q: 0.5 }, { uri: 'tel:+15550177', q: 1 }, { uri: 'sips:m3@h.example', q: 0.2 }] });
  await server.move('tel:+15550123', 'sip:number@h.example');
  await server.post('/v1/addresses', { uri: 'sip:home@example.com' });
  await made('/v1/domains', { name: 'homes.example', otherwise: { action: 'redirect', target_template: 'sip:{user}@pbx.example.net' } });
  await made('/v1/domains', { name: 'nocase.example', ignore_user_case: true, retry_after: { mode: 'fixed', seconds: 120 } });
  await server.move('sip:Carol@nocase.example', 'sip:carol@h.example');

  const rows = [
    [302, { uri: ALICE }],
    [302, { uri: 'sips:many@example.com' }],
    [302, { uri: 'sip:many@example.com;user=phone' }],
    [301, { uri: 'sip:gone@example.com' }],
    [480, { uri: 'sip:later@example.com' }],
    [480, { uri: 'sip:home@example.com' }],
    [404, { uri: 'sip:nobody@example.com' }],
    [404, { uri: 'sip:a@unserved.example' }],
    [420, { uri: ALICE, headers: ['Require: foo, 100rel', 'Proxy-Require: bar'] }],
    [302, { uri: ALICE, headers: ['Require: 100rel'] }],
    [302, { uri: 'sip:anyone@homes.example' }],
    [302, { uri: 'sip:CAROL@nocase.example' }],
    [302, { uri: 'sip:+1-555-0123@example.com;user=phone' }],
    [302, { uri: 'tel:+1-555-0123' }],
    [416, { uri: 'http://example.com/' }],
    [405, { uri: 'sip:example.com', method: 'REGISTER' }],
    [200, { uri: 'sip:example.com', method: 'OPTIONS' }],
    [481, { uri: ALICE, method: 'BYE' }],
  ];
  async function compare(status, row, profile) {
    const { request, response } = await wire(row);
    const { body } = await server.post(LOOKUPS, { request, source: `127.0.31.7:${caller.port}` });
    assert.equal(response.status, status, row.uri);
    assert.equal(body.status, status, row.uri);
    assert.equal(withoutToTag(body.response), withoutToTag(response.text), row.uri);
    if (status === 302 && row.uri !== 'sip:anyone@homes.example') assert.ok(body.move_id);
    assert.equal(body.profile, profile);
    assert.equal(body.contacts.length, (response.headers.contact ?? []).length, row.uri);
  }

  for (const [status, row] of rows) await compare(status, row, null);
  await made('/v1/peer-profiles', { preset: 'asterisk', network: '127.0.31.0/24' });
  await compare(302, { uri: 'sip:gone@example.com' }, 'asterisk 127.0.31.0/24');
});

test('the move that answers is named, and why each other one does not', async () => {
  const address = 'sip:moves@example.com';
  const past = await server.move(address, 'sip:p@h.example', { starts_at: at(-30), ends_at: at(30) });
  const ended = await server.patch(`/v1/moves/${past.id}`, { ends_at: at(-20) });
  assert.equal(ended.status, 200, ended.text);
  const cancelled = await server.move(address, 'sip:c@h.example', { starts_at: at(100), ends_at: at(110) });
  await server.delete(`/v1/moves/${cancelled.id}`);
  const replaced = await server.move(address, 'sip:r@h.example', { starts_at: at(-10), ends_at: at(10) });
  const active = await server.post('/v1/moves?on_conflict=replace',
    { address, targets: [{ uri: 'sip:a@h.example', q: 0.7 }], starts_at: at(-5), ends_at: at(10) });
  const next = await server.move(address, 'sip:n@h.example', { starts_at: at(20), ends_at: at(30) });
  const outcomes = ({ moves }) => Object.fromEntries(moves.map((move) => [move.id, move.outcome]));
  const body = await lookup({ address });

  assert.equal(body.status, 302);
  assert.equal(body.reason, 'moved');
  assert.equal(body.move_id, active.body.id);
  assert.equal(body.as_of, 'now');
  assert.equal(body.address_known, true);
  assert.deepEqual(body.contacts, [{ uri: 'sip:a@h.example', q: 0.7 }]);
  assert.deepEqual(outcomes(body), {
    [past.id]: 'ended', [cancelled.id]: 'cancelled', [replaced.id]: 'replaced',
    [active.body.id]: 'answers', [next.id]: 'not_started',
  });

  const then = await lookup({ address, at: at(-25) });
  assert.equal(then.status, 302);
  assert.equal(then.move_id, past.id);
  assert.equal(outcomes(then)[past.id], 'answers');
  assert.equal(outcomes(then)[active.body.id], 'not_started');
  const later = await lookup({ address, at: at(25) });
  assert.equal(later.move_id, next.id);
  const between = await lookup({ address, at: at(15) });
  assert.equal(between.status, 480);
  assert.equal(between.reason, 'move_not_started');
  assert.equal(between.move_id, next.id);
  const refused = await lookup({ address, require: ['foo'] });
  assert.equal(refused.status, 420);
  assert.equal(outcomes(refused)[active.body.id], 'not_asked');
  assert.deepEqual(refused.unsupported, ['foo']);
  const unfit = await lookup({ address: 'sips:moves@example.com' });
  assert.equal(unfit.reason, 'no_fit_target');
  assert.equal(outcomes(unfit)[active.body.id], 'no_fit_target');
});

test('a move that target rules withhold is said to be not allowed', async (t) => {
  const address = 'sip:withheld@example.com';
  const move = await server.move(address, 'sip:w@premium.example');
  const rule = await server.post('/v1/target-rules', { action: 'deny', kind: 'domain', value: 'premium.example' });
  assert.equal(rule.status, 201, rule.text);
  t.after(() => server.delete(rule.headers.location));
  const body = await lookup({ address });

  assert.equal(body.reason, 'targets_not_allowed');
  assert.deepEqual(body.moves.map(({ id, outcome }) => [id, outcome]), [[move.id, 'not_allowed']]);
});

test('a lookup says what is known of the domain, and who must show credentials', async () => {
  const { body } = await server.post('/v1/domains', { name: 'asks.example', uniform_refusal: true });
  const path = `/v1/domains/${body.id}/authentication`;
  const required = await server.put(path, { required: true });
  assert.equal(required.status, 200, required.text);
  const asked = await lookup({ address: 'sip:x@asks.example' });
  const unserved = await lookup({ address: 'sip:x@unserved.example' });

  assert.equal(asked.domain.name, 'asks.example');
  assert.equal(asked.domain.served, true);
  assert.equal(asked.domain.uniform_refusal, true);
  assert.deepEqual(asked.authentication, { required: true, realm: 'asks.example' });
  assert.equal(asked.address_known, false);
  assert.deepEqual(unserved.domain, { name: 'unserved.example', served: false });
  assert.deepEqual(unserved.authentication, { required: false, realm: null });
  assert.equal(unserved.reason, 'domain_unknown');
});

test('a lookup names the rule or the ban that would keep a caller from any answer', async (t) => {
  const made = async (path, document) => {
    const answer = await server.post(path, document);
    assert.equal(answer.status, 201, answer.text);
    t.after(() => server.delete(answer.headers.location));
    return answer.body;
  };
  const wide = await made('/v1/source-rules', { network: '198.51.100.0/24', action: 'deny' });
  const one = await made('/v1/source-rules', { network: '198.51.100.9', action: 'allow' });
  const ban = await made('/v1/bans', { network: '203.0.113.128/25', expires_in_seconds: 600 });
  const here = await made('/v1/source-rules', { network: '198.51.100.64/28', action: 'deny', listener: 'udp:127.0.0.1:5060' });
  await made('/v1/scanner-patterns', { text: 'friendly-scanner' });
  const from = (source, members) => lookup({ address: ALICE, source, ...members });
  const rows = [
    [await from('203.0.113.1'), 'none', null, false],
    [await from('198.51.100.1:5060'), 'denied', wide.id, true],
    [await from('198.51.100.9'), 'allowed', one.id, false],
    [await from('198.51.100.9', { user_agent: 'friendly-scanner' }), 'allowed', one.id, false],
    [await from('203.0.113.128/26'), 'banned', ban.id, true],
    [await from('203.0.113.130', { at: at(1) }), 'none', null, false],
    [await from('198.51.100.65', { listener: 'udp:127.0.0.1:5060' }), 'denied', here.id, true],
    [await from('198.51.100.65'), 'denied', wide.id, true],
    [await from('[2001:db8::1]:5062'), 'none', null, false],
    [await from('203.0.113.1', { user_agent: 'friendly-scanner' }), 'scanner', null, true],
  ];

  for (const [body, verdict, id, dropped] of rows) {
    assert.deepEqual([body.source.verdict, body.source.by_id, body.source.dropped], [verdict, id, dropped]);
    assert.equal(body.status, 302);
  }
  assert.equal(rows[1][0].source.by_network, '198.51.100.0/24');
  assert.match(rows[8][0].response, /^Via: SIP\/2\.0\/UDP \[2001:db8::1\]:5062;/m);
});

test('the caller and the way are those that were asked for', async () => {
  const body = await lookup({ address: ALICE, from: 'sip:bob@caller.example', transport: 'tls', source: '203.0.113.5', method: 'MESSAGE',
    user_agent: 'Desk phone' });

  assert.match(body.request, /^MESSAGE sip:alice@example\.com SIP\/2\.0\r\n/);
  assert.match(body.request, /^Via: SIP\/2\.0\/TLS 203\.0\.113\.5:5060;/m);
  assert.match(body.request, /^From: <sip:bob@caller\.example>;tag=/m);
  assert.match(body.request, /^User-Agent: Desk phone\r$/m);
  assert.equal(body.profile, null);
});

test('every fault of a lookup is told at once', async () => {
  const rows = [
    [{}, ['/address']],
    [{ address: 'x y', at: 'soon', from: '<sip:a@b>', source: '1.2.3', transport: 'sctp', user_agent: 'a\r\nb: c', zzz: 1 },
      ['/address', '/at', '/from', '/source', '/transport', '/user_agent', '/zzz']],
    [{ request: 'INVITE sip:a@b SIP/2.0', from: 'sip:a@b', transport: 'udp', address: ALICE }, ['/address', '/from', '/transport']],
    [{ request: 'hello' }, ['/request']],
    [{ address: ALICE, source: '192.0.2.1:0' }, ['/source']],
    [{ address: ALICE, source: '[2001:db8::1' }, ['/source']],
    [{ address: ALICE, source: '2001:db8::1/129' }, ['/source']],
  ];

  for (const [document, pointers] of rows) {
    const { status, body } = await server.post(LOOKUPS, document);
    assert.equal(status, 422, JSON.stringify(document));
    assert.deepEqual(body.errors.map((fault) => fault.pointer).sort(), pointers, JSON.stringify(document));
  }
});

test('who may read moves may look up, and nothing is stored or logged', async () => {
  const service = await createToken(server.dataDir, 'asks', 'service');
  const before = (await server.get('/v1/extension-policy')).headers.etag;
  const moves = (await server.get('/v1/moves?limit=1000')).text;
  const answer = await server.post(LOOKUPS, { address: 'sip:never@logged.example' }, { token: service });

  assert.equal(answer.status, 200);
  assert.equal((await server.get('/v1/extension-policy')).headers.etag, before);
  assert.equal((await server.get('/v1/moves?limit=1000')).text, moves);
  assert.deepEqual((await server.get('/v1/redirect-logs?address=sip:never@logged.example')).body.items, []);
});
