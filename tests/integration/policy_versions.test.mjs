// Versions of the extension policy: kept, compared, and gone back to.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createToken, startServer } from './lib/server.mjs';
import { Caller } from './lib/sip.mjs';

const POLICY = '/v1/extension-policy';
const RULES = `${POLICY}/rules`;
const VERSIONS = `${POLICY}/versions`;
const ADDRESS = 'sip:alice@example.com';

let server;
let caller;

before(async () => {
  server = await startServer();
  caller = await Caller.open(server.sipPort);
  await server.move(ADDRESS, 'sip:alice@hotel.example.net');
});

after(async () => {
  caller?.close();
  await server?.stop();
});

async function newest() {
  const { body } = await server.get(`${VERSIONS}?limit=1`);
  return body.items[0];
}

async function statusFor(tag) {
  return (await caller.call(ADDRESS, { headers: [`Require: ${tag}`] })).status;
}

test('a fresh server has the default preset as version 1', async () => {
  const { status, body, headers } = await server.get(`${VERSIONS}/1`);
  const policy = await server.get(POLICY);

  assert.equal(status, 200);
  assert.equal(body.number, 1);
  assert.equal(body.preset, 'standard');
  assert.equal(body.actor.kind, 'system');
  assert.equal(body.restored_from, null);
  assert.equal(body.rule_count, policy.body.rules.length);
  assert.deepEqual(body.rules, policy.body.rules);
  assert.equal(headers.etag, `"r${body.revision}"`);
  assert.equal((await server.get(`${VERSIONS}/1`, { headers: { 'if-none-match': headers.etag } })).status, 304);
});

test('every change makes a version that says who made it and how much it changed', async () => {
  const first = await newest();
  const made = await server.post(RULES, { tag: 'foo', action: 'accept' });
  const second = await newest();
  await server.patch(made.headers.location, { action: 'ignore' });
  const third = await newest();
  await server.delete(made.headers.location);
  const fourth = await newest();
  await server.put(POLICY, { preset: 'refuse-all', note: 'audit week' });
  const fifth = await newest();
  const counts = ({ added_count, changed_count, removed_count }) => [added_count, changed_count, removed_count];

  assert.deepEqual([second, third, fourth, fifth].map((version) => version.number - first.number), [1, 2, 3, 4]);
  assert.deepEqual([second, third, fourth].map(counts), [[1, 0, 0], [0, 1, 0], [0, 0, 1]]);
  assert.equal(second.preset, null);
  assert.deepEqual(second.actor, { kind: 'token', name: 'test' });
  assert.equal(fifth.preset, 'refuse-all');
  assert.equal(fifth.note, 'audit week');
  assert.equal(fifth.revision, (await server.get(POLICY)).body.revision);
});

test('what fails or is only tried makes no version', async () => {
  const before = await newest();
  await server.put(`${POLICY}?dry_run=true`, { preset: 'transparent' });
  await server.put(POLICY, { preset: 'nonsense' });
  await server.patch(POLICY, {});
  await server.put(POLICY, { preset: 'transparent' }, { headers: { 'if-match': '"r1"' } });
  const tooLong = await server.put(POLICY, { preset: 'transparent', note: 'x'.repeat(501) });

  assert.equal(tooLong.status, 422);
  assert.equal(tooLong.body.errors[0].pointer, '/note');
  assert.deepEqual(await newest(), before);
});

test('two versions are compared, in members and in words', async () => {
  await server.put(POLICY, { rules: [
    { tag: '*', action: 'ignore' },
    { tag: 'foo', action: 'accept', domain: 'example.com' },
    { tag: 'gone', action: 'reject' },
  ] });
  const from = await newest();
  await server.put(POLICY, { rules: [
    { tag: '*', action: 'ignore' },
    { tag: 'foo', action: 'reject', domain: 'example.com', note: 'partner' },
    { tag: 'new', action: 'reject', method: 'INVITE', header: 'require', enabled: false },
  ] });
  const to = await newest();
  const { status, body } = await server.get(`${VERSIONS}/${to.number}/diff`);
  const named = await server.get(`${VERSIONS}/${to.number}/diff?against=${from.number}`);
  const back = await server.get(`${VERSIONS}/${from.number}/diff?against=current`);
  const same = await server.get(`${VERSIONS}/${to.number}/diff?against=current`);

  assert.equal(status, 200);
  assert.deepEqual(named.body, body);
  assert.equal(body.from.number, from.number);
  assert.equal(body.to.number, to.number);
  assert.deepEqual(body.added.map((rule) => rule.tag), ['new']);
  assert.deepEqual(body.removed.map((rule) => rule.tag), ['gone']);
  assert.deepEqual(body.changed.map(({ members, before, after }) => [members, before.action, after.action]),
    [[['action', 'note'], 'accept', 'reject']]);
  assert.equal(body.changed[0].before.id, body.changed[0].after.id);
  assert.deepEqual(body.summary, [
    'Changed: `foo` in Require and Proxy-Require is accepted (domain example.com); now `foo` in Require and Proxy-Require is refused with 420 (domain example.com).',
    'Removed: `gone` in Require and Proxy-Require is refused with 420.',
    'Added: `new` in Require is refused with 420 (method INVITE), switched off.',
  ]);
  assert.deepEqual(back.body.added.map((rule) => rule.tag), ['gone']);
  assert.deepEqual(back.body.removed.map((rule) => rule.tag), ['new']);
  assert.deepEqual(same.body.summary, ['Nothing differs.']);
});

