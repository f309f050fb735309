// Users as an administrator makes them, lets them in and shuts them out.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { codeOf } from '../integration/lib/totp.mjs';
import { HOSTILE, wasRun } from './lib/hostile.mjs';
import { isTooWide, PHONE, Portal, screenshot, skip, violations } from './lib/portal.mjs';

let portal;
let admin;
let page;
before(async () => {
  if (skip) return;
  portal = await Portal.open();
  await portal.server.post('/v1/domains', { name: 'example.com' });
  admin = await portal.server.logIn('boss', { role: 'admin' });
  page = await portal.visitAs(admin, '/users');
});
after(async () => portal?.close());

const userNamed = async (name) => (await portal.server.get(`/v1/users?name=${name}`)).body.items[0];
const region = (name) => page.getByRole('region', { name, exact: true });

test('a user is made with an address, and the link lets them in', { skip }, async () => {
  await page.getByRole('button', { name: 'New user' }).click();
  const form = page.getByRole('dialog');
  await form.getByLabel('Name to sign in with').fill('budi');
  await form.getByLabel('Display name').fill('Budi Santoso');
  await form.getByLabel('Their addresses').fill('budi@example.com\n');
  await form.getByLabel('Time zone').fill('jakarta');
  await page.keyboard.press('Tab');
  await screenshot(page, 'users-new');
  await form.getByRole('button', { name: 'Make it' }).click();
  await page.getByRole('heading', { name: 'Budi Santoso' }).waitFor();
  const budi = await userNamed('budi');
  assert.deepEqual([budi.addresses, budi.time_zone], [['sip:budi@example.com'], 'Asia/Jakarta']);
  await page.locator('.toast').getByText('Made. Give them a link').waitFor();

  await page.getByRole('button', { name: 'Make a link to set a password' }).click();
  await page.getByRole('img', { name: 'The link as a QR code' }).waitFor();
  await screenshot(page, 'user-link');
  assert.deepEqual(await violations(page), []);
  const link = await page.getByLabel('Link', { exact: true }).inputValue();
  const theirs = await portal.visit(new URL(link).hash.slice(1));
  await theirs.getByLabel('New password').fill('a password of budi');
  await theirs.getByRole('button', { name: 'Set it and sign in' }).click();
  await theirs.locator('.frame.signed-in').waitFor();
  await theirs.context().close();
  await page.keyboard.press('Escape');
  await region('Access').getByText('may sign in').waitFor();
  portal.assertQuiet();
});

test('users are found by a part of their name or address', { skip }, async () => {
  await page.goto(`${portal.origin}/#/users`);
  for (const part of ['UDI@exam', 'santoso']) {
    await page.getByRole('link', { name: 'boss', exact: true }).waitFor();
    await page.getByLabel('Search name or address').fill(part);
    await page.getByRole('link', { name: 'boss', exact: true }).waitFor({ state: 'hidden' });
    await page.getByRole('link', { name: 'budi', exact: true }).waitFor();
    await page.getByLabel('Search name or address').fill('');
  }
  portal.assertQuiet();
});

test('a name that is taken, or an address of somebody else, is said so', { skip }, async () => {
  await page.goto(`${portal.origin}/#/users`);
  await page.getByRole('button', { name: 'New user' }).click();
  const form = page.getByRole('dialog');
  await form.getByLabel('Name to sign in with').fill('another');
  await form.getByLabel('Their addresses').fill('budi@example.com');
  await form.getByRole('button', { name: 'Make it' }).click();
  await form.getByRole('alert').waitFor();
  assert.equal(await form.getByLabel('Name to sign in with').inputValue(), 'another');
  assert.equal(await userNamed('another'), undefined);
  await page.keyboard.press('Escape');
  portal.assertQuiet();
});

