// What would a caller get: asked on the page, and held against what a caller then does get.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Caller, contacts } from '../integration/lib/sip.mjs';
import { Portal, skip } from './lib/portal.mjs';

let portal;
let caller;
let desk;
before(async () => {
  if (skip) return;
  portal = await Portal.open();
  caller = await Caller.open(portal.server.sipPort);
  await portal.server.move('sip:trip@example.com', 'sip:trip@hotel.example.net', { note: 'on a trip' });
  await portal.server.move('sip:later@example.com', 'sip:later@beach.example.net', { starts_at: '2030-07-01T09:00:00', time_zone: 'Asia/Jakarta' });
  desk = await portal.server.logIn('lookup-desk', { role: 'helpdesk' });
});
after(async () => {
  caller?.close();
  await portal?.close();
});

const ask = (page) => page.getByRole('button', { name: 'Ask', exact: true }).click();
const bytesOf = (page) => page.getByRole('region', { name: 'The exact answer' }).innerText();

test('what the page says a caller gets is what a caller gets', { skip }, async () => {
  const page = await portal.visitAs(desk, '/lookup');
  await page.getByLabel('Called address').fill(' Trip <sip:trip@example.com> ');
  await ask(page);
  await page.getByText('It is sent to trip@hotel.example.net.').waitFor();
  const answer = await caller.call('sip:trip@example.com');
  assert.deepEqual(contacts(answer), ['sip:trip@hotel.example.net']);
  assert.match(await bytesOf(page), /^SIP\/2\.0 302 Moved Temporarily[\s\S]*Contact: <sip:trip@hotel\.example\.net>/);
  assert.match(await page.getByRole('table', { name: 'Moves of this address' }).innerText(), /answers[\s\S]*on a trip/);
  portal.assertQuiet();
});

test('a time is read in the zone that is named, and the place can be sent to somebody', { skip }, async () => {
  const page = await portal.visitAs(desk, '/lookup');
  await page.getByLabel('Called address').fill('later@example.com');
  await ask(page);
  await page.getByText('The move has not begun yet.').waitFor();
  await page.getByText('When, from where, and what it asks for').click();
  await page.getByLabel('Time zone').fill('Asia/Jakarta');
  await page.getByLabel('At', { exact: true }).fill('2030-07-01T08:59');
  await ask(page);
  await page.getByText('1 Jul 2030, 08:59 (Jakarta, GMT+7)').waitFor();
  await page.getByText('The move has not begun yet.').waitFor();
  await page.getByLabel('At', { exact: true }).fill('2030-07-01T09:00');
  await ask(page);
  await page.getByText('It is sent to later@beach.example.net.').waitFor();
  const other = await portal.visitAs(desk, page.url().split('#')[1]);
  await other.getByText('It is sent to later@beach.example.net.').waitFor();
  portal.assertQuiet();
});

test('a pasted request is judged, and a source that is denied is told to get silence', { skip }, async () => {
  await portal.server.post('/v1/source-rules', { network: '198.51.100.0/24', action: 'deny' });
  const page = await portal.visitAs(desk, '/lookup');
  await page.getByRole('radio', { name: 'a pasted SIP request' }).check();
  await page.getByLabel('SIP request', { exact: true }).fill('INVITE sip:trip@example.com SIP/2.0\nRequire: <b>made-up\nProxy-Require: nothing\n\n');
  await ask(page);
  await page.getByRole('heading', { name: 'The exact answer' }).waitFor();
  assert.match(await bytesOf(page), /^SIP\/2\.0 4\d\d /);
  await page.getByRole('radio', { name: 'who is called' }).check();
  await page.getByLabel('Called address').fill('trip@example.com');
  await page.getByText('When, from where, and what it asks for').click();
  await page.getByLabel('Comes from').fill('198.51.100.7');
  await page.getByLabel('Require', { exact: true }).fill('made-up 100rel');
  await ask(page);
  await page.getByText('nothing is answered at all: the source is denied').waitFor();
  await page.getByText('“Unsupported: made-up”').waitFor();
  portal.assertQuiet();
});

test('what cannot be read is told at its field, and nothing typed is lost', { skip }, async () => {
  const page = await portal.visitAs(desk, '/lookup');
  await page.getByLabel('Called address').fill('trip@example.com');
  await page.getByText('When, from where, and what it asks for').click();
  await page.getByLabel('Comes from').fill('nowhere');
  await ask(page);
  await page.getByRole('alert').waitFor();
  await page.locator('.field.wrong').getByLabel('Comes from').waitFor();
  assert.equal(await page.getByLabel('Called address').inputValue(), 'trip@example.com');
  portal.assertQuiet();
});
