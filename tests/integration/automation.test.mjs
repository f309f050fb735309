// The recipes of docs/automation.md: what each product sends makes the move that the page shows; commands print what it says.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { createToken, startServer } from './lib/server.mjs';
import { commandsOf, Shell } from './lib/shell.mjs';

const page = await readFile(new URL('../../docs/automation.md', import.meta.url), 'utf8');
const recipes = page.split(/^## Recipes$/m)[1].split(/^### /m).slice(1).map((text) => [text.split('\n')[0], text]);
const block = (text, kind) => new RegExp(`^\`\`\`${kind}\\n([\\s\\S]*?)^\`\`\``, 'm').exec(text)?.[1];

let server;
let alice;

before(async () => {
  server = await startServer();
  await server.post('/v1/domains', { name: 'example.com' });
  alice = await server.logIn('alice', { email: 'alice@example.com', external_id: '17', addresses: ['sip:alice@example.com'] });
});

after(async () => { await server?.stop(); });

const hex = (secret, body) => createHmac('sha256', secret).update(body).digest('hex');
const SIGNED = {
  bearer: (secret) => ({ Authorization: `Bearer ${secret}` }),
  github: (secret, body) => ({ 'X-Hub-Signature-256': `sha256=${hex(secret, body)}` }),
};

// What the script fetches, with Google's objects as far as it uses them.
function fetchedBy(script) {
  const fetched = [];
  const context = {
    Utilities: { computeHmacSha256Signature: (text, key) => [...createHmac('sha256', key).update(text).digest()].map((byte) => (byte << 24) >> 24) },
    UrlFetchApp: { fetch: (url, options) => { fetched.push(options); } },
    event: {
      getId: () => 'rome@google.com', getCreators: () => ['alice@example.com'], getTitle: () => 'Rome', getLocation: () => 'sip:alice@rome.example.net',
      getStartTime: () => new Date('2030-09-01T07:00:00Z'), getEndTime: () => new Date('2030-09-03T15:00:00Z'),
    },
    calendar: { getTimeZone: () => 'Europe/Rome' },
  };
  runInNewContext(`${script}\nsend(event, calendar);`, context);
  return fetched[0];
}

function requestOf(text, made, secret) {
  const script = block(text, 'js');
  if (!script) {
    const body = block(text, 'json payload');
    return { body, headers: SIGNED[made.kind](secret, body) };
  }
  const { payload, headers, contentType, method } = fetchedBy(script);
  assert.deepEqual([contentType, method], ['application/json', 'post']);
  return { body: payload, headers };
}

test('there are recipes for what people use', () => {
  assert.deepEqual(recipes.map(([title]) => title),
    ['cron and curl', 'A calendar\'s link', 'git-ops: moves in a repository', 'n8n', 'Zapier', 'Power Automate', 'Google Apps Script', 'A leave tool of HR']);
});

for (const [title, text] of recipes.filter(([, some]) => block(some, 'json source')))
  test(`${title}: what it sends makes the move that the page shows`, async () => {
    const given = JSON.parse(block(text, 'json source'));
    const made = await server.post('/v1/inbound-sources', given);
    assert.equal(made.status, 201, made.text);
    const { body, headers } = requestOf(text, made.body, given.secret ?? made.body.secret);
    const answer = await server.request('POST', made.body.path, body, { token: null, type: 'application/json; charset=utf-8', headers });

    assert.equal(answer.status, 200, answer.text);
    const { body: move } = await server.get(`/v1/moves/${answer.body.move_id}`);
    assert.deepEqual({ address: move.address, target: move.targets[0].uri, starts_at: move.starts_at, ends_at: move.ends_at, note: move.note }, JSON.parse(block(text, 'json move')));
  });

test('the leave tool takes a move back, and home office moves nobody', async () => {
  const text = recipes.find(([title]) => /HR/.test(title))[1];
  const { items } = (await server.get('/v1/inbound-sources')).body;
  const { path } = items.find(({ name }) => name === 'leave tool');
  const send = (change) => {
    const payload = JSON.parse(block(text, 'json payload'));
    Object.assign(payload, { delivery: JSON.stringify(change) });
    Object.assign(payload.leave, change);
    const body = JSON.stringify(payload);
    return server.request('POST', path, body, { token: null, type: 'application/json', headers: SIGNED.github('a-secret-that-both-sides-know', body) });
  };

  assert.equal((await send({ type: 'WFH', id: 100 })).body.outcome, 'ignored');
  assert.equal((await send({ status: 'requested' })).body.outcome, 'ignored');
  assert.equal((await send({ status: 'rejected' })).body.change, 'cancelled');
});

test('Power Automate: whole days are those of the zone, and what is free or deleted moves nobody', async () => {
  const text = recipes.find(([title]) => title === 'Power Automate')[1];
  const { body: made } = await server.post('/v1/inbound-sources', { ...JSON.parse(block(text, 'json source')), name: 'outlook' });
  const send = (change) => {
    const payload = { ...JSON.parse(block(text, 'json payload')), id: 'AAMkWholeDays=', ...change };
    return server.request('POST', made.path, JSON.stringify(payload), { token: null, type: 'application/json', headers: SIGNED.bearer(made.secret) });
  };
  const days = { isAllDay: true, start: '2031-08-01T00:00:00.0000000', end: '2031-08-03T00:00:00.0000000',
    startWithTimeZone: '2031-08-01T00:00:00+00:00', endWithTimeZone: '2031-08-03T00:00:00+00:00' };
  const added = await send(days);
  const { body: move } = await server.get(`/v1/moves/${added.body.move_id}`);

  assert.deepEqual([move.starts_at, move.ends_at], ['2031-07-31T22:00:00.000Z', '2031-08-02T22:00:00.000Z']);
  assert.equal((await send({ ...days, ActionType: 'updated', showAs: 'free' })).body.change, 'cancelled');
  assert.equal((await send({ ...days, ActionType: 'updated' })).body.change, 'created');
  assert.equal((await send({ ActionType: 'deleted' })).body.change, 'cancelled');
});

test('every command prints what the page says', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'sipmoved-automation-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const shell = new Shell(folder);
  t.after(() => shell.end());
  const token = await createToken(server.dataDir, 'automation', 'service');
  await writeFile(join(folder, 'token.txt'), `Authorization: Bearer ${token}\n`, { mode: 0o600 });
  const own = await server.post('/v1/me/tokens', { name: 'calendar' }, { cookie: alice.cookie });
  await writeFile(join(folder, 'own.txt'), `Authorization: Bearer ${own.body.token}\n`, { mode: 0o600 });
  await shell.run(`at=http://127.0.0.1:${server.httpPort}/v1; api() { curl -sS --fail-with-body -H @token.txt "$@"; }; my() { curl -sS --fail-with-body -H @own.txt "$@"; }`);

  for (const [command, shown] of recipes.flatMap(([, text]) => commandsOf(text))) {
    const { stdout, stderr } = await shell.run(command);
    assert.equal(stderr, '', command);
    assert.equal(stdout.trim(), shown, command);
  }
});
