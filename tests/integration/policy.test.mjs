import assert from 'node:assert/strict';
import { after, beforeEach, before, test } from 'node:test';
import { startServer } from './lib/server.mjs';
import { Caller } from './lib/sip.mjs';

const POLICY = '/v1/extension-policy';
const RULES = '/v1/extension-policy/rules';
const ADDRESS = 'sip:alice@example.com';

let server;
let caller;

before(async () => {
  server = await startServer();
  caller = await Caller.open(server.sipPort);
  await server.move(ADDRESS, 'sip:alice@hotel.example.net');
});

beforeEach(async () => {
  const answer = await server.put(POLICY, { preset: 'standard' });
  assert.equal(answer.status, 200, answer.text);
});

after(async () => {
  caller?.close();
  await server?.stop();
});

function requiring(...tags) {
  return caller.call(ADDRESS, { headers: [`Require: ${tags.join(', ')}`] });
}

test('the default preset refuses what nobody registered and lets the rest through', async () => {
  const foo = await requiring('foo');

  assert.equal(foo.status, 420);
  assert.deepEqual(foo.headers.unsupported, ['foo']);
  assert.equal((await requiring('100rel')).status, 302);
  assert.equal((await requiring('sec-agree')).status, 420);
});

test('the policy shows its preset and its rules', async () => {
  const { status, body, headers } = await server.get(POLICY);

  assert.equal(status, 200);
  assert.equal(body.preset, 'standard');
  assert.equal(headers.etag, `"r${body.revision}"`);
  assert.ok(body.rules.length > 0);
  for (const rule of body.rules) {
    assert.match(rule.id, /^rul_[0-9A-Z]{26}$/);
    assert.ok(['accept', 'ignore', 'reject'].includes(rule.action));
    assert.ok(['require', 'proxy-require', 'both'].includes(rule.header));
  }
});

test('a preset is put in force for the very next call', async () => {
  const expected = { transparent: 302, 'redirect-server': 302, 'refuse-all': 420, standard: 420 };

  for (const [preset, status] of Object.entries(expected)) {
    const answer = await server.put(POLICY, { preset });
    assert.equal(answer.body.preset, preset);
    assert.equal((await requiring('foo')).status, status, preset);
  }
});

test('a PATCH changes the very next call', async () => {
  const { body } = await server.get(POLICY);
  const rules = [...body.rules, { tag: 'foo', action: 'accept' }];
  const patched = await server.patch(POLICY, { rules });

  assert.equal(patched.status, 200, patched.text);
  assert.equal(patched.body.preset, null);
  assert.equal(patched.body.rules.length, rules.length);
  assert.equal((await requiring('foo')).status, 302);
  assert.equal((await server.patch(POLICY, { preset: 'refuse-all' })).status, 200);
  assert.equal((await requiring('100rel')).status, 420);
});

test('an empty PATCH changes nothing, but keeps its condition', async () => {
  const before200 = await server.get(POLICY);
  const empty = await server.patch(POLICY, {}, { headers: { 'if-match': before200.headers.etag } });
  const stale = await server.patch(POLICY, {}, { headers: { 'if-match': '"r1"' } });

  assert.equal(empty.status, 200, empty.text);
  assert.deepEqual(empty.body, before200.body);
  assert.equal(stale.status, 412);
});

test('If-Match is honoured on the policy', async () => {
  const { headers } = await server.get(POLICY);
  const same = await server.get(POLICY, { headers: { 'if-none-match': headers.etag } });
  const first = await server.put(POLICY, { preset: 'transparent' }, { headers: { 'if-match': headers.etag } });
  const second = await server.put(POLICY, { preset: 'refuse-all' }, { headers: { 'if-match': headers.etag } });

  assert.equal(same.status, 304);
  assert.equal(first.status, 200);
  assert.equal(second.status, 412);
  assert.equal((await server.get(POLICY)).body.preset, 'transparent');
});

