// A traveller says where they are, as a person does on a phone; the next call obeys.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Caller, contacts } from '../integration/lib/sip.mjs';
import { startServer } from '../integration/lib/server.mjs';
import { isTooWide, PHONE, Portal, screenshot, skip, violations } from './lib/portal.mjs';

let portal;
let caller;
before(async () => {
  if (skip) return;
  portal = await Portal.open();
  caller = await Caller.open(portal.server.sipPort);
});
after(async () => { caller?.close(); await portal?.close(); });

const person = (name) => portal.server.logIn(name, { addresses: [`sip:${name}@example.com`] });
const targetOf = async (name) => contacts(await caller.call(`sip:${name}@example.com`));
const theMove = async (name) => (await portal.server.get(`/v1/moves?address=sip:${name}@example.com&state=active`)).body.items[0];

test('on a phone three inputs send calls away, one tap brings them back, and undo sends them again', { skip }, async () => {
  const page = await portal.visitAs(await person('budi'), '/away', { viewport: PHONE });
  await page.getByText('reach you normally').waitFor();
  await page.getByLabel('Send my calls to').fill('Budi <sip:budi@jkt.example>');
  await page.getByText('End of next week').click();
  await page.locator('summary').click();
  await page.getByLabel('Time zone').fill('jakarta');
  await page.keyboard.press('Tab');
  await page.getByText('18:00 in Jakarta is 12:00 in Berlin.').waitFor();
  await page.getByRole('button', { name: 'Send my calls there' }).click();
  await page.getByRole('button', { name: 'Back to normal' }).waitFor();
  await page.locator('.state').filter({ hasText: 'Jakarta, GMT+7' }).waitFor();
  assert.deepEqual(await targetOf('budi'), ['sip:budi@jkt.example']);
  assert.equal((await theMove('budi')).time_zone, 'Asia/Jakarta');

  await page.getByRole('button', { name: 'Test it' }).click();
  await page.getByText('A caller now is sent to').waitFor();
  await screenshot(page, 'away-active');
  assert.deepEqual(await violations(page), []);
  assert.equal(await isTooWide(page), false);

  await page.getByRole('button', { name: 'Back to normal' }).click();
  await page.locator('.state').filter({ hasText: 'reach you normally' }).waitFor();
  assert.deepEqual(await targetOf('budi'), []);
  await page.locator('.toast').filter({ hasText: 'reach you normally' }).getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('button', { name: 'Back to normal' }).waitFor();
  assert.deepEqual(await targetOf('budi'), ['sip:budi@jkt.example']);
  portal.assertQuiet();
});

test('with the keyboard alone, in Indonesian and in the dark, calls are sent away', { skip }, async () => {
  const page = await portal.visitAs(await person('sari'), '/away', { viewport: PHONE, locale: 'id-ID', colorScheme: 'dark' });
  await page.getByLabel('Teruskan panggilan saya ke').focus();
  await page.keyboard.type('+62 21-555 0100');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  await screenshot(page, 'away-dark-id');
  assert.deepEqual(await violations(page), []);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Kembali normal' }).waitFor();
  assert.deepEqual(await targetOf('sari'), ['tel:+62215550100']);
  portal.assertQuiet();
});

test('a trip in the way of another is told of, and replaced when one goes on', { skip }, async () => {
  const account = await person('tono');
  await portal.server.move('sip:tono@example.com', 'sip:tono@first.example', { starts_at: '2035-01-01T00:00:00Z', ends_at: '2035-02-01T00:00:00Z' });
  const page = await portal.visitAs(account, '/away', { viewport: PHONE });
  await page.getByLabel('Send my calls to').fill('tono@second.example');
  await page.getByText('Until I end it').click();
  await page.getByText('Another trip is in the same time').waitFor();
  await page.getByRole('button', { name: 'Replace the other trip' }).click();
  await page.getByRole('button', { name: 'Back to normal' }).waitFor();
  assert.deepEqual(await targetOf('tono'), ['sip:tono@second.example']);
  portal.assertQuiet();
});

