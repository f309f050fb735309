// Webhooks as an administrator sets them up: an endpoint made and tested, what was not taken looked at and sent again.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { Receiver } from '../integration/lib/receiver.mjs';
import { eventually } from '../integration/lib/server.mjs';
import { HOSTILE, wasRun } from './lib/hostile.mjs';
import { isTooWide, PHONE, Portal, screenshot, skip, violations } from './lib/portal.mjs';

const CONFIG = `[webhooks]
allow_http = yes
allow_networks = 127.0.0.0/8
retry_schedule = 0 100ms
timeout_seconds = 5
`;

let portal;
let receiver;
let admin;
let page;
before(async () => {
  if (skip) return;
  portal = await Portal.open({ config: CONFIG });
  receiver = await Receiver.open();
  admin = await portal.server.logIn('boss', { role: 'admin' });
  page = await portal.visitAs(admin, '/webhooks');
});
after(async () => { await receiver?.close(); await portal?.close(); });

const button = (name) => page.getByRole('button', { name, exact: true });
const dialog = () => page.getByRole('dialog');
const endpoint = async () => (await portal.server.get('/v1/webhook-endpoints')).body.items.find(({ url }) => url === receiver.url);
let secret;

test('an endpoint is made: what is wrong is said at its field, its secret is shown once', { skip }, async () => {
  await page.getByText('Nobody is told yet').waitFor();
  await button('New endpoint').click();
  await dialog().getByLabel('URL').fill('ftp://desk.example.net');
  await dialog().getByLabel('Events').fill('move.*\nnonsense');
  await button('Make it').click();
  await dialog().getByRole('alert').waitFor();
  for (const label of ['URL', 'Events']) assert.equal(await dialog().getByLabel(label).getAttribute('aria-invalid'), 'true', label);

  await dialog().getByLabel('URL').fill(receiver.url);
  await dialog().getByLabel('Description').fill('help desk');
  await dialog().getByLabel('Events').fill('move.*');
  await button('Make it').click();
  await page.getByText('This is shown once').waitFor();
  secret = await page.getByLabel('Secret', { exact: true }).inputValue();
  assert.match(secret, /^whsec_/);
  assert.deepEqual(await violations(page), []);
  await page.keyboard.press('Escape');
  await page.getByRole('heading', { name: 'help desk', level: 1 }).waitFor();
  assert.equal(await page.getByText(secret).count(), 0);
  portal.assertQuiet();
});

test('a test message comes, signed with that secret, and its delivery is shown', { skip }, async () => {
  await button('Send a test').click();
  const told = await receiver.event('endpoint.test');
  assert.deepEqual(new Webhook(secret).verify(told.text, told.headers), told.event);
  await dialog().getByText('delivered').waitFor();
  await dialog().getByRole('cell', { name: '204' }).waitFor();
  await screenshot(page, 'webhook-delivery-tested');
  await page.keyboard.press('Escape');
  await page.getByRole('region', { name: 'Latest deliveries' }).first().getByText('delivered').waitFor();
  portal.assertQuiet();
});

test('after a new secret, which is shown once, messages can be checked with either', { skip }, async () => {
  await button('New secret').click();
  const renewed = await page.getByLabel('Secret', { exact: true }).inputValue();
  assert.notEqual(renewed, secret);
  await page.keyboard.press('Escape');
  await page.getByText('good until').waitFor();
  receiver.received = [];
  await button('Send a test').click();
  const told = await receiver.event('endpoint.test');
  for (const one of [secret, renewed]) assert.deepEqual(new Webhook(one).verify(told.text, told.headers), told.event);
  await page.keyboard.press('Escape');
  portal.assertQuiet();
});

test('a paused endpoint is told when it goes on', { skip }, async () => {
  await button('Pause').click();
  await page.getByText('It is paused').waitFor();
  assert.equal((await endpoint()).state, 'paused');
  await portal.server.move('sip:kept@example.com', 'sip:kept@hotel.example.net');
  assert.equal(receiver.count('move.created'), 0);
  await button('Resume').click();
  await receiver.event('move.created');
  portal.assertQuiet();
});

test('it is edited, and nothing typed is lost when somebody else did the same', { skip }, async () => {
  await button('Edit').click();
  await dialog().getByLabel('Description').fill('help desk, first floor');
  await portal.server.patch(`/v1/webhook-endpoints/${(await endpoint()).id}`, { description: 'help desk, ground floor' });
  await button('Save').click();
  await button('Save mine over it').click();
  await page.getByRole('heading', { name: 'help desk, first floor', level: 1 }).waitFor();
  assert.equal((await endpoint()).description, 'help desk, first floor');
  portal.assertQuiet();
});

