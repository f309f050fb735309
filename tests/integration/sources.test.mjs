import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createToken, eventually, startServer } from './lib/server.mjs';
import { contacts, parseResponse } from './lib/sip.mjs';

const QUIET_MS = 300;
let server;
const sources = [];

// A caller at an address of its own on loopback; every answer is counted.
class Source {
  static async open(address) {
    const source = new Source();
    source.address = address;
    source.answers = [];
    source.socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20 });
    source.socket.on('message', (data) => source.answers.push(data.toString('latin1')));
    source.socket.bind(0, address);
    await once(source.socket, 'listening');
    sources.push(source);
    return source;
  }

  write(uri, { method = 'OPTIONS', headers = [], from = '<sip:c@caller.example>' } = {}) {
    const id = randomBytes(8).toString('hex');
    return [
      `${method} ${uri} SIP/2.0`,
      `Via: SIP/2.0/UDP ${this.address};branch=z9hG4bK${id};rport`,
      'Max-Forwards: 70', `From: ${from};tag=${id}`, `To: <${uri}>`, `Call-ID: ${id}`,
      `CSeq: 1 ${method}`, ...headers, 'Content-Length: 0', '', '',
    ].join('\r\n');
  }

  send(text) {
    return new Promise((resolve, reject) => {
      this.socket.send(text, server.sipPort, '127.0.0.1', (error) => (error ? reject(error) : resolve()));
    });
  }

  // The answer, or undefined: silence.
  async ask(uri = 'sip:moved@example.com', options = { method: 'MESSAGE' }) {
    this.answers.length = 0;
    await this.send(this.write(uri, options));
    const end = Date.now() + QUIET_MS;
    while (Date.now() < end && this.answers.length === 0) await delay(5);
    return this.answers.length > 0 ? parseResponse(this.answers[0]) : undefined;
  }
}

async function metric(name) {
  const { text } = await server.get('/metrics');
  return Number(text.split('\n').find((line) => line.startsWith(`${name} `)).slice(name.length));
}

const event = (name) => metric(`sipmoved_sip_events_total{event="${name}"}`);

async function made(path, document) {
  const answer = await server.post(path, document);
  assert.equal(answer.status, 201, answer.text);
  return answer;
}

before(async () => {
  server = await startServer();
  await server.move('sip:moved@example.com', 'sip:there@new.example.net');
});

after(async () => {
  for (const source of sources) source.socket.close();
  await server?.stop();
});

test('a denied network gets silence at once, the one beside it an answer, and all an answer again', async () => {
  const [denied, beside] = [await Source.open('127.0.11.5'), await Source.open('127.0.12.5')];
  const soFar = await event('denied');
  assert.deepEqual(contacts(await denied.ask()), ['sip:there@new.example.net']);

  const rule = await made('/v1/source-rules', { network: '127.0.11.0/24', action: 'deny', note: 'noisy' });
  assert.equal(await denied.ask(), undefined);
  assert.equal((await beside.ask()).status, 302);
  await eventually(() => event('denied'), (count) => count === soFar + 1);

  const off = await server.patch(rule.headers.location, { enabled: false });
  assert.equal(off.status, 200, off.text);
  assert.equal((await denied.ask()).status, 302);
});

test('the longest prefix decides, and a rule for the listener before one for any', async () => {
  const source = await Source.open('127.0.13.5');
  const listener = `udp:127.0.0.1:${server.sipPort}`;
  await made('/v1/source-rules', { network: '127.0.13.0/24', action: 'deny' });
  assert.equal(await source.ask(), undefined);
  await made('/v1/source-rules', { network: '127.0.13.5', action: 'allow' });
  assert.equal((await source.ask()).status, 302);
  const here = await made('/v1/source-rules', { network: '127.0.13.0/24', listener, action: 'deny' });
  assert.equal(here.body.listener, listener);
  assert.equal(await source.ask(), undefined);
  await server.patch(here.headers.location, { listener: 'udp:127.0.0.1:1' });
  assert.equal((await source.ask()).status, 302);
});