test('a session is ended from afar, and a user turned off is out; one click turns them on again', { skip }, async () => {
  const budi = await userNamed('budi');
  await portal.server.post('/v1/sessions', { name: 'budi', password: 'a password of budi' }, { token: null });
  await page.getByRole('link', { name: 'budi' }).click();
  const sessions = region('Sessions').first();
  await sessions.getByRole('button', { name: 'End' }).first().click();
  await page.getByText('The session is ended').waitFor();
  await page.getByRole('button', { name: 'Turn off' }).click();
  await page.getByText('Turned off; their sessions are ended').waitFor();
  assert.equal((await portal.server.get(`/v1/sessions?user=${budi.id}`)).body.items.length, 0);
  assert.equal((await portal.server.post('/v1/sessions', { name: 'budi', password: 'a password of budi' }, { token: null })).status, 401);
  await page.getByRole('button', { name: 'Undo' }).click();
  await region('Access').getByText('may sign in').waitFor();
  assert.equal((await portal.server.post('/v1/sessions', { name: 'budi', password: 'a password of budi' }, { token: null })).status, 201);
  portal.assertQuiet();
});

test('who lost their device is asked for no more codes', { skip }, async () => {
  const lost = await portal.server.logIn('lost');
  const { body } = await portal.server.post('/v1/me/totp', { password: lost.password }, { cookie: lost.cookie });
  await portal.server.post('/v1/me/totp/confirmations', { code: codeOf(body.secret) }, { cookie: lost.cookie });
  const logIn = async () => (await portal.server.post('/v1/sessions', { name: 'lost', password: lost.password }, { token: null })).status;
  assert.equal(await logIn(), 401);
  await page.goto(`${portal.origin}/#/users/${lost.user.id}`);
  await page.getByRole('button', { name: 'Ask for no more codes' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Ask for no more codes' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await region('Access').getByRole('button', { name: 'Ask for no more codes' }).waitFor({ state: 'detached' });
  assert.equal(await logIn(), 201);
  portal.assertQuiet();
});

test('another role is saved, and what two tabs typed is shown to the second', { skip }, async () => {
  const { id } = await userNamed('budi');
  await page.goto(`${portal.origin}/#/users/${id}`);
  const form = region('About them');
  await form.getByLabel('Role').selectOption('helpdesk');
  await form.getByLabel('Display name').fill('Budi of the desk');
  await portal.server.patch(`/v1/users/${id}`, { display_name: 'Budi elsewhere' });
  await form.getByRole('button', { name: 'Save' }).click();
  const conflict = page.getByRole('dialog');
  await conflict.getByText('Budi elsewhere').waitFor();
  await conflict.getByText('Budi of the desk').waitFor();
  await conflict.getByRole('button', { name: 'Save mine over it' }).click();
  await page.getByRole('heading', { name: 'Budi of the desk' }).waitFor();
  assert.equal((await userNamed('budi')).role, 'helpdesk');
  portal.assertQuiet();
});

test('a name with markup is shown as text, on a phone too', { skip }, async () => {
  const { body: hostile } = await portal.server.post('/v1/users', { name: 'hostile', role: 'user', display_name: HOSTILE });
  const phone = await portal.visitAs(admin, '/users', { viewport: PHONE });
  await phone.getByText('<script>window.wasRun = 1</script>').waitFor();
  assert.equal(await isTooWide(phone), false);
  assert.deepEqual(await violations(phone), []);
  await screenshot(phone, 'users-phone');
  await phone.goto(`${portal.origin}/#/users/${hostile.id}`);
  await phone.getByRole('heading', { level: 1 }).filter({ hasText: '<script>' }).waitFor();
  assert.equal(await isTooWide(phone), false);
  assert.equal(await wasRun(phone), false);
  await phone.context().close();
  portal.assertQuiet();
});

test('a user is deleted after a question', { skip }, async () => {
  const { id } = await userNamed('hostile');
  await page.goto(`${portal.origin}/#/users/${id}`);
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('The user is deleted').waitFor();
  assert.equal((await portal.server.get(`/v1/users/${id}`)).status, 404);
  // What was said here is not said on another page.
  await page.getByRole('navigation').getByRole('link', { name: 'Tokens' }).click();
  await page.getByRole('heading', { name: 'Tokens' }).waitFor();
  assert.equal(await page.getByText('The user is deleted').count(), 0);
  portal.assertQuiet();
});