test('a number in a country that is new is asked about', { skip }, async () => {
  const account = await person('yanti');
  const move = await portal.server.move('sip:yanti@example.com', 'tel:+62215550100');
  await portal.server.delete(`/v1/moves/${move.id}`);
  const page = await portal.visitAs(account, '/away', { viewport: PHONE });
  await page.getByLabel('Send my calls to').fill('+62 812 5550 100');
  assert.equal(await page.getByText('in another country').count(), 0);
  await page.getByLabel('Send my calls to').fill('0812 5550 100');
  await page.getByText('A number needs its country code').waitFor();
  await page.getByLabel('Send my calls to').fill('+81 3 5550 1000');
  await page.getByText('in another country (+81)').waitFor();
  assert.deepEqual(await violations(page), []);
  portal.assertQuiet();
});

test('of two tabs that edit one trip the second is told, and shown both', { skip }, async () => {
  const account = await person('dewi');
  await portal.server.move('sip:dewi@example.com', 'sip:dewi@there.example');
  const [first, second] = [await portal.visitAs(account, '/away'), await portal.visitAs(account, '/away')];
  for (const [page, target] of [[first, 'dewi@one.example'], [second, 'dewi@two.example']]) {
    await page.getByRole('button', { name: 'Change' }).click();
    await page.getByRole('dialog').getByLabel('Send my calls to').fill(target);
  }
  await first.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await first.locator('.state').filter({ hasText: 'dewi@one.example' }).waitFor();
  await second.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  const conflict = second.getByRole('dialog', { name: 'Somebody else changed this meanwhile' });
  await conflict.getByText('dewi@one.example').waitFor();
  await conflict.getByText('dewi@two.example').waitFor();
  await conflict.getByRole('button', { name: 'Save mine over it' }).click();
  await second.locator('.state').filter({ hasText: 'dewi@two.example' }).waitFor();
  assert.deepEqual(await targetOf('dewi'), ['sip:dewi@two.example']);
  portal.assertQuiet();
});

test('a session that ended while one typed loses nothing', { skip }, async () => {
  const account = await person('eka');
  const page = await portal.visitAs(account, '/away', { viewport: PHONE });
  await page.getByLabel('Send my calls to').fill('eka@there.example');
  for (const { id } of (await portal.server.get(`/v1/sessions?user=${account.user.id}`)).body.items) await portal.server.delete(`/v1/sessions/${id}`);
  await page.getByText('Until I end it').click();
  await page.getByRole('dialog').getByLabel('Password').fill(account.password);
  await page.getByRole('dialog').getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  assert.equal(await page.getByLabel('Send my calls to').inputValue(), 'eka@there.example');
  await page.getByRole('button', { name: 'Send my calls there' }).click();
  await page.getByRole('button', { name: 'Back to normal' }).waitFor();
  assert.deepEqual(await targetOf('eka'), ['sip:eka@there.example']);
  portal.assertQuiet();
});

test('who has no address is told what to do', { skip }, async () => {
  const page = await portal.visitAs(await portal.server.logIn('nobody'), '/away', { viewport: PHONE });
  await page.getByText('Ask your administrator to give an address to the account nobody').waitFor();
  assert.deepEqual(await violations(page), []);
  portal.assertQuiet();
});

test('what a traveller loads first is at most 60 kB of content as it is sent, without the heads of the answers', { skip }, async () => {
  const page = await portal.visitAs(await person('wati'), '/away');
  await page.reload({ waitUntil: 'networkidle' });
  const session = await page.context().newCDPSession(page);
  let bytes = 0;
  session.on('Network.dataReceived', ({ encodedDataLength }) => { bytes += encodedDataLength; });
  await session.send('Network.enable');
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  await page.reload({ waitUntil: 'networkidle' });
  assert.ok(bytes > 10000 && bytes <= 60 * 1024, `${bytes} bytes`);
  portal.assertQuiet();
});

test('while the server is away the page says so, and goes on by itself', { skip }, async () => {
  const page = await portal.visitAs(await person('rini'), '/away', { viewport: PHONE });
  await page.getByLabel('Send my calls to').fill('rini@there.example');
  await page.getByText('Until I end it').click();
  const { dataDir, httpPort, token } = portal.server;
  await portal.server.halt();
  await page.getByRole('button', { name: 'Send my calls there' }).click();
  await page.getByText('The server does not answer. What you typed is kept').waitFor();
  portal.server = await startServer({ dataDir, token, args: ['--http-listen', `127.0.0.1:${httpPort}`] });
  await page.getByRole('button', { name: 'Back to normal' }).waitFor();
  await page.getByText('The server does not answer').waitFor({ state: 'detached' });
  assert.ok(await theMove('rini'));
  portal.assertQuiet();
});