test('a ban ends on time, and its row goes when bans are next written', async () => {
  const source = await Source.open('127.0.14.5');
  const expiresAt = Date.now() + 1500;
  const ban = await made('/v1/bans', {
    network: '127.0.14.0/24', expires_at: new Date(expiresAt).toISOString(), reason: 'too loud',
  });
  assert.equal(ban.body.created_by, 'test');
  assert.equal(await source.ask(), undefined);
  assert.equal((await server.post('/v1/bans', { network: '127.0.14.0/24', expires_at: null })).status, 409);

  await delay(expiresAt - Date.now() + 1);
  assert.equal((await source.ask()).status, 302);
  assert.equal((await server.get(ban.headers.location)).status, 404);
  const again = await made('/v1/bans', { network: '127.0.14.0/24', expires_in_seconds: 3600 });
  assert.equal(await source.ask(), undefined);
  assert.equal((await server.delete(again.headers.location)).status, 204);
  assert.equal((await source.ask()).status, 302);
});

test('a pattern drops friendly-scanner and nobody else', async () => {
  const source = await Source.open('127.0.15.5');
  const scan = { method: 'OPTIONS', headers: ['User-Agent: Friendly-Scanner/0.3'] };
  const uri = 'sip:100@127.0.0.1';
  assert.equal((await source.ask(uri, scan)).status, 404);

  await made('/v1/scanner-patterns', { header: 'user_agent', match: 'contains', text: 'friendly-scanner' });
  const soFar = await event('scanner');
  assert.equal(await source.ask(uri, scan), undefined);
  assert.equal((await source.ask(uri, { method: 'OPTIONS' })).status, 404);
  await eventually(() => event('scanner'), (count) => count === soFar + 1);
});

test('a pattern that bans silences the whole address for a while, and tells of it in one line', async () => {
  const source = await Source.open('127.0.16.5');
  await made('/v1/scanner-patterns', {
    header: 'from', match: 'prefix', text: '"sipvicious"', action: 'ban', ban_seconds: 2,
  });
  assert.equal((await source.ask()).status, 302);
  assert.equal(await source.ask('sip:moved@example.com', { from: '"sipvicious"<sip:100@1.1.1.1>' }), undefined);
  const bannedAt = Date.now();
  assert.equal(await source.ask(), undefined);
  await eventually(() => event('pattern_bans'), (count) => count >= 1);
  await eventually(async () => server.output.stderr,
    (text) => /event=source_refused reason=scanner source=127\.0\.16\.5\n/.test(text));
  assert.equal(server.output.stderr.match(/reason=scanner source=127\.0\.16\.5\n/g).length, 1);
  await delay(Math.max(0, bannedAt + 2100 - Date.now()));
  assert.equal((await source.ask()).status, 302);
});

test('a user at an address that is no domain gets silence if so set', async () => {
  const source = await Source.open('127.0.17.5');
  await server.patch('/v1/source-limit', { drop_unserved_ip_uris: true });
  assert.equal(await source.ask('sip:100@127.0.0.1'), undefined);
  assert.equal((await source.ask(`sip:127.0.0.1:${server.sipPort}`, { method: 'OPTIONS' })).status, 200);
  assert.equal((await source.ask('sip:nobody@example.com')).status, 404);
  await server.patch('/v1/source-limit', { drop_unserved_ip_uris: null });
  assert.equal((await source.ask('sip:100@127.0.0.1')).status, 404);
});

