// The portal's files as HTTP gives them; what they do is tests/browser's.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { request } from 'node:http';
import { startServer } from './lib/server.mjs';

let server;
before(async () => { server = await startServer(); });
after(async () => server?.stop());

test('files of the portal are kept for good by their version, and the page itself is asked for again', async () => {
  const page = await server.get('/', { token: null, headers: { accept: 'text/html' } });
  assert.equal(page.headers['cache-control'], 'private, no-cache');
  assert.match(page.headers['content-security-policy'], /require-trusted-types-for 'script'/);
  const [, app] = page.text.match(/src="([^"]+app\.js)"/);
  const script = await server.get(app, { token: null });
  assert.equal(script.headers['cache-control'], 'public, max-age=31536000, immutable');
  assert.equal(script.headers['content-type'], 'text/javascript; charset=utf-8');
  const known = await server.get(app, { token: null, headers: { 'if-none-match': script.headers.etag } });
  assert.equal(known.status, 304);
  const older = await server.get(app.replace(/portal\/\w+/, 'portal/0123456789abcdef'), { token: null });
  assert.equal(older.headers['cache-control'], 'private, no-cache');
  assert.equal((await server.get(app.replace('app.js', 'app.js.gz'), { token: null })).status, 404);
  assert.equal((await server.get(app.replace('app.js', 'pages/none.js'), { token: null })).status, 404);
  assert.equal((await server.get(`${app}?x=1`, { token: null })).status, 400);
  assert.equal((await server.get('/?x=1', { token: null, headers: { accept: 'text/html' } })).status, 400);
  const again = await server.get('/', { token: null, headers: { accept: 'text/html', 'if-none-match': page.headers.etag } });
  assert.equal(again.status, 304);
});

// Bytes as they come, without what node would make of them.
const fetched = (path, headers) => new Promise((fulfil, reject) => {
  request({ host: '127.0.0.1', port: server.httpPort, path, headers }, (answer) => {
    const parts = [];
    answer.on('data', (part) => parts.push(part)).on('end', () => fulfil({ headers: answer.headers, bytes: Buffer.concat(parts) }));
  }).on('error', reject).end();
});

test('who takes gzip gets the twin from the build, with an ETag of its own', async () => {
  const { text } = await server.get('/', { token: null, headers: { accept: 'text/html' } });
  const [, app] = text.match(/src="([^"]+app\.js)"/);
  const plain = await fetched(app, {});
  const packed = await fetched(app, { 'accept-encoding': 'gzip' });

  assert.equal(packed.headers['content-encoding'], 'gzip');
  assert.equal(packed.headers.vary, 'Accept-Encoding');
  assert.equal(plain.headers.vary, 'Accept-Encoding');
  assert.deepEqual(gunzipSync(packed.bytes), plain.bytes);
  assert.equal(packed.headers.etag, plain.headers.etag.replace(/"$/, '-gzip"'));
});

test('portal_dir serves the files from disk as they are at that moment, and nothing beside that folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sipmoved-portal-'));
  await writeFile(join(folder, 'index.html'), '<script src="/portal/{version}/app.js"></script>');
  await writeFile(join(folder, 'app.js'), 'first');
  await writeFile(join(folder, '.hidden.js'), 'secret');
  const own = await startServer({ args: ['--portal-dir', folder] });
  const get = (path) => own.get(path, { token: null, headers: { accept: '*/*' } });

  assert.equal((await get('/')).text, '<script src="/portal/live/app.js"></script>');
  const script = await get('/portal/live/app.js');
  assert.deepEqual([script.text, script.headers['cache-control']], ['first', 'private, no-cache']);
  await writeFile(join(folder, 'app.js'), 'second');
  assert.equal((await get('/portal/live/app.js')).text, 'second');
  for (const path of ['/portal/live/.hidden.js', '/portal/live', '/portal/live/none.js', '/portal/live/.', '/portal/live/%2e%2e/etc'])
    assert.ok([400, 404].includes((await get(path)).status), path);
  await own.stop();
  await rm(folder, { recursive: true });
});
