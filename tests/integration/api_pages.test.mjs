// /docs: the pages that show /openapi.json to people.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startServer } from './lib/server.mjs';

const FOLDER = new URL('../../api/docs/', import.meta.url).pathname;
const TYPES = { html: 'text/html; charset=utf-8', css: 'text/css; charset=utf-8', js: 'text/javascript; charset=utf-8' };
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

let server;

before(async () => { server = await startServer(); });

after(async () => { await server?.stop(); });

const ask = (path, headers) => server.get(path, { token: null, headers });

test('the page and its files are as they were written, of the right type, open to all and under a strict policy', async () => {
  const names = await readdir(FOLDER);
  assert.ok(names.length >= 3);

  for (const [path, name] of [['/docs', 'index.html'], ...names.map((name) => [`/docs/${name}`, name])]) {
    const { status, headers, text } = await ask(path);
    assert.equal(status, 200, path);
    assert.equal(headers['content-type'], TYPES[name.split('.').at(-1)], path);
    assert.equal(headers['content-security-policy'], POLICY, path);
    assert.equal(headers['x-content-type-options'], 'nosniff', path);
    assert.equal(text, await readFile(join(FOLDER, name), 'utf8'), path);
  }
});

test('a browser gets what it asks for', async () => {
  const rows = [
    ['/docs', { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'sec-fetch-dest': 'document' }],
    ['/docs/reference.css', { accept: 'text/css,*/*;q=0.1', 'sec-fetch-dest': 'style', 'sec-fetch-site': 'same-origin' }],
    ['/docs/reference.js', { accept: '*/*', 'sec-fetch-dest': 'script', 'sec-fetch-site': 'same-origin' }],
    ['/docs', { accept: 'text/html' }],
    ['/docs/reference.css', { accept: 'text/css' }],
  ];
  for (const [path, headers] of rows) assert.equal((await ask(path, headers)).status, 200, path);
  assert.equal((await ask('/docs', { accept: 'image/png' })).status, 406);
});

test('who has a file already is told so, and gets it again when it is another one', async () => {
  for (const path of ['/docs', '/docs/reference.js', '/openapi.json']) {
    const { etag, 'cache-control': cache } = (await ask(path)).headers;
    assert.match(etag, /^"[0-9a-f]{32}"$/, path);
    assert.equal(cache, 'private, no-cache', path);
    const known = await ask(path, { 'if-none-match': etag });
    assert.deepEqual([known.status, known.text, known.headers.etag], [304, '', etag], path);
    assert.equal((await ask(path, { 'if-none-match': '"0123"' })).status, 200, path);
  }
});

test('what is not there, or is asked with parameters, is a problem', async () => {
  for (const path of ['/docs/nothing.js', '/docs/..%2Findex.html', '/docs/index.htm', '/docs/INDEX.HTML'])
    assert.ok([400, 404].includes((await ask(path)).status), path);
  for (const path of ['/docs', '/docs/index.html', '/docs/problems', '/openapi.json'])
    assert.equal((await ask(`${path}?zzz=1`)).status, 400, path);
});

test('the page holds no script, style or address of elsewhere, and all that it names is there', async () => {
  const { text } = await ask('/docs');
  const named = [...text.matchAll(/(?:href|src)="([^"#]+)"/g)].map(([, url]) => url).filter((url) => url !== 'data:,');

  assert.ok(named.length >= 3);
  for (const url of named) {
    assert.match(url, /^\//);
    assert.equal((await ask(url)).status, 200, url);
  }
  assert.doesNotMatch(text, /<style|\sstyle=|\son[a-z]+=|javascript:/i);
  for (const [, inside] of text.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)) assert.equal(inside, '');
});

test('the script makes elements, never HTML out of text', async () => {
  const { text } = await ask('/docs/reference.js');
  assert.doesNotMatch(text, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|\.style\b|https?:\/\//);
  assert.doesNotMatch(text, /localStorage|sessionStorage|document\.cookie/);
});

test('the list of problems leads to a page for each', async () => {
  const { status, body } = await ask('/docs/problems');
  assert.equal(status, 200);
  assert.ok(body.items.length > 20);
  for (const { type, code, status: of, title, advice } of body.items) {
    const page = await ask(type);
    assert.equal(page.status, 200, type);
    assert.equal(page.text, `${title} (${of} ${code})\n\n${advice}\n`);
  }
});
