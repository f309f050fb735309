// The redirect log as an administrator sees it: live, searched, drawn, and a call's story. What hostile callers send is text.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually, startServer } from '../integration/lib/server.mjs';
import { Caller } from '../integration/lib/sip.mjs';
import { isTooWide, PHONE, Portal, skip } from './lib/portal.mjs';

const LONG = 'x'.repeat(200);
const HOSTILE = `<script>document.title='taken'</script><img src=x onerror=alert(1)> \u0007 \u202eesrever ${LONG}`;
const SHOWN = '<script>document.title=\'taken\'</script><img src=x onerror=alert(1)> ␇ <U+202E>esrever';

let portal;
let caller;
let desk;
before(async () => {
  if (skip) return;
  portal = await Portal.open();
  caller = await Caller.open(portal.server.sipPort);
  await portal.server.move('sip:moved@example.com', 'sip:moved@hotel.example.net');
  desk = await portal.server.logIn('desk', { role: 'helpdesk' });
});
after(async () => {
  caller?.close();
  await portal?.close();
});

const rowOf = (page, text) => page.getByRole('row').filter({ hasText: text });
const recordOf = async (callId) => (await eventually(() => portal.server.get(`/v1/redirect-logs?call_id=${callId}`),
  ({ body }) => body.items.length > 0)).body.items[0];
const isLive = (page) => page.getByText('Live: new calls appear').waitFor();

test('a call that comes in is on the page without anybody doing anything', { skip }, async () => {
  const page = await portal.visitAs(desk, '/redirect-logs');
  await isLive(page);
  await caller.call('sip:moved@example.com', { headers: ['User-Agent: Live one'] });
  const row = rowOf(page, 'Live one');
  await row.waitFor();
  assert.match(await row.innerText(), /302 Moved Temporarily[\s\S]*moved@hotel\.example\.net/);
  portal.assertQuiet();
});

test('what comes while it is paused is counted, and shown when it goes on', { skip }, async () => {
  const page = await portal.visitAs(desk, '/redirect-logs');
  await isLive(page);
  await page.getByRole('button', { name: 'Pause' }).click();
  await caller.call('sip:nobody@example.com', { headers: ['User-Agent: Paused one'] });
  await page.getByText('Paused. 1 new call.').waitFor();
  assert.equal(await rowOf(page, 'Paused one').count(), 0);
  await page.getByRole('button', { name: 'Resume' }).click();
  await rowOf(page, 'Paused one').waitFor();
  portal.assertQuiet();
});

test('filters are kept in the address, and asked of the server', { skip }, async () => {
  await caller.call('sip:moved@example.com', { headers: ['User-Agent: Filtered one'] });
  await recordOf((await caller.call('sip:stranger@example.com', { headers: ['User-Agent: Other one'] })).callId);
  const page = await portal.visitAs(desk, '/redirect-logs');
  await rowOf(page, 'Other one').waitFor();
  await page.getByLabel('Called address').fill('moved@example.com');
  await page.getByLabel('Answer', { exact: true }).selectOption('300,301,302');
  await rowOf(page, 'Other one').waitFor({ state: 'detached' });
  await rowOf(page, 'Filtered one').waitFor();
  assert.match(page.url(), /address=moved%40example\.com/);
  assert.match(page.url(), /status=300%2C301%2C302/);
  const elsewhere = await portal.visitAs(desk, page.url().split('#')[1]);
  await rowOf(elsewhere, 'Filtered one').waitFor();
  assert.equal(await rowOf(elsewhere, 'Other one').count(), 0);
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await rowOf(page, 'Other one').waitFor();
  portal.assertQuiet();
});

test('to drag across the chart sets the time that is looked at, and its numbers are in a table, too', { skip }, async () => {
  const page = await portal.visitAs(desk, '/redirect-logs?when=hour');
  const over = page.locator('.chart .u-over');
  await over.waitFor();
  const box = await over.boundingBox();
  await page.mouse.move(box.x + box.width * 0.2, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.6, box.y + 60, { steps: 4 });
  await page.mouse.up();
  await page.getByLabel('From', { exact: true }).waitFor();
  const query = new URLSearchParams(page.url().split('?')[1]);
  const minutes = (Date.parse(query.get('until')) - Date.parse(query.get('from'))) / 60000;
  assert.ok(minutes > 15 && minutes < 35, `${minutes}`);
  await page.getByText('Not live, because').waitFor();
  await page.getByLabel('When').selectOption('hour');
  await page.getByText('The same as a table').click();
  await page.getByRole('table', { name: 'Answers over time' }).getByRole('row').nth(1).waitFor();
  portal.assertQuiet();
});

test('what a hostile caller sends is text wherever it appears, and breaks no page', { skip }, async () => {
  const { callId } = await caller.call('sip:moved@example.com', { headers: [`User-Agent: ${HOSTILE}`], from: `"${HOSTILE.slice(0, 120)}" <sip:evil@example.net>` });
  const { id } = await recordOf(callId);
  const page = await portal.visitAs(desk, '/redirect-logs', { viewport: PHONE });
  for (const hash of ['/redirect-logs', `/redirect-logs/${id}`, '/unfollowed']) {
    if (hash === '/unfollowed') await caller.call('sip:moved@example.com', { headers: [`User-Agent: ${HOSTILE}`], from: '<sip:evil@example.net>' });
    await page.goto(`${portal.origin}/#${hash}`);
    await page.reload();
    await page.locator('main').getByText(SHOWN, { exact: false }).first().waitFor();
    assert.equal(await page.locator('main script, main img').count(), 0, hash);
    assert.match(await page.title(), /sipmoved$/);
    assert.equal(await isTooWide(page), false, hash);
    assert.doesNotMatch(await page.locator('main').innerText(), /\u202e/);
  }
  portal.assertQuiet();
});

