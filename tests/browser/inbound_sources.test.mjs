// Inbound sources as an administrator sets them up: made with a mapping, tried, sent to, looked at, and done again.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import { HOSTILE, wasRun } from './lib/hostile.mjs';
import { isTooWide, PHONE, Portal, screenshot, skip, violations } from './lib/portal.mjs';

let portal;
let admin;
let page;
before(async () => {
  if (skip) return;
  portal = await Portal.open();
  await portal.server.post('/v1/domains', { name: 'example.com' });
  const made = await portal.server.post('/v1/users', { name: 'alice', role: 'user', email: 'alice@example.com', addresses: ['sip:alice@example.com'] });
  assert.equal(made.status, 201, made.text);
  admin = await portal.server.logIn('boss', { role: 'admin' });
  page = await portal.visitAs(admin, '/inbound-sources');
});
after(async () => portal?.close());

const button = (name) => page.getByRole('button', { name, exact: true });
const dialog = () => page.getByRole('dialog');
const region = (name) => page.getByRole('region', { name }).first();
const sources = async () => (await portal.server.get('/v1/inbound-sources')).body.items;
const named = async (name) => (await sources()).find((source) => source.name === name);
const moves = async () => (await portal.server.get('/v1/moves')).body.items;
const mapping = (members) => JSON.stringify(Object.entries(members).map(([to, rule]) => ({ to, ...rule })));
const trip = (id, more = {}) => ({ id, who: 'sip:bob@example.com', where: 'sip:bob@hotel.example.net', from: '2035-07-01T09:00:00Z', until: '2035-07-08T18:00:00Z', ...more });
const send = (path, secret, event) => portal.server.request('POST', path, JSON.stringify(event), { token: null, type: 'application/json', headers: { Authorization: `Bearer ${secret}` } });
let secret;

test('a source is made: JSON that is none and rules that are wrong are said at the mapping, and nothing typed is lost', { skip }, async () => {
  await page.getByText('No system sends anything yet').waitFor();
  await button('New source').click();
  await dialog().getByLabel('Name').fill('trips');
  await dialog().getByLabel('Mapping', { exact: true }).fill('[{"to":');
  await button('Make it').click();
  await dialog().getByText(/This is not JSON/).first().waitFor();
  await dialog().getByLabel('Mapping', { exact: true }).fill(mapping({ external_id: { from: 'id' }, address: { from: '/who' }, target: { from: '/where' } }));
  await button('Make it').click();
  await dialog().getByText('/mapping/0/from').waitFor();
  assert.equal(await dialog().getByLabel('Mapping', { exact: true }).getAttribute('aria-invalid'), 'true');
  assert.equal(await dialog().getByLabel('Name').inputValue(), 'trips');
  await screenshot(page, 'inbound-source-wrong');

  await dialog().getByLabel('Mapping', { exact: true }).fill(mapping({ external_id: { from: '/id' }, address: { from: '/who' }, target: { from: '/where' }, starts_at: { from: '/from' }, ends_at: { from: '/until' } }));
  await button('Make it').click();
  await page.getByText('This is shown once').waitFor();
  secret = await page.getByLabel('Secret', { exact: true }).inputValue();
  await page.keyboard.press('Escape');
  await page.getByRole('heading', { name: 'trips', level: 1 }).waitFor();
  assert.equal(await page.getByText(secret).count(), 0);
  assert.equal((await named('trips')).kind, 'bearer');
  portal.assertQuiet();
});

test('a payload is tried: the move rule by rule, or all that is wrong; nothing is changed', { skip }, async () => {
  const tester = region('Try a payload');
  await tester.getByLabel('Payload', { exact: true }).fill(JSON.stringify(trip('trip-1')));
  await button('Try it').click();
  await tester.getByText('would be done').waitFor();
  await tester.getByText('bob@hotel.example.net').first().waitFor();
  assert.equal(await tester.getByRole('row').filter({ hasText: 'taken' }).count(), 5);
  assert.deepEqual(await violations(page), []);
  await screenshot(page, 'inbound-tester');

  await tester.getByLabel('Payload', { exact: true }).fill(JSON.stringify(trip('trip-1', { where: HOSTILE, from: 'tomorrow' })));
  await button('Try it').click();
  await tester.getByText('would be refused').waitFor();
  await tester.getByText('<U+202E>').first().waitFor();
  await tester.getByText(/things? (is|are) wrong/).waitFor();
  await screenshot(page, 'inbound-tester-refused');
  await tester.getByLabel('Payload', { exact: true }).fill('not JSON');
  await button('Try it').click();
  await tester.getByText(/This is not JSON/).first().waitFor();
  assert.equal(await wasRun(page), false);
  assert.deepEqual(await moves(), []);
  portal.assertQuiet();
});

