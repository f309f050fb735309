// What a page of somebody else can do in the browser of who is logged in here: Debian's chromium, driven by playwright-core. Two such
// pages: one of another port of this host, to which the browser does send the cookie, and one of another host.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { eventually, startServer } from '../integration/lib/server.mjs';

const PROGRAM = '/usr/bin/chromium';
const skip = existsSync(PROGRAM) ? false : 'there is no chromium here';
const MOVE = { address: 'sip:alice@example.com', targets: [{ uri: 'sip:thief@elsewhere.example' }] };

let server;
let browser;
let context;
let elsewhere;
// Stands between the browser and the server, and keeps what either said: what a page may not read, its browser does not show.
let between;
let origin;
const exchanges = [];

before(async () => {
  if (skip) return;
  server = await startServer({ config: '[auth]\npassword_memory_kib = 19456\n' });
  await server.logIn('alice', { role: 'admin', addresses: ['sip:alice@example.com'] }, 'the password of alice');
  elsewhere = createServer((request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end('<!doctype html><title>elsewhere</title><body></body>');
  });
  elsewhere.listen(0);
  await once(elsewhere, 'listening');
  between = createServer((request, response) => {
    const { method, url, headers } = request;
    const forwarded = httpRequest({ host: '127.0.0.1', port: server.httpPort, method, path: url, headers }, (answer) => {
      exchanges.push({ method, url, headers, status: answer.statusCode });
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    request.pipe(forwarded);
  });
  between.listen(0, '127.0.0.1');
  await once(between, 'listening');
  origin = `http://127.0.0.1:${between.address().port}`;
  browser = await chromium.launch({ executablePath: PROGRAM, args: process.getuid() === 0 ? ['--no-sandbox'] : [] });
  context = await browser.newContext();
  const page = await ownPage();
  assert.equal(await page.evaluate(async () => (await fetch('/v1/sessions', { method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'alice', password: 'the password of alice' }) })).status), 201);
  assert.equal(await page.evaluate(async () => (await fetch('/v1/me')).status), 200);
});

after(async () => {
  await browser?.close();
  elsewhere?.close();
  between?.close();
  await server?.stop();
});

async function ownPage() {
  const page = await context.newPage();
  await page.goto(`${origin}/docs`);
  return page;
}

async function otherPage(host) {
  const page = await context.newPage();
  await page.goto(`http://${host}:${elsewhere.address().port}/`);
  return page;
}

// What a page's POST was answered, and the headers that the browser sent with it.
async function answerTo(page, act) {
  const seen = exchanges.length;
  await act(`${origin}/v1/moves`);
  return eventually(() => exchanges.slice(seen).find(({ method, url }) => method === 'POST' && url === '/v1/moves'), Boolean);
}

function send(page, options) {
  return (url) => page.evaluate(([to, how]) => fetch(to, { credentials: 'include', ...how }).then(() => {}, () => {}), [url, options]);
}

function submit(page, type) {
  return (url) => page.evaluate(([to, encoding, body]) => {
    const form = document.createElement('form');
    Object.assign(form, { action: to, method: 'POST', enctype: encoding });
    const field = document.createElement('input');
    Object.assign(field, { name: body.slice(0, -1), value: body.slice(-1) });
    form.append(field);
    document.body.append(form);
    form.submit();
  }, [url, type, JSON.stringify(MOVE)]);
}

async function movesOfAlice() {
  return (await server.get('/v1/moves?address=sip:alice@example.com')).body.items;
}