test('a row leads to the story of the call: what was answered, by which move, who made it, and what it would get now', { skip }, async () => {
  const { callId } = await caller.call('sip:moved@example.com', { headers: ['User-Agent: Story one'] });
  await recordOf(callId);
  const page = await portal.visitAs(desk, `/redirect-logs?call_id=${callId}`);
  await rowOf(page, 'Story one').getByRole('link').first().click();
  await page.getByRole('heading', { name: 'What happened to this call' }).waitFor();
  await page.getByText(/^It was answered/).waitFor();
  const text = await page.locator('main').innerText();
  for (const words of [/A move was in force/, /go to moved@hotel\.example\.net/, /Last changed before the call by test/, /Revision of the move\s+\d+/, /asked for no option tags/])
    assert.match(text, words);
  await page.getByRole('link', { name: 'What would this caller get now?' }).click();
  await page.getByText('It is sent to').waitFor();
  assert.match(await page.getByRole('region', { name: 'The exact answer' }).innerText(), /Contact: <sip:moved@hotel\.example\.net>/);
  portal.assertQuiet();
});

test('a call that was refused names the tag and leads to its rule', { skip }, async () => {
  const admin = await portal.server.logIn('rules-reader', { role: 'operator' });
  const { callId } = await caller.call('sip:moved@example.com', { headers: ['Require: made-up'] });
  const { id } = await recordOf(callId);
  const page = await portal.visitAs(admin, `/redirect-logs/${id}`);
  await page.getByText('made-up was refused by').waitFor();
  await page.getByRole('link', { name: 'this rule' }).click();
  await page.locator('mark').filter({ hasText: 'any tag' }).waitFor();
  portal.assertQuiet();
});

test('a search as curl finds the same', { skip }, async () => {
  const { callId } = await caller.call('sip:moved@example.com');
  await recordOf(callId);
  const page = await portal.visitAs(desk, `/redirect-logs?call_id=${callId}`);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByRole('table', { name: 'Answered calls' }).waitFor();
  await page.getByRole('button', { name: 'Copy as curl' }).click();
  await page.getByText('Copied').waitFor();
  const curl = await page.evaluate(() => navigator.clipboard.readText());
  const [, path] = curl.match(/'http:\/\/[^/]+(\/v1\/[^']+)'/);
  assert.deepEqual((await portal.server.get(path)).body.items.map((row) => row.call_id), [callId]);
  portal.assertQuiet();
});

// To fill what lies between the server and a browser takes thousands of calls: what the server tells then is held in
// redirect_log_stream.test.mjs, and is told here in its words.
test('who is told that calls came too fast sees how many, and reads the log again', { skip }, async () => {
  const page = await portal.visitAs(desk, '/calls');
  const gaps = [2, 1].map((dropped) => `event: gap\ndata: {"dropped":${dropped}}\n\n`).join('');
  await page.route('**/v1/redirect-logs/stream*', (route) => route.fulfill({ contentType: 'text/event-stream', body: `retry: 600000\n\n${gaps}` }), { times: 1 });
  await page.goto(`${portal.origin}/#/redirect-logs`);
  const note = page.locator('.note').filter({ hasText: '3 calls came too fast to be shown live.' });
  await note.waitFor();
  const { callId } = await caller.call('sip:moved@example.com', { headers: ['User-Agent: Not shown live'] });
  await recordOf(callId);
  await note.getByRole('button', { name: 'Read the log again' }).click();
  await note.waitFor({ state: 'detached' });
  await rowOf(page, 'Not shown live').waitFor();
  portal.assertQuiet();
});

test('when the server was away, the log goes on by itself, and shows what it missed', { skip }, async () => {
  const away = await Portal.open({ server: await startServer() });
  const { dataDir, httpPort, sipPort, token } = away.server;
  const person = await away.server.logIn('waiting', { role: 'helpdesk' });
  const page = await away.visitAs(person, '/redirect-logs');
  await isLive(page);
  const before = await Caller.open(sipPort);
  await before.call('sip:gone@example.com', { headers: ['User-Agent: Before'] });
  before.close();
  await rowOf(page, 'Before').waitFor();
  await away.server.halt();
  await page.getByText('Connecting').waitFor();
  away.server = await startServer({ dataDir, token, args: ['--sip-listen', `udp:127.0.0.1:${sipPort}`, '--http-listen', `127.0.0.1:${httpPort}`] });
  const again = await Caller.open(away.server.sipPort);
  await again.call('sip:back@example.com', { headers: ['User-Agent: Missed one'] });
  await rowOf(page, 'Missed one').waitFor();
  await isLive(page);
  await again.call('sip:back@example.com', { headers: ['User-Agent: Back again'] });
  await rowOf(page, 'Back again').waitFor();
  again.close();
  away.assertQuiet();
  await away.close();
});