test('what is sent is listed, what was refused as well, as text; it is done again by the mapping as it is now', { skip }, async () => {
  const { path } = await named('trips');
  assert.equal((await send(path, secret, trip('trip-2'))).status, 200);
  assert.equal((await send(path, secret, { name: HOSTILE, ...trip('trip-3', { from: undefined, begins: '2035-08-01T09:00:00Z', until: '2035-08-02T09:00:00Z', where: 7 }) })).status, 422);
  await button('Look again').click();
  const events = region('Latest events');
  await events.getByRole('row').filter({ hasText: 'done' }).waitFor();
  await events.getByRole('row').filter({ hasText: 'refused' }).getByRole('button').click();
  await dialog().getByText('<script>').waitFor();
  await dialog().getByText('<U+202E>').waitFor();
  assert.deepEqual(await violations(page), []);
  await screenshot(page, 'inbound-event');
  assert.equal(await wasRun(page), false);
  await button('Do it again').click();
  await dialog().getByRole('alert').waitFor();
  await page.keyboard.press('Escape');

  await button('Edit').click();
  await dialog().getByLabel('Mapping', { exact: true }).fill(mapping({ external_id: { from: '/id' }, address: { from: '/who' }, target: { default: 'sip:desk@example.net' }, starts_at: { from: '/begins' }, ends_at: { from: '/until' } }));
  await button('Save').click();
  await dialog().waitFor({ state: 'detached' });
  await events.getByRole('row').filter({ hasText: 'refused' }).getByRole('button').click();
  await button('Do it again').click();
  await page.getByText('Done again').waitFor();
  assert.deepEqual((await moves()).map(({ external_id }) => external_id).sort(), ['trip-2', 'trip-3']);
  await page.keyboard.press('Escape');
  portal.assertQuiet();
});

test('a new secret is shown once, and the one before is good no more', { skip }, async () => {
  await button('New secret').click();
  await dialog().getByRole('button', { name: 'New secret' }).click();
  const renewed = await page.getByLabel('Secret', { exact: true }).inputValue();
  const { path } = await named('trips');
  assert.equal((await send(path, secret, trip('trip-2'))).status, 401);
  assert.notEqual((await send(path, renewed, trip('trip-2'))).status, 401);
  await page.keyboard.press('Escape');
  portal.assertQuiet();
});

test('a mapping edited in two places is kept from being lost', { skip }, async () => {
  const { id } = await named('trips');
  await button('Edit').click();
  await dialog().getByLabel('Note').fill('mine');
  await portal.server.patch(`/v1/inbound-sources/${id}`, { note: 'theirs' });
  await button('Save').click();
  await button('Save mine over it').click();
  await page.getByText('Saved').first().waitFor();
  assert.equal((await named('trips')).note, 'mine');
  portal.assertQuiet();
});

for (const kind of ['bearer', 'standard-webhooks', 'github', 'stripe', 'slack', 'hmac']) {
  test(`the example for ${kind} can be begun with: its payload makes a move`, { skip }, async () => {
    await page.goto(`${portal.origin}/#/inbound-sources`);
    await button('New source').click();
    await dialog().getByLabel('Name').fill(`example ${kind}`);
    await dialog().getByLabel('Kind').selectOption(kind);
    if (kind === 'hmac') await dialog().getByLabel('Header with the signature').fill('X-Signature');
    await dialog().getByText('Mapping: an example').first().click();
    await button('Begin with this example').click();
    await button('Make it').click();
    await page.getByText('This is shown once').waitFor();
    await page.keyboard.press('Escape');
    const tester = region('Try a payload');
    await tester.getByText('Payload: an example').first().click();
    await button('Begin with this example').click();
    await button('Try it').click();
    await tester.getByText('would be done').waitFor();
    await tester.getByText('A move is made').waitFor();
    assert.equal(await tester.getByText('alice@example.com').count() > 0, true);
    portal.assertQuiet();
  });
}

test('a slash command takes the secret of the chat, has no mapping, and answers to it', { skip }, async () => {
  const own = 'the signing secret of the app';
  await page.goto(`${portal.origin}/#/inbound-sources`);
  await button('New source').click();
  await dialog().getByLabel('Name').fill('slack');
  await dialog().getByLabel('Kind').selectOption('slack-command');
  assert.equal(await dialog().getByLabel('Mapping', { exact: true }).count(), 0);
  await dialog().getByLabel('Secret of your own').fill(own);
  await button('Make it').click();
  await page.getByRole('heading', { name: 'slack', level: 1 }).waitFor();
  assert.equal(await page.getByText('Try a payload').count(), 0);
  const at = Math.floor(Date.now() / 1000);
  const body = 'command=%2Faway&text=&user_id=U1';
  const headers = { 'X-Slack-Request-Timestamp': String(at), 'X-Slack-Signature': `v0=${createHmac('sha256', own).update(`v0:${at}:${body}`).digest('hex')}` };
  const { status } = await portal.server.request('POST', (await named('slack')).path, body, { token: null, type: 'application/x-www-form-urlencoded', headers });
  assert.equal(status, 200);
  await button('Look again').click();
  await region('Latest events').getByRole('row').nth(1).waitFor();
  portal.assertQuiet();
});

test('a hostile name is text, on a phone as well; a source is deleted after a question', { skip }, async () => {
  const { id } = await named('slack');
  const noted = await portal.server.patch(`/v1/inbound-sources/${id}`, { note: HOSTILE });
  assert.equal(noted.status, 200, noted.text);
  const phone = await portal.visitAs(admin, '/inbound-sources', { viewport: PHONE });
  await phone.getByText('<script>').waitFor();
  assert.equal(await isTooWide(phone), false);
  assert.deepEqual(await violations(phone), []);
  await screenshot(phone, 'inbound-sources-phone');
  assert.equal(await wasRun(phone), false);
  await phone.context().close();

  await button('Edit').click();
  await button('Delete').click();
  await page.getByRole('dialog', { name: /with its events/ }).getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('link', { name: 'trips', exact: true }).waitFor();
  assert.equal(await named('slack'), undefined);
  portal.assertQuiet();
});