test('a flood of 10,000 from one network is answered by rate, burst and slip; the network beside it lives', async () => {
  const COUNT = 10000;
  const [flood, beside] = [await Source.open('127.0.1.7'), await Source.open('127.0.2.7')];
  const limit = { rate: 100, burst: 500, slip: 20, limit_private: true };
  const put = await server.put('/v1/source-limit', limit, { headers: { 'if-match': '*' } });
  assert.equal(put.status, 200, put.text);
  const figures = async () => ({
    arrived: await event('datagrams'),
    limited: await event('limited'),
    slipped: await event('slipped'),
    answered: await metric('sipmoved_sip_responses_total{code="404"}'),
  });
  const soFar = await figures();
  const startedAt = Date.now();

  for (let i = 0; i < COUNT; i += 50) {
    await Promise.all(Array.from({ length: 50 },
      () => flood.send(flood.write('sip:nobody@example.com', { method: 'MESSAGE' }))));
    if (i === COUNT / 2) assert.equal((await beside.ask()).status, 302, 'the network beside it');
  }
  await delay(QUIET_MS);
  const passed = (Date.now() - startedAt) / 1000;
  const now = await figures();
  const [arrived, limited, slipped, answered] =
    Object.keys(now).map((name) => now[name] - soFar[name]);
  const byTokens = answered - slipped;

  assert.ok(arrived > COUNT / 2, `${arrived} arrived`);
  assert.equal(limited + answered, arrived - 1, 'one was from the network beside it');
  assert.ok(byTokens >= limit.burst && byTokens <= limit.burst + limit.rate * passed + 1,
    `${byTokens} by tokens in ${passed} s`);
  assert.ok(Math.abs(slipped - (limited + slipped) / limit.slip) <= 1, `${slipped} slipped, ${limited} limited`);
  assert.ok(!flood.answers.some((text) => text.startsWith('SIP/2.0 503')));

  const back = await server.patch('/v1/source-limit', { limit_private: null });
  assert.equal(back.body.limit_private, false);
  assert.equal(back.body.rate, 100);
  assert.equal((await flood.ask()).status, 302);
});

test('what is wrong with a document is all told, and nothing is stored', async () => {
  const faults = (answer) => answer.body.errors.map((fault) => [fault.pointer, fault.code]);
  const rule = await server.post('/v1/source-rules',
    { network: '192.0.2.5/24', listener: 'udp:example.com:5060', action: 'perhaps', colour: 'red' });
  assert.equal(rule.status, 422);
  assert.deepEqual(faults(rule).sort(), [['/action', 'BAD_FORMAT'], ['/colour', 'UNKNOWN_MEMBER'],
    ['/listener', 'BAD_FORMAT'], ['/network', 'BAD_FORMAT']]);
  assert.match(rule.text, /192\.0\.2\.0\/24/);

  const ban = await server.post('/v1/bans', { network: 'here', expires_at: '2001-01-01T00:00:00Z' });
  assert.deepEqual(faults(ban).sort(), [['/expires_at', 'BAD_TIME'], ['/network', 'BAD_FORMAT']]);
  assert.deepEqual(faults(await server.post('/v1/bans', { network: '192.0.2.1' })),
    [['/expires_at', 'MISSING_MEMBER']]);

  const pattern = await server.post('/v1/scanner-patterns', { text: '', action: 'ban', ban_seconds: 0 });
  assert.deepEqual(faults(pattern).sort(), [['/ban_seconds', 'OUT_OF_RANGE'], ['/text', 'BAD_FORMAT']]);
  assert.deepEqual(faults(await server.put('/v1/source-limit', { rate: 0, ipv4_prefix_bits: 33, slip: 'no' },
    { headers: { 'if-match': '*' } })).sort(),
    [['/ipv4_prefix_bits', 'OUT_OF_RANGE'], ['/rate', 'OUT_OF_RANGE'], ['/slip', 'WRONG_TYPE']]);
});

test('rules are edited under If-Match, listed by pages, canonical and never twice', async () => {
  const first = await made('/v1/source-rules', { network: '::ffff:198.51.100.0/120', action: 'deny' });
  assert.equal(first.body.network, '198.51.100.0/24');
  const twice = await server.post('/v1/source-rules', { network: '198.51.100.0/24', action: 'allow' });
  assert.equal(twice.status, 409);
  assert.deepEqual(twice.body.conflicting_ids, [first.body.id]);
  await made('/v1/source-rules', { network: '2001:DB8::/32', listener: 'UDP:[::0]:5060', action: 'allow' });

  const noted = await server.patch(first.headers.location, { note: 'x' }, { headers: { 'if-match': first.headers.etag } });
  assert.equal(noted.status, 200, noted.text);
  const stale = await server.patch(first.headers.location, { note: 'y' }, { headers: { 'if-match': first.headers.etag } });
  assert.equal(stale.status, 412);
  assert.equal((await server.get(first.headers.location, { headers: { 'if-none-match': noted.headers.etag } })).status, 304);

  const seen = [];
  for (let path = '/v1/source-rules?limit=1'; path;) {
    const { body } = await server.get(path);
    seen.push(...body.items.map((item) => item.network));
    path = body.next_cursor && `/v1/source-rules?limit=1&cursor=${encodeURIComponent(body.next_cursor)}`;
  }
  assert.ok(seen.includes('198.51.100.0/24') && seen.includes('2001:db8::/32'));
  assert.equal(new Set(seen).size + 1, seen.length, '127.0.13.0/24 is there for two listeners');

  const dry = await server.delete(`${first.headers.location}?dry_run=true`);
  assert.equal(dry.status, 204);
  assert.equal((await server.delete(first.headers.location)).status, 204);
  assert.equal((await server.get(first.headers.location)).status, 404);
});

