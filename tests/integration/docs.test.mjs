// docs/api.md against the route table and a running server.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { startServer } from './lib/server.mjs';

const ROOT = new URL('../../', import.meta.url).pathname;
const page = await readFile(join(ROOT, 'docs/api.md'), 'utf8');
const source = await readFile(join(ROOT, 'api/endpoints.c'), 'utf8');
// [method, path, scope, members, parameters] of the table of routes.
const rows = [...page.matchAll(/^\| `([A-Z]+) (\/\S*)` \| (.*?) \| (.*?)\|(.*?)\|$/gm)].map(
  ([, method, path, scope, members, parameters]) => ({ method, path, scope, members, parameters }));

let server;

before(async () => { server = await startServer(); });

after(async () => { await server?.stop(); });

function words(text) {
  return [...text.matchAll(/`([a-z_]+)`/g)].map(([, word]) => word).sort();
}

test('the page has every route with its scope, and no other', () => {
  const routes = [...source.matchAll(/\{ HTTP_([A-Z]+), +"([^"]+)", +(SCOPE_([A-Z_]+)|0),/g)].map(
    ([, method, path, , scope]) => `${method} ${path} ${scope ? scope.toLowerCase().replace('_', ':') : 'none'}`);

  assert.ok(routes.length > 30);
  assert.deepEqual(rows.map((row) => `${row.method} ${row.path} ${row.scope.split(';')[0]}`).sort(), routes.sort());
});

test('the page has every parameter of every list', async () => {
  const lists = rows.filter((row) => row.method === 'GET' && words(row.parameters).includes('cursor'));
  const { cookie } = await server.logIn('lists', { role: 'admin' });

  for (const row of lists) {
    const answer = await server.get(`${row.path}?zzz=1`, row.path.startsWith('/v1/me/') ? { cookie } : {});
    const known = answer.body.errors[0].detail.split('it has: ')[1].split(', ').sort();
    assert.deepEqual(words(row.parameters), known, row.path);
  }
  assert.ok(lists.length >= 6);
});

test('the page has every member of what is made', async () => {
  const makes = rows.filter((row) => row.method === 'POST' && words(row.members).length > 0 && !row.members.includes('as `POST'));
  const { cookie } = await server.logIn('docs', { role: 'admin' });

  for (const row of makes) {
    const answer = await server.post(row.path.replace('{id}', 'x'), { zzz: 1 },
      row.scope === 'self' ? { cookie } : {});
    const { detail } = answer.body.errors.find((fault) => fault.pointer === '/zzz');
    assert.deepEqual(words(row.members), detail.split('here: ')[1].split(', ').filter(Boolean).sort(), row.path);
  }
});

test('the page has the scopes of every role', async () => {
  for (const role of ['admin', 'operator', 'helpdesk', 'service']) {
    const { body } = await server.post('/v1/tokens', { name: `docs ${role}`, role });
    const [, shown] = new RegExp(`^\\| \`${role}\` \\|.*\\| (.*) \\|$`, 'm').exec(page);
    const scopes = [...shown.matchAll(/`(\S+)`/g)].map(([, scope]) => scope);
    if (role === 'admin') assert.equal(shown, 'all');
    else assert.deepEqual(scopes, body.scopes);
  }
});

test('what the pages of docs lead to is there', async () => {
  const names = (await readdir(join(ROOT, 'docs'), { recursive: true })).filter((name) => name.endsWith('.md'));
  const slug = (title) => title.toLowerCase().replace(/[^\w\- ]/g, '').replaceAll(' ', '-');

  assert.ok(names.length > 5);
  for (const name of names) {
    const text = await readFile(join(ROOT, 'docs', name), 'utf8');
    for (const [, path, place] of text.matchAll(/\]\(([^)#:\s]*)(?:#([^)\s]*))?\)/g)) {
      const there = path === '' ? text : await readFile(join(ROOT, 'docs', dirname(name), path), 'utf8');
      const titles = [...there.matchAll(/^#+ (.*)$/gm)].map(([, title]) => slug(title));
      if (place) assert.ok(titles.includes(place), `${name}: ${path}#${place}`);
    }
  }
});

test('the page has every reason that the log may give', async () => {
  const calls = await readFile(join(ROOT, 'docs/api/calls.md'), 'utf8');
  const reasons = await readFile(join(ROOT, 'server/base/call_reason.c'), 'utf8');
  const names = [...reasons.matchAll(/= "([a-z_]+)"/g)].map(([, name]) => name);

  assert.ok(names.length > 10);
  for (const name of names) assert.match(calls, new RegExp(`^\\| \`${name}\` \\|`, 'm'));
});
