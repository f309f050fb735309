// /docs in a browser, as people see it: Debian's chromium, driven by playwright-core.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { operations } from '../openapi/document.mjs';
import { startServer } from '../integration/lib/server.mjs';

const PROGRAM = '/usr/bin/chromium';
const skip = existsSync(PROGRAM) ? false : 'there is no chromium here';

let server;
let browser;
let complaints;

before(async () => {
  if (skip) return;
  server = await startServer();
  browser = await chromium.launch({ executablePath: PROGRAM, args: process.getuid() === 0 ? ['--no-sandbox'] : [] });
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

// A page that has shown all of the document; complaints has what the browser said of it.
async function open(options = {}, hash = '') {
  const page = await browser.newPage(options);
  complaints = [];
  page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) complaints.push(message.text()); });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`http://127.0.0.1:${server.httpPort}/docs${hash}`);
  await page.locator('#problems').waitFor();
  return page;
}

// Until each has been filled.
async function openAll(page, selector) {
  await page.evaluate((which) => { for (const details of document.querySelectorAll(which)) details.open = true; }, selector);
  await page.waitForFunction((which) => [...document.querySelectorAll(which)]
    .every((details) => details.open && details.children.length > 1), selector);
}

test('the page shows every operation, and no browser complains', { skip }, async () => {
  const page = await open();

  assert.equal(await page.locator('details.operation').count(), operations.length);
  assert.equal(await page.locator('nav a').count(), operations.length);
  await openAll(page, 'details.operation');
  await openAll(page, '.inside > section > details, .inside > section > div > details');
  assert.ok(await page.locator('ul.members').count() > operations.length);
  assert.deepEqual(complaints, []);
  await page.close();
});

test('what is asked for in the address is open, and a key opens and shuts it', { skip }, async () => {
  const page = await open({}, '#listMoves');
  const isOpen = () => page.locator('#listMoves').evaluate((details) => details.open);

  assert.equal(await isOpen(), true);
  assert.equal(await page.evaluate(() => document.activeElement.parentElement.id), 'listMoves');
  await page.keyboard.press('Enter');
  assert.equal(await isOpen(), false);
  await page.locator('#find').fill('moves list');
  assert.ok(await page.locator('#listMoves').isVisible());
  assert.equal(await page.locator('#listTokens').isVisible(), false);
  await page.close();
});

test('a GET may be tried with a token, which is kept nowhere', { skip }, async () => {
  await server.move('sip:seen@example.com', 'sip:seen@hotel.example.net');
  const page = await open({}, '#listMoves');
  const answer = page.locator('#listMoves [role=status]');
  const send = page.locator('#listMoves button', { hasText: 'Send' });

  await send.click();
  await answer.filter({ hasText: '401' }).waitFor();
  await page.locator('#token').fill(server.token);
  await send.click();
  await answer.filter({ hasText: '200' }).waitFor();
  await answer.filter({ hasText: 'sip:seen@example.com' }).waitFor();
  assert.deepEqual(await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]), [0, 0, '']);
  assert.deepEqual(complaints.filter((text) => !/401/.test(text)), []);
  await page.close();
});

test('whoever has logged in tries a GET without a token, by the cookie of the session', { skip }, async () => {
  const { user, password } = await server.logIn('docs-reader', { role: 'operator' });
  const page = await open({}, '#getMe');
  const answer = page.locator('#getMe [role=status]');
  const status = await page.evaluate(async (body) => (await fetch('/v1/sessions', { method: 'POST', body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' } })).status, { name: user.name, password });

  assert.equal(status, 201);
  await page.locator('#getMe button', { hasText: 'Send' }).click();
  await answer.filter({ hasText: '"docs-reader"' }).waitFor();
  assert.deepEqual(complaints, []);
  await page.close();
});

test('every operation has a line for curl, and that of a GET is answered as the page is', { skip }, async () => {
  const page = await open();
  await openAll(page, 'details.operation');
  const lines = await page.locator('pre[aria-label^="curl for"]').allInnerTexts();

  assert.equal(lines.length, operations.length);
  assert.ok(lines.every((line) => line.startsWith('curl ') && line.includes(`http://127.0.0.1:${server.httpPort}/`)));
  const [line] = await page.locator('pre[aria-label="curl for GET /v1/domains"]').allInnerTexts();
  const { stdout } = await promisify(execFile)('sh', ['-c', `${line} -s`], { env: { ...process.env, TOKEN: server.token } });
  assert.deepEqual(JSON.parse(stdout), (await server.get('/v1/domains')).body);
  await page.close();
});

test('the page fits a screen of 360 pixels, light and dark', { skip }, async () => {
  const colours = [];
  for (const colorScheme of ['light', 'dark']) {
    const page = await open({ viewport: { width: 360, height: 640 }, colorScheme }, '#createMove');
    await page.locator('#createMove .inside details > summary').first().click();
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 360);
    colours.push(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
    await page.close();
  }
  assert.notEqual(colours[0], colours[1]);
});