test('what was not taken is listed with each attempt and what was answered, as text, and sent again', { skip }, async () => {
  receiver.answer = () => ({ status: 500, body: HOSTILE });
  await portal.server.move('sip:lost@example.com', 'sip:lost@hotel.example.net', { starts_at: new Date(Date.now() + 48 * 3600000).toISOString() });
  const { id } = await endpoint();
  await eventually(() => portal.server.get(`/v1/webhook-deliveries?endpoint_id=${id}&status=dead`), ({ body }) => body.items.length === 1);

  await page.getByRole('link', { name: 'All its deliveries' }).click();
  await page.getByLabel('Status').selectOption('failed');
  const row = page.getByRole('row').filter({ hasText: 'move.created' });
  await row.getByText('500').waitFor();
  assert.match(page.url(), /status=dead/);
  await screenshot(page, 'webhook-deliveries-failed');
  await row.getByRole('button').click();
  const attempts = dialog().getByRole('row').filter({ hasText: '500' });
  await attempts.nth(1).waitFor();
  assert.equal(await attempts.count(), 2);
  await dialog().getByText('<script>').first().waitFor();
  await dialog().getByText('<U+202E>').first().waitFor();
  assert.deepEqual(await violations(page), []);
  await screenshot(page, 'webhook-delivery-failed');
  assert.equal(await wasRun(page), false);

  receiver.answer = () => ({ status: 204 });
  await button('Send again').click();
  await dialog().getByText('delivered').waitFor();
  await page.keyboard.press('Escape');
  await row.waitFor({ state: 'detached' });
  assert.match(page.url(), /status=dead/);
  portal.assertQuiet();
});

test('an endpoint that answers 410 has a red banner, and is enabled again with what it missed', { skip }, async () => {
  const { id } = await endpoint();
  receiver.answer = () => ({ status: 410 });
  await page.goto(`${portal.origin}/#/webhooks/${id}`);
  await button('Send a test').click();
  await dialog().getByText('failed').first().waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('alert').filter({ hasText: 'It answered 410' }).waitFor();
  await page.getByRole('link', { name: 'All webhooks' }).click();
  await page.getByRole('alert').filter({ hasText: 'help desk, first floor is disabled' }).waitFor();
  await screenshot(page, 'webhooks-disabled');
  assert.deepEqual(await violations(page), []);

  receiver.answer = () => ({ status: 204 });
  await button('Enable help desk, first floor').click();
  await page.getByText('It is enabled').waitFor();
  await page.getByRole('alert').waitFor({ state: 'detached' });
  receiver.received = [];
  await page.getByRole('link', { name: receiver.url }).click();
  await button('Send failed ones again').click();
  await button('Send again').click();
  await page.getByText('1 delivery is on its way').waitFor();
  await receiver.event('endpoint.test');
  portal.assertQuiet();
});

test('hostile descriptions are text, on a phone as well; it is deleted after a question', { skip }, async () => {
  const { id } = await endpoint();
  await portal.server.patch(`/v1/webhook-endpoints/${id}`, { description: HOSTILE });
  const phone = await portal.visitAs(admin, `/webhooks/${id}`, { viewport: PHONE });
  await phone.getByRole('heading', { name: '<script>', level: 1 }).waitFor();
  assert.equal(await isTooWide(phone), false);
  assert.deepEqual(await violations(phone), []);
  await screenshot(phone, 'webhook-phone');
  assert.equal(await wasRun(phone), false);
  await phone.context().close();

  await page.reload();
  await button('Edit').click();
  await button('Delete').click();
  await page.getByRole('dialog', { name: /with its deliveries/ }).getByRole('button', { name: 'Delete' }).click();
  await page.getByText('Nobody is told yet').waitFor();
  assert.equal(await endpoint(), undefined);
  portal.assertQuiet();
});

test('nobody but administrators has these pages', { skip }, async () => {
  const other = await portal.visitAs(await portal.server.logIn('watcher', { role: 'operator' }), '/webhooks');
  await other.getByText('There is no such page').waitFor();
  assert.equal(await other.getByRole('heading', { name: 'Automation' }).count(), 0);
  await other.context().close();
  portal.assertQuiet();
});