test('who may only read does not change sources', async () => {
  const token = await createToken(server.dataDir, 'reader', 'helpdesk');
  for (const path of ['/v1/source-rules', '/v1/bans', '/v1/scanner-patterns'])
    assert.equal((await server.post(path, {}, { token })).status, 403, path);
  assert.equal((await server.put('/v1/source-limit', {}, { token })).status, 403);
});

test('what was set is in force after a restart', async () => {
  const source = await Source.open('127.0.18.5');
  await made('/v1/source-rules', { network: '127.0.18.0/24', action: 'deny' });
  await server.halt();
  const { token } = server;
  server = await startServer({ dataDir: server.dataDir, token });
  assert.equal(await source.ask(), undefined);
  assert.equal((await server.get('/v1/source-limit')).body.rate, 100);
});

test('a denied network gets no answer over TCP either, and its connections end, new ones at once', async () => {
  const { StreamCaller, composeRequest } = await import('./lib/stream.mjs');
  const open = (localAddress) => StreamCaller.open(server.sipPort, { localAddress });
  const [denied, beside] = [await open('127.0.113.5'), await open('127.0.114.5')];
  assert.equal((await denied.call('sip:moved@example.com')).status, 302);
  const rule = await made('/v1/source-rules', { network: '127.0.113.0/24', action: 'deny' });
  try {
    denied.write(composeRequest({ uri: 'sip:moved@example.com' }));
    await denied.untilEnd();
    assert.equal(denied.text, '');
    // Without a byte, and so without a handshake where it were TLS.
    const refused = await metric('sipmoved_sip_events_total{event="connections_refused"}');
    await (await open('127.0.113.6')).untilEnd();
    await eventually(() => metric('sipmoved_sip_events_total{event="connections_refused"}'), (count) => count === refused + 1);
    assert.equal((await beside.call('sip:moved@example.com')).status, 302);
  } finally {
    denied.close();
    beside.close();
    await server.delete(`/v1/source-rules/${rule.body.id}`);
  }
});

test('the 65th listener is refused when it is written, and a known one is not', async () => {
  const other = await startServer();
  const rule = (i, more) => ({ network: `198.51.100.${i}/32`, action: 'deny', listener: `udp:127.0.0.1:${1000 + i}`, ...more });
  try {
    for (let i = 1; i <= 64; i++) assert.equal((await other.post('/v1/source-rules', rule(i))).status, 201);
    for (const enabled of [true, false]) {
      const answer = await other.post('/v1/source-rules', rule(65, { enabled }));
      assert.equal(answer.status, 422, answer.text);
      assert.deepEqual(answer.body.errors.map(({ pointer, code }) => [pointer, code]), [['/listener', 'TOO_MANY']]);
    }
    const known = await other.post('/v1/source-rules', rule(65, { listener: 'udp:127.0.0.1:1001' }));
    assert.equal(known.status, 201, known.text);
    assert.equal((await other.patch(known.headers.location, { listener: 'udp:127.0.0.1:1065' })).status, 422);
    assert.equal((await other.patch(known.headers.location, { listener: null })).status, 200);
    const only = await other.get('/v1/source-rules?limit=1');
    assert.equal((await other.patch(`/v1/source-rules/${only.body.items[0].id}`, { listener: 'udp:127.0.0.1:1002' })).status, 200);
    assert.equal((await other.patch(known.headers.location, { listener: 'udp:127.0.0.1:1065' })).status, 200);
  } finally {
    await other.stop();
  }
});