test('a dry run of a policy changes no call', async () => {
  const dry = await server.put(`${POLICY}?dry_run=true`, { preset: 'transparent' });

  assert.equal(dry.status, 200);
  assert.equal(dry.body.preset, 'transparent');
  assert.equal((await server.get(POLICY)).body.preset, 'standard');
  assert.equal((await requiring('foo')).status, 420);
});

test('a rule is made, changed and removed, each for the very next call', async () => {
  const made = await server.post(RULES, { tag: 'Foo', action: 'accept', note: 'partner' });
  const accepted = await requiring('foo');
  const policy = await server.get(POLICY);
  const path = made.headers.location;
  const changed = await server.patch(path, { action: 'reject' }, { headers: { 'if-match': made.headers.etag } });
  const rejected = await requiring('foo');
  const stale = await server.patch(path, { action: 'accept' }, { headers: { 'if-match': made.headers.etag } });
  const disabled = await server.patch(path, { enabled: false, action: 'accept' });
  const withoutIt = await requiring('foo');
  const removed = await server.delete(path);

  assert.equal(made.status, 201, made.text);
  assert.deepEqual({ ...made.body, id: 0, created_at: 0, updated_at: 0, revision: 0 }, {
    domain: '*', header: 'both', tag: 'foo', method: '*', action: 'accept', enabled: true,
    note: 'partner', id: 0, created_at: 0, updated_at: 0, revision: 0,
  });
  assert.equal(accepted.status, 302);
  assert.equal(policy.body.preset, null);
  assert.equal(changed.body.action, 'reject');
  assert.equal(rejected.status, 420);
  assert.equal(stale.status, 412);
  assert.equal(disabled.status, 200);
  assert.equal(withoutIt.status, 420);
  assert.equal(removed.status, 204);
  assert.equal((await server.get(path)).status, 404);
});

test('a rule of a domain goes before one for all', async () => {
  await server.post(RULES, { tag: 'foo', action: 'accept', domain: 'Example.com' });
  await server.post(RULES, { tag: 'foo', action: 'reject' });
  await server.move('sip:bob@other.example', 'sip:bob@hotel.example.net');
  const other = await caller.call('sip:bob@other.example', { headers: ['Require: foo'] });

  assert.equal((await requiring('foo')).status, 302);
  assert.equal(other.status, 420);
});

test('two rules for the same are refused, naming the other', async () => {
  const made = await server.post(RULES, { tag: 'foo', action: 'accept' });
  const again = await server.post(RULES, { tag: 'FOO', action: 'reject' });

  assert.equal(again.status, 409);
  assert.deepEqual(again.body.conflicting_ids, [made.body.id]);
});

test('rules are listed page by page, each once', async () => {
  const { body: policy } = await server.get(POLICY);
  const seen = [];
  for (let path = `${RULES}?limit=4`; path;) {
    const { body } = await server.get(path);
    seen.push(...body.items.map((rule) => rule.id));
    assert.ok(seen.length <= policy.rules.length, 'the list never ends');
    path = body.next_cursor && `${RULES}?limit=4&cursor=${encodeURIComponent(body.next_cursor)}`;
  }

  assert.deepEqual(seen.sort(), policy.rules.map((rule) => rule.id).sort());
});

test('the presets are told with their rules and what they are for', async () => {
  const { status, body } = await server.get(`${POLICY}/presets`);

  assert.equal(status, 200);
  assert.deepEqual(body.items.map((preset) => preset.name).sort(),
    ['redirect-server', 'refuse-all', 'standard', 'transparent']);
  for (const preset of body.items) {
    assert.ok(preset.text.length > 20, preset.name);
    assert.ok(preset.rules.length > 0, preset.name);
    const put = await server.put(POLICY, { rules: preset.rules });
    assert.equal(put.status, 200, put.text);
    assert.equal(put.body.rules.length, preset.rules.length);
  }
});

