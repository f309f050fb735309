// Moves as administrators and helpdesk make, change and end them; what callers then get.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readFile } from 'node:fs/promises';
import { Caller, contacts } from '../integration/lib/sip.mjs';
import { HOSTILE, LONG, wasRun } from './lib/hostile.mjs';
import { isTooWide, PHONE, Portal, screenshot, skip, violations } from './lib/portal.mjs';

let portal;
let caller;
let admin;
let page;
before(async () => {
  if (skip) return;
  portal = await Portal.open();
  caller = await Caller.open(portal.server.sipPort);
  await portal.server.post('/v1/domains', { name: 'example.com' });
  admin = await portal.server.logIn('boss', { role: 'admin' });
  page = await portal.visitAs(admin, '/moves');
});
after(async () => { caller?.close(); await portal?.close(); });

const rowOf = (page, text) => page.getByRole('row').filter({ hasText: text });
const panelOf = (page) => page.getByRole('dialog');

test('a move is made with two targets, and the next caller gets both, the best first', { skip }, async () => {
  await page.getByText('Nobody is moved').waitFor();
  await page.keyboard.press('n');
  const form = panelOf(page);
  await form.getByLabel('Address').fill('alice@example.com');
  await form.getByLabel('Target 1', { exact: true }).fill('Alice <sip:alice@hotel.example.net>');
  await form.getByRole('button', { name: 'Add a target' }).click();
  await form.getByLabel('Target 2', { exact: true }).fill('+49 30-555 0100');
  await form.getByLabel('Note').fill('in Jakarta');
  await screenshot(page, 'moves-new');
  await form.getByRole('button', { name: 'Make it' }).click();
  await rowOf(page, 'alice@example.com').getByText('Active').waitFor();
  const answer = await caller.call('sip:alice@example.com');
  assert.equal(answer.status, 302);
  assert.deepEqual(contacts(answer), ['sip:alice@hotel.example.net', 'tel:+49305550100']);
  portal.assertQuiet();
});

test('what is wrong with a move is said at its fields, and nothing typed is lost', { skip }, async () => {
  await page.getByRole('button', { name: 'New move' }).click();
  const form = panelOf(page);
  await form.getByLabel('Address').fill('carol@example.com');
  await form.getByLabel('Target 1', { exact: true }).fill('what');
  await form.getByLabel('Ends').fill('2020-01-01T10:00');
  await form.getByRole('button', { name: 'Make it' }).click();
  await form.getByRole('alert').waitFor();
  assert.equal(await form.getByLabel('Target 1', { exact: true }).getAttribute('aria-invalid'), 'true');
  assert.equal(await form.getByLabel('Address').inputValue(), 'carol@example.com');
  await page.keyboard.press('Escape');
  portal.assertQuiet();
});

test('where the address has another move, that one is shown and can be replaced', { skip }, async () => {
  await page.getByRole('button', { name: 'New move' }).click();
  const form = panelOf(page);
  await form.getByLabel('Address').fill('alice@example.com');
  await form.getByLabel('Target 1', { exact: true }).fill('alice@lab.example.net');
  await form.getByRole('button', { name: 'Make it' }).click();
  await form.getByRole('alert').getByText('alice@hotel.example.net').waitFor();
  await form.getByRole('button', { name: 'Replace it' }).click();
  await rowOf(page, 'alice@lab.example.net').waitFor();
  assert.deepEqual(contacts(await caller.call('sip:alice@example.com')), ['sip:alice@lab.example.net']);
  portal.assertQuiet();
});

test('a move that would lead back is refused, and the way round is shown', { skip }, async () => {
  await portal.server.move('sip:loop1@example.com', 'sip:loop2@example.com');
  await page.getByRole('button', { name: 'New move' }).click();
  const form = panelOf(page);
  await form.getByLabel('Address').fill('loop2@example.com');
  await form.getByLabel('Target 1', { exact: true }).fill('loop1@example.com');
  await form.getByRole('button', { name: 'Make it' }).click();
  await form.getByText('loop2@example.com → loop1@example.com → loop2@example.com').waitFor();
  await page.keyboard.press('Escape');
  portal.assertQuiet();
});

test('selected moves are ended together, and one click brings them back', { skip }, async () => {
  await portal.server.move('sip:bulk1@example.com', 'sip:b1@example.net');
  await portal.server.move('sip:bulk2@example.com', 'sip:b2@example.net', { starts_at: '2035-01-01T00:00:00Z' });
  await page.getByLabel('Search address or note').fill('bulk');
  await page.getByText('2 moves').waitFor();
  await page.getByLabel('Select all that are shown').check();
  await page.getByRole('button', { name: 'End them' }).click();
  await page.getByText('2 moves are over').waitFor();
  assert.equal((await caller.call('sip:bulk1@example.com')).status, 480);
  await page.getByRole('button', { name: 'Undo' }).click();
  await rowOf(page, 'bulk2@example.com').waitFor();
  assert.equal((await caller.call('sip:bulk1@example.com')).status, 302);
  const { body } = await portal.server.get('/v1/moves?address=sip:bulk2@example.com&state=scheduled');
  assert.equal(body.items.length, 1);
  portal.assertQuiet();
});

