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

test('files of the portal are kept for good by their version, and the page itself is asked for again', { skip }, async () => {
  const { server } = portal;
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