test('bad policies change nothing and list what is wrong', async () => {
  const good = (await server.get(POLICY)).body;
  const rows = [
    [{}, ['/preset']],
    [{ preset: 'paranoid' }, ['/preset']],
    [{ preset: '' }, ['/preset']],
    [{ preset: 'standard', rules: [] }, ['/preset']],
    [{ rules: [{ tag: 'foo', action: 'refuse' }] }, ['/rules/0/action']],
    [{ rules: [{ tag: 'a b', action: 'accept' }, { tag: 'x' }] }, ['/rules/0/tag', '/rules/1/action']],
    [{ rules: [{ tag: 'a', action: 'accept', header: 'supported' }] }, ['/rules/0/header']],
    [{ rules: 'all' }, ['/rules']],
    [{ rules: [7] }, ['/rules/0']],
    [{ preset: 'standard', mode: 'strict' }, ['/mode']],
  ];

  for (const [document, pointers] of rows) {
    const answer = await server.put(POLICY, document);
    assert.equal(answer.status, 422, JSON.stringify(document));
    assert.deepEqual(answer.body.errors.map((fault) => fault.pointer).sort(), pointers, answer.text);
  }
  assert.deepEqual((await server.get(POLICY)).body, good);
});

// What a caller can see of an answer and must be the same: all but what the
// request itself chose.
function essence(response) {
  return {
    start: response.text.split('\r\n')[0],
    unsupported: response.headers.unsupported,
    contact: response.headers.contact,
  };
}

function parse(text) {
  const headers = {};
  for (const line of text.split('\r\n\r\n')[0].split('\r\n').slice(1)) {
    const [name, ...rest] = line.split(':');
    (headers[name.toLowerCase()] ??= []).push(rest.join(':').trim());
  }
  return { text, headers };
}

test('a simulation says what the wire says', async () => {
  const rows = [
    { require: ['100rel'] },
    { require: ['foo'] },
    { require: ['foo', '100rel', 'BAR', 'Foo', 'sec-agree'] },
    { proxy_require: ['199'] },
    { proxy_require: ['foo'], require: ['timer'] },
    { proxy_require: ['foo', 'Bar'], require: ['bar', 'foo'] },
    { require: ['foo'], method: 'OPTIONS' },
    { method: 'REGISTER' },
    { address: 'sip:nobody@example.com' },
    { address: 'sip:nobody@example.com', require: ['foo'] },
    { address: 'sip:a@unserved.example', require: ['foo'] },
    { address: 'http://example.com/' },
    { require: Array.from({ length: 40 }, (unused, i) => `tag${i}`) },
  ];

  for (const preset of ['standard', 'refuse-all', 'transparent']) {
    await server.put(POLICY, { preset });
    for (const row of rows) {
      const document = { address: ADDRESS, ...row };
      const headers = [];
      if (row.require) headers.push(`Require: ${row.require.join(', ')}`);
      if (row.proxy_require) headers.push(`Proxy-Require: ${row.proxy_require.join(', ')}`);
      const simulated = await server.post(`${POLICY}/simulations`, document);
      const wire = await caller.call(document.address, { method: row.method ?? 'INVITE', headers });
      assert.equal(simulated.status, 200, simulated.text);
      assert.equal(simulated.body.status, wire.status, JSON.stringify(document));
      assert.equal(simulated.body.reason_phrase, wire.reason);
      assert.deepEqual(essence(parse(simulated.body.response)), essence(wire));
      const unsupported = (wire.headers.unsupported ?? []).flatMap((value) => value.split(/, */));
      assert.deepEqual(simulated.body.unsupported, unsupported);
    }
  }
});

test('a simulation names the rule behind every verdict', async () => {
  const { body: rule } = await server.post(RULES, { tag: 'foo', action: 'reject' });
  const { body } = await server.post(`${POLICY}/simulations`,
    { domain: 'Example.com', require: ['foo', '100rel'] });
  const nobody = await server.post(`${POLICY}/simulations`,
    { domain: 'unserved.example', require: ['foo'] });

  assert.equal(body.status, 420);
  assert.deepEqual(body.unsupported, ['foo']);
  assert.equal(body.tags[0].tag, 'foo');
  assert.equal(body.tags[0].header, 'require');
  assert.equal(body.tags[0].action, 'reject');
  assert.equal(body.tags[0].rule_id, rule.id);
  assert.equal(body.tags[1].tag, '100rel');
  assert.equal(body.tags[1].action, 'accept');
  assert.equal(nobody.body.status, 404);
});