test('a rule that was removed and made again is the same to a comparison', async () => {
  await server.put(POLICY, { preset: 'standard' });
  const first = await newest();
  await server.put(POLICY, { preset: 'transparent' });
  await server.put(POLICY, { preset: 'standard' });
  const { body } = await server.get(`${VERSIONS}/${first.number}/diff?against=current`);

  assert.deepEqual([body.added, body.changed, body.removed], [[], [], []]);
});

test('a restored version decides the very next call, and its rules have their ids again', async () => {
  await server.put(POLICY, { preset: 'standard' });
  const made = await server.post(RULES, { tag: 'foo', action: 'accept' });
  const good = await newest();
  const rules = (await server.get(RULES)).body.items.map((rule) => rule.id);
  await server.put(POLICY, { preset: 'refuse-all' });
  assert.equal(await statusFor('foo'), 420);

  const { status, body, headers } = await server.post(`${VERSIONS}/${good.number}/restore`, { note: 'too strict' });
  const restored = await newest();

  assert.equal(status, 200);
  assert.equal(await statusFor('foo'), 302);
  assert.equal(headers.etag, `"r${body.revision}"`);
  assert.deepEqual((await server.get(RULES)).body.items.map((rule) => rule.id), rules);
  assert.ok(rules.includes(made.body.id));
  assert.equal(restored.restored_from, good.number);
  assert.equal(restored.number, good.number + 2);
  assert.equal(restored.note, 'too strict');
});

test('a preset that is gone back to has its name again', async () => {
  await server.put(POLICY, { preset: 'transparent' });
  const preset = await newest();
  await server.post(RULES, { tag: 'foo', action: 'reject' });
  assert.equal((await server.get(POLICY)).body.preset, null);

  assert.equal((await server.post(`${VERSIONS}/${preset.number}/restore`, {})).body.preset, 'transparent');
});

test('a restore honours If-Match, and can be tried', async () => {
  await server.put(POLICY, { preset: 'standard' });
  const { number } = await newest();
  const changed = await server.put(POLICY, { preset: 'transparent' });
  const stale = await server.post(`${VERSIONS}/${number}/restore`, {}, { headers: { 'if-match': '"r1"' } });
  const tried = await server.post(`${VERSIONS}/${number}/restore?dry_run=true`, {});

  assert.equal(stale.status, 412);
  assert.equal(tried.status, 200);
  assert.equal(tried.body.preset, 'standard');
  assert.equal((await server.get(POLICY)).body.preset, 'transparent');
  const fresh = await server.post(`${VERSIONS}/${number}/restore`, {}, { headers: { 'if-match': changed.headers.etag } });
  assert.equal(fresh.status, 200);
});

test('a version that is not there is not found, and what is no number is told', async () => {
  for (const id of ['0', '999999', 'x', '-1', '99999999999999999999'])
    assert.equal((await server.get(`${VERSIONS}/${id}`)).status, 404, id);
  assert.equal((await server.post(`${VERSIONS}/999999/restore`, {})).status, 404);
  assert.equal((await server.get(`${VERSIONS}/1/diff?against=999999`)).status, 404);
  const wrong = await server.get(`${VERSIONS}/1/diff?against=yesterday`);
  assert.equal(wrong.status, 400);
  assert.equal(wrong.body.errors[0].parameter, 'against');
  assert.deepEqual((await server.get(`${VERSIONS}/1/diff`)).body.from, null);
});

test('the list is paged, newest first', async () => {
  for (let i = 0; i < 4; i++) await server.put(POLICY, { preset: i % 2 ? 'standard' : 'transparent' });
  const all = (await server.get(`${VERSIONS}?limit=1000`)).body.items.map((version) => version.number);
  const paged = [];
  let path = `${VERSIONS}?limit=3`;

  for (let cursor = ''; cursor !== null;) {
    const { body } = await server.get(path);
    paged.push(...body.items.map((version) => version.number));
    cursor = body.next_cursor;
    path = `${VERSIONS}?limit=3&cursor=${cursor}`;
  }
  assert.deepEqual(paged, all);
  assert.deepEqual(all, [...all].sort((a, b) => b - a));
  assert.equal(all.at(-1), 1);
  const { headers } = await server.get(VERSIONS);
  assert.equal((await server.get(VERSIONS, { headers: { 'if-none-match': headers.etag } })).status, 304);
});

test('who may read policies may compare, and not go back', async () => {
  const operator = await createToken(server.dataDir, 'looker', 'operator');

  assert.equal((await server.get(VERSIONS, { token: operator })).status, 200);
  assert.equal((await server.get(`${VERSIONS}/1/diff`, { token: operator })).status, 200);
  assert.equal((await server.post(`${VERSIONS}/1/restore`, {}, { token: operator })).status, 403);
});

test('versions outlive the process', async () => {
  const before = (await server.get(VERSIONS)).body;
  const { dataDir, token } = server;
  await server.halt();
  caller.close();
  server = await startServer({ dataDir, token });
  caller = await Caller.open(server.sipPort);

  assert.deepEqual((await server.get(VERSIONS)).body.items, before.items);
});