test('a page of another port is refused though the browser sends the cookie', { skip }, async () => {
  for (const act of [
    (page) => send(page, { method: 'POST', mode: 'no-cors', headers: { 'content-type': 'text/plain' }, body: JSON.stringify(MOVE) }),
    (page) => submit(page, 'text/plain'),
    (page) => submit(page, 'application/x-www-form-urlencoded'),
    (page) => submit(page, 'multipart/form-data'),
  ]) {
    const page = await otherPage('127.0.0.1');
    const { status, headers } = await answerTo(page, act(page));
    assert.match(headers.cookie ?? '', /__Host-sipmoved=/);
    assert.equal(headers['sec-fetch-site'], 'same-site');
    assert.equal(status, 403);
    await page.close();
  }
  assert.deepEqual(await movesOfAlice(), []);
});

test('a page of another host does not get the cookie sent', { skip }, async () => {
  for (const act of [(page) => send(page, { method: 'POST', mode: 'no-cors', body: JSON.stringify(MOVE) }), (page) => submit(page, 'text/plain')]) {
    const page = await otherPage('localhost');
    const { status, headers } = await answerTo(page, act(page));
    assert.equal(headers.cookie, undefined);
    assert.equal(headers['sec-fetch-site'], 'cross-site');
    assert.ok([401, 403].includes(status), `${status}`);
    await page.close();
  }
  assert.deepEqual(await movesOfAlice(), []);
});

test('JSON from elsewhere is not even sent: the browser asks first, and is not told yes', { skip }, async () => {
  for (const [host, method] of [['127.0.0.1', 'POST'], ['localhost', 'POST'], ['127.0.0.1', 'DELETE'], ['127.0.0.1', 'PATCH']]) {
    const page = await otherPage(host);
    const failed = await page.evaluate(([to, how, body]) => fetch(to, { method: how, credentials: 'include',
      headers: { 'content-type': 'application/json' }, body }).then(() => 'read', () => 'failed'),
    [`${origin}/v1/moves`, method, JSON.stringify(MOVE)]);
    assert.equal(failed, 'failed', `${host} ${method}`);
    await page.close();
  }
  assert.deepEqual(await movesOfAlice(), []);
});

test('a body of text is 415, from a page of our own as well', { skip }, async () => {
  const page = await ownPage();
  const { status } = await answerTo(page, send(page, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: JSON.stringify(MOVE) }));

  assert.equal(status, 415);
  assert.deepEqual(await movesOfAlice(), []);
  await page.close();
});

test('what the API says is neither script, style, picture nor frame of another page, and none may read it', { skip }, async () => {
  for (const host of ['127.0.0.1', 'localhost'])
    for (const path of ['/v1/me', '/v1/moves', '/v1/moves?callback=stolen', '/openapi.json']) {
      const page = await otherPage(host);
      const url = `${origin}${path}`;
      const got = await page.evaluate(async (to) => {
        const before = Object.keys(window).length;
        let errors = 0;
        window.stolen = () => { throw new Error('called'); };
        window.addEventListener('error', (event) => { if (!(event.target instanceof HTMLElement)) errors += 1; });
        const load = (element) => new Promise((resolve) => {
          element.addEventListener('load', () => resolve('loaded'));
          element.addEventListener('error', () => resolve('refused'));
          document.head.append(element);
        });
        return {
          script: await load(Object.assign(document.createElement('script'), { src: to })),
          module: await load(Object.assign(document.createElement('script'), { src: to, type: 'module' })),
          style: await load(Object.assign(document.createElement('link'), { href: to, rel: 'stylesheet' })),
          image: await load(Object.assign(new Image(), { src: to })),
          read: await fetch(to, { credentials: 'include' }).then((answer) => answer.text(), () => 'refused'),
          opaque: await fetch(to, { credentials: 'include', mode: 'no-cors' }).then((answer) => answer.text(), () => 'refused'),
          names: Object.keys(window).length - before,
          errors,
        };
      }, url);
      assert.deepEqual(got, { script: 'refused', module: 'refused', style: 'refused', image: 'refused', read: 'refused',
        opaque: got.opaque, names: 1, errors: 0 }, `${host} ${path}`);
      assert.ok(['', 'refused'].includes(got.opaque), got.opaque);
      await page.close();
    }
});