test('a whole request can be pasted', async () => {
  const { body } = await server.post(`${POLICY}/simulations`,
    { request: `INVITE ${ADDRESS} SIP/2.0\nRequire: foo\n` });
  const garbage = await server.post(`${POLICY}/simulations`, { request: 'hello' });
  const both = await server.post(`${POLICY}/simulations`, { request: 'x', require: ['a'] });

  assert.equal(body.status, 420);
  assert.match(body.response, /^SIP\/2\.0 420 Bad Extension\r\n/);
  assert.equal(garbage.status, 422);
  assert.equal(garbage.body.errors[0].pointer, '/request');
  assert.equal(both.status, 422);
});

test('a policy can be tried before it is saved', async () => {
  const ask = { address: ADDRESS, require: ['foo'] };
  const inForce = await server.post(`${POLICY}/simulations`, ask);
  const preset = await server.post(`${POLICY}/simulations`, { ...ask, preset: 'transparent' });
  const rules = await server.post(`${POLICY}/simulations`,
    { ...ask, rules: [{ tag: '*', action: 'ignore' }] });
  const unknown = await server.post(`${POLICY}/simulations`, { ...ask, preset: 'x' });
  const faulty = await server.post(`${POLICY}/simulations`, { ...ask, rules: [{ tag: 'a b', action: 'ignore' }] });

  assert.equal(inForce.body.status, 420);
  assert.equal(preset.body.status, 302);
  assert.equal(rules.body.status, 302);
  assert.equal(unknown.body.errors[0].pointer, '/preset');
  assert.equal(faulty.body.errors[0].pointer, '/rules/0/tag');
  assert.equal((await requiring('foo')).status, 420);
});

test('an older version can be tried', async () => {
  await server.put(POLICY, { preset: 'transparent' });
  const [{ number }] = (await server.get(`${POLICY}/versions?limit=1`)).body.items;
  await server.put(POLICY, { preset: 'refuse-all' });
  const ask = (members) => server.post(`${POLICY}/simulations`, { require: ['foo'], ...members });

  assert.equal((await ask({ address: ADDRESS })).body.status, 420);
  assert.equal((await ask({ address: ADDRESS, version: number })).body.status, 302);
  assert.equal((await ask({ domain: 'example.com', version: number })).body.status, 302);
  const missing = await ask({ address: ADDRESS, version: 999999 });
  assert.equal(missing.status, 422);
  assert.deepEqual(missing.body.errors.map((fault) => fault.pointer), ['/version']);
  const both = await ask({ address: ADDRESS, version: number, preset: 'standard' });
  assert.deepEqual(both.body.errors.map((fault) => fault.pointer), ['/version']);
});

test('what is Supported is not required', async () => {
  const simulated = await server.post(`${POLICY}/simulations`, {
    address: ADDRESS, supported: ['foo'], require: ['100rel'], proxy_require: ['199'],
  });
  const wire = await caller.call(ADDRESS, { headers: ['Require: 100rel', 'Proxy-Require: 199', 'Supported: foo'] });

  assert.equal(simulated.body.status, wire.status, simulated.text);
  assert.match(simulated.body.request, /\r\nSupported: foo\r\n/);
  assert.deepEqual(simulated.body.tags.map((tag) => tag.tag), ['100rel', '199']);
});

test('a request that was pasted with bare line feeds, folded lines and no lengths is understood', async () => {
  const { status, body } = await server.post(`${POLICY}/simulations`, { request: [
    'INVITE sip:alice@example.com SIP/2.0',
    'Via: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK1',
    'From: <sip:bob@example.org>',
    ' ;tag=1',
    'To: <sip:alice@example.com>',
    'Call-ID: paste',
    'CSeq: 1 INVITE',
    'Require: 100rel,',
    '\tfoo',
  ].join('\n') });

  assert.equal(status, 200);
  assert.equal(body.status, 420);
  assert.deepEqual(body.unsupported, ['foo']);
  assert.match(body.response, /^SIP\/2\.0 420 Bad Extension\r\n/);
});