test('filters are in the address, and what they leave is what is exported', { skip }, async () => {
  assert.match(page.url(), /q=bulk/);
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'CSV' }).click();
  const lines = (await readFile(await (await download).path(), 'utf8')).trim().split('\n');
  assert.equal(lines.length, 4);
  assert.match(lines[3], /^#end,2,/);
  await page.reload();
  assert.equal(await page.getByLabel('Search address or note').inputValue(), 'bulk');
  await page.getByLabel('Search address or note').fill('');
  await rowOf(page, 'alice@lab.example.net').waitFor();
  portal.assertQuiet();
});

test('the panel shows what a caller gets and who changed what; another end is obeyed', { skip }, async () => {
  await page.getByRole('link', { name: 'alice@example.com' }).click();
  const panel = panelOf(page);
  await panel.getByText('302 Moved Temporarily').waitFor();
  await panel.getByLabel('Ends').fill('2035-12-01T18:00');
  await panel.getByLabel('Time zone of these times').fill('Asia/Jakarta');
  await panel.getByRole('button', { name: 'Save' }).click();
  await panel.getByRole('listitem').filter({ hasText: 'Changed' }).waitFor();
  await screenshot(page, 'moves-panel');
  assert.deepEqual(await violations(page), []);
  const [move] = (await portal.server.get('/v1/moves?address=sip:alice@example.com&state=active')).body.items;
  assert.equal(move.ends_local, '2035-12-01T18:00:00.000+07:00');
  await page.keyboard.press('Escape');
  await page.waitForURL(/#\/moves$/);
  portal.assertQuiet();
});

test('of two tabs that edit one move the second is told, shown both, and loses nothing', { skip }, async () => {
  const { id } = await portal.server.move('sip:tabs@example.com', 'sip:tabs@one.example.net', { note: 'before' });
  const other = await portal.visitAs(admin, `/moves/${id}`);
  await panelOf(other).getByLabel('Note').fill('of the second');
  await portal.server.patch(`/v1/moves/${id}`, { note: 'of the first' });
  await panelOf(other).getByRole('button', { name: 'Save' }).click();
  const conflict = other.getByRole('dialog', { name: 'Somebody else changed this meanwhile' });
  await conflict.getByText('of the first').waitFor();
  await conflict.getByText('of the second').waitFor();
  await conflict.getByRole('button', { name: 'Save mine over it' }).click();
  await other.getByText('Saved').waitFor();
  assert.equal((await portal.server.get(`/v1/moves/${id}`)).body.note, 'of the second');
  await other.context().close();
  portal.assertQuiet();
});

test('helpdesk makes and ends moves, and sees no page that it may not', { skip }, async () => {
  const desk = await portal.server.logIn('desk', { role: 'helpdesk' });
  const other = await portal.visitAs(desk, '/moves');
  await other.getByRole('button', { name: 'New move' }).waitFor();
  await other.getByRole('link', { name: 'alice@example.com' }).click();
  await panelOf(other).getByText('302 Moved Temporarily').waitFor();
  assert.equal(await panelOf(other).getByText('History').count(), 0);
  await panelOf(other).getByRole('button', { name: 'End it now' }).click();
  await other.getByText('The move is over').waitFor();
  assert.equal((await caller.call('sip:alice@example.com')).status, 480);
  const menu = other.getByRole('navigation');
  assert.equal(await menu.getByRole('link', { name: 'Users' }).count(), 0);
  assert.equal(await menu.getByRole('link', { name: 'Tokens' }).count(), 0);
  await other.goto(`${portal.origin}/#/users`);
  await other.getByText('There is no such page').waitFor();
  await other.context().close();

  const operator = await portal.visitAs(await portal.server.logIn('watcher', { role: 'operator' }), '/moves');
  await operator.getByRole('link', { name: 'loop1@example.com' }).click();
  await panelOf(operator).getByText('302 Moved Temporarily').waitFor();
  assert.equal(await operator.getByRole('button', { name: /New move|Save|End/ }).count(), 0);
  assert.equal(await panelOf(operator).getByLabel('Note').isDisabled(), true);
  await operator.context().close();
  portal.assertQuiet();
});

test('stored text is text, whatever is in it, and breaks no layout', { skip }, async () => {
  const { id } = await portal.server.move('sip:hostile@example.com', `sip:${'y'.repeat(200)}@example.net`, { note: HOSTILE, external_id: LONG.slice(0, 100) });
  await portal.server.move('sip:hostile2@example.com', 'sip:x@example.net', { note: LONG });
  const phone = await portal.visitAs(admin, '/moves?q=hostile', { viewport: PHONE });
  await phone.getByText('<script>window.wasRun = 1</script>').waitFor();
  assert.equal(await isTooWide(phone), false);
  await screenshot(phone, 'moves-phone');
  assert.deepEqual(await violations(phone), []);
  await phone.goto(`${portal.origin}/#/moves/${id}`);
  await panelOf(phone).getByRole('heading', { name: 'History' }).waitFor();
  assert.equal(await isTooWide(phone), false);
  assert.equal(await wasRun(phone), false);
  await screenshot(phone, 'moves-panel-phone');
  await phone.context().close();
  portal.assertQuiet();
});
