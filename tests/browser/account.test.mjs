// One's own account and calls.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually } from '../integration/lib/server.mjs';
import { Caller } from '../integration/lib/sip.mjs';
import { isTooWide, PHONE, Portal, screenshot, skip, violations } from './lib/portal.mjs';

let portal;
before(async () => { if (!skip) portal = await Portal.open(); });
after(async () => portal?.close());

test('a language that is chosen for the account is the portal\'s at once, and at the next sign-in elsewhere', { skip }, async () => {
  const account = await portal.server.logIn('ina');
  const page = await portal.visitAs(account, '/account', { viewport: PHONE });
  await page.locator('main').getByLabel('Language').selectOption('id');
  await page.getByLabel('Name to show').fill('Ina <b>Bold</b>');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: 'Akun saya' }).waitFor();
  const elsewhere = await portal.visitAs(account, '/account', { viewport: PHONE });
  await elsewhere.getByRole('heading', { name: 'Akun saya' }).waitFor();
  assert.equal(await elsewhere.getByLabel('Nama tampilan').inputValue(), 'Ina <b>Bold</b>');
  await screenshot(elsewhere, 'account-id');
  assert.deepEqual(await violations(elsewhere), []);
  assert.equal(await isTooWide(elsewhere), false);
  portal.assertQuiet();
});

test('a password is changed with the old one, and a session elsewhere is ended', { skip }, async () => {
  const account = await portal.server.logIn('yan');
  const page = await portal.visitAs(account, '/account');
  await page.getByRole('button', { name: 'End it' }).first().click();
  await page.getByText('That session is over').waitFor();
  await page.getByLabel('Current password').fill('wrong');
  await page.getByLabel('New password').fill('another long walk');
  await page.getByRole('button', { name: 'Change the password' }).click();
  await page.getByRole('alert').waitFor();
  await page.getByLabel('Current password').fill(account.password);
  await page.getByRole('button', { name: 'Change the password' }).click();
  await page.getByText('The password is changed').waitFor();
  const again = await portal.server.post('/v1/sessions', { name: 'yan', password: 'another long walk' }, { token: null });
  assert.equal(again.status, 201);
  portal.assertQuiet();
});

test('codes from a phone begin with a QR code and the key that it holds', { skip }, async () => {
  const account = await portal.server.logIn('kim');
  const page = await portal.visitAs(account, '/account', { viewport: PHONE });
  await page.getByText('Turn them on').click();
  await page.locator('details').getByLabel('Password').fill(account.password);
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByRole('img', { name: 'QR code for the authenticator app' }).waitFor();
  await page.getByLabel('Code that the app shows').fill('000000');
  await page.getByRole('button', { name: 'Turn codes on' }).click();
  await page.getByRole('alert').waitFor();
  await screenshot(page, 'account-codes');
  assert.deepEqual(await violations(page), []);
  portal.assertQuiet();
});

test('one\'s calls are told in plain words, and text from callers stays text', { skip }, async () => {
  const account = await portal.server.logIn('lia', { addresses: ['sip:lia@example.com'] });
  await portal.server.move('sip:lia@example.com', 'sip:lia@there.example');
  const caller = await Caller.open(portal.server.sipPort);
  await caller.call('sip:lia@example.com', { headers: ['User-Agent: <img src=x onerror=alert(1)>'] });
  await portal.server.post('/v1/redirect-lookups', { address: 'sip:lia@example.com' });
  caller.close();
  await eventually(() => portal.server.get('/v1/redirect-logs?address=sip:lia@example.com'), ({ body }) => body.items.length > 0);
  const page = await portal.visitAs(account, '/calls', { viewport: PHONE });
  await page.getByText('sent to lia@there.example').waitFor();
  await page.getByText('caller@caller.example').waitFor();
  await screenshot(page, 'my-calls');
  assert.deepEqual(await violations(page), []);
  await page.getByLabel('What happened').selectOption('404,480');
  await page.getByText('No calls in this time').waitFor();
  assert.match(page.url(), /status=404/);
  portal.assertQuiet();
});