test('a paste that is no request is told what a request begins with', async () => {
  for (const request of ['hello', 'SIP/2.0 200 OK\n\n', '']) {
    const { status, body } = await server.post(`${POLICY}/simulations`, { request });
    assert.equal(status, 422, request);
    assert.equal(body.errors[0].pointer, '/request');
    assert.match(body.errors[0].detail, /INVITE sip:/);
  }
});

test('rules that stay keep their ids when the policy is replaced', async () => {
  await server.put(POLICY, { preset: 'standard' });
  const first = (await server.get(POLICY)).body.rules;
  const again = (await server.put(POLICY, { preset: 'standard' })).body.rules;
  const own = (await server.put(POLICY, {
    rules: [{ tag: 'FOO', action: 'reject' }, ...first.slice(0, 2)],
  })).body.rules;
  const kept = own.filter((rule) => rule.tag !== 'foo');

  assert.deepEqual(again.map((rule) => [rule.id, rule.created_at]), first.map((rule) => [rule.id, rule.created_at]));
  assert.deepEqual(new Set(kept.map((rule) => rule.id)), new Set(first.slice(0, 2).map((rule) => rule.id)));
  assert.equal(own.length, 3);
  assert.ok(!first.some((rule) => rule.id === own.find(({ tag }) => tag === 'foo').id));
});

test('a policy that was read can be put back as it is', async () => {
  for (const document of [{ preset: 'standard' }, { rules: [{ tag: 'foo', action: 'ignore' }] }]) {
    const saved = (await server.put(POLICY, document)).body;
    await server.put(POLICY, { preset: 'transparent' });
    const back = await server.put(POLICY, saved);

    assert.equal(back.status, 200, back.text);
    assert.equal(back.body.preset, saved.preset);
    assert.deepEqual(back.body.rules.map((rule) => [rule.tag, rule.action]),
      saved.rules.map((rule) => [rule.tag, rule.action]));
  }
  const edited = await server.put(POLICY, { preset: 'standard', rules: [{ tag: 'foo', action: 'ignore' }] });
  assert.equal(edited.status, 422);
  assert.equal(edited.body.errors[0].code, 'CONFLICTS_WITH_OTHER_MEMBER');
});

test('a rule for a method in the wrong case is refused', async () => {
  const rule = { tag: 'case-tag', action: 'reject' };
  const wrong = await server.post(`${POLICY}/rules`, { ...rule, method: 'invite' });
  const unknown = await server.post(`${POLICY}/rules`, { ...rule, method: 'Frob' });

  assert.equal(wrong.status, 422);
  assert.match(wrong.body.errors[0].detail, /did you mean INVITE\?/);
  assert.equal(unknown.status, 201, unknown.text);
});

test('a simulation can look ahead', async () => {
  const address = 'sip:ahead@example.com';
  await server.move(address, 'sip:a@hotel.example.net', { starts_at: '2031-01-01T00:00:00Z' });
  const ask = (at) => server.post(`${POLICY}/simulations`, { address, at });

  assert.equal((await ask()).body.status, 480);
  assert.equal((await ask('2030-12-31T23:59:59Z')).body.status, 480);
  assert.equal((await ask('2031-01-01T07:00:00+07:00')).body.status, 302);
  assert.deepEqual((await ask('2021-01-01T00:00:00Z')).body.errors.map((fault) => fault.pointer), ['/at']);
  assert.deepEqual((await ask('tomorrow')).body.errors.map((fault) => fault.code), ['BAD_TIME']);
});

test('the rules of one tag are listed', async () => {
  const rule = (await server.post(`${POLICY}/rules`, { tag: 'only-tag', action: 'reject' })).body;
  const list = await server.get(`${POLICY}/rules?tag=Only-Tag`);

  assert.deepEqual(list.body.items.map((item) => item.id), [rule.id]);
  assert.equal((await server.get(`${POLICY}/rules?tag=nobody`)).body.items.length, 0);
});
