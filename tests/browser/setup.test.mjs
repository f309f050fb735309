// The first minute: from the link that the first start prints to a call that was redirected.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Caller, contacts } from '../integration/lib/sip.mjs';
import { isTooWide, PHONE, Portal, screenshot, skip, violations } from './lib/portal.mjs';

let portal;
before(async () => { if (!skip) portal = await Portal.open(); });
after(async () => portal?.close());

test('the link of a first start leads to an account, a move and the call that it redirects', { skip }, async () => {
  const [, hash] = portal.server.output.stdout.match(/#(\/setup\/\S+)/);
  const page = await portal.visit(hash, { viewport: PHONE });
  await page.getByLabel('Name to sign in with').fill('ana');
  await page.getByLabel('Password').fill('a long walk home');
  await screenshot(page, 'setup');
  assert.deepEqual(await violations(page), []);
  await page.getByRole('button', { name: 'Make the account' }).click();
  await page.getByRole('button', { name: 'Make this move' }).click();
  await page.getByText('Waiting for your call').waitFor();
  await page.getByText(`-rsa 127.0.0.1:${portal.server.sipPort}`).waitFor();
  await screenshot(page, 'welcome');
  assert.deepEqual(await violations(page), []);
  assert.equal(await isTooWide(page), false);

  const caller = await Caller.open(portal.server.sipPort);
  assert.deepEqual(contacts(await caller.call('sip:alice@example.com')), ['sip:alice@hotel.example.net']);
  caller.close();
  await page.getByText('Your call is here!').waitFor();
  await page.getByText('the caller was sent to alice@hotel.example.net').waitFor();
  portal.assertQuiet();
});

test('a link that was used is said to be over', { skip }, async () => {
  const page = await portal.visit('/setup/0123456789', { viewport: PHONE });
  await page.getByLabel('Name to sign in with').fill('bob');
  await page.getByLabel('Password').fill('a long walk home');
  await page.getByRole('button', { name: 'Make the account' }).click();
  await page.getByText('good for 30 minutes').waitFor();
  portal.assertQuiet();
});
