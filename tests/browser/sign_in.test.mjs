// Signing in, as a person does, and what happens when the session or the server goes away.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { isTooWide, PHONE, Portal, skip, violations } from './lib/portal.mjs';

let portal;
before(async () => { if (!skip) portal = await Portal.open(); });
after(async () => portal?.close());

test('who signs in with a wrong password is told so, and gets in with the right one', { skip }, async () => {
  const { password } = await portal.server.logIn('wrong-first', { addresses: ['sip:first@example.com'] });
  const page = await portal.visit('/');
  await page.getByLabel('Name').fill('wrong-first');
  await page.getByLabel('Password').fill('not this one');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').filter({ hasText: 'Name, password or code is wrong' }).waitFor();
  await page.getByLabel('Password').fill(password);
  await page.keyboard.press('Enter');
  await page.locator('.frame.signed-in').waitFor();
  assert.match(page.url(), /#\/away$/);
  portal.assertQuiet();
});

test('a place that was asked for is gone to after signing in', { skip }, async () => {
  const { password } = await portal.server.logIn('deep', { role: 'admin' });
  const page = await portal.visit('/account?x=1');
  await page.getByLabel('Name').fill('deep');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.locator('.frame.signed-in').waitFor();
  await page.waitForURL(/#\/account\?x=1$/);
  portal.assertQuiet();
});

test('the page for signing in has no fault for axe, light and dark, in both languages, and fits a phone', { skip }, async () => {
  for (const colorScheme of ['light', 'dark']) {
    for (const [locale, title] of [['en-GB', 'Sign in'], ['id-ID', 'Masuk']]) {
      const page = await portal.visit('/sign-in', { viewport: PHONE, colorScheme, locale });
      await page.getByRole('heading', { name: title }).waitFor();
      assert.deepEqual(await violations(page), [], `${colorScheme} ${locale}`);
      assert.equal(await isTooWide(page), false);
      await page.context().close();
    }
  }
  portal.assertQuiet();
});

test('the language changes under what is typed, and is remembered', { skip }, async () => {
  const page = await portal.visit('/sign-in');
  await page.getByLabel('Name').fill('typed already');
  await page.getByLabel('Language').selectOption('id');
  await page.getByRole('heading', { name: 'Masuk' }).waitFor();
  assert.equal(await page.getByLabel('Nama').inputValue(), 'typed already');
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'id');
  await page.reload();
  await page.getByRole('heading', { name: 'Masuk' }).waitFor();
  portal.assertQuiet();
});

test('colours can be chosen against those of the device', { skip }, async () => {
  const page = await portal.visit('/sign-in', { colorScheme: 'light' });
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  await page.getByLabel('Colours').selectOption('dark');
  assert.notEqual(await ground(), light);
  portal.assertQuiet();
});

test('who signs out is asked for a name, and for no page that was left', { skip }, async () => {
  const person = await portal.server.logIn('leaving', { role: 'admin' });
  const page = await portal.visitAs(person, '/moves');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  assert.match(page.url(), /#\/sign-in$/);
  portal.assertQuiet();
});
