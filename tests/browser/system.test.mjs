// The administrator's pages about the server itself: dashboard, sources, audit, backups, settings.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { eventually } from '../integration/lib/server.mjs';
import { Caller } from '../integration/lib/sip.mjs';
import { Portal, skip } from './lib/portal.mjs';

const FIRST_PAGE_MAX = 120000;
const HOSTILE = '<img src=x onerror=alert(1)>\u202e';

let portal;
let caller;
let admin;
before(async () => {
  if (skip) return;
  portal = await Portal.open({ config: '[server]\nlog_level = info\n' });
  caller = await Caller.open(portal.server.sipPort);
  admin = await portal.server.logIn('sys-admin', { role: 'admin' });
});
after(async () => {
  caller?.close();
  await portal?.close();
});

const dialogOf = (page) => page.getByRole('dialog');
const save = (page) => dialogOf(page).getByRole('button', { name: 'Save' }).click();
const make = (page) => dialogOf(page).getByRole('button', { name: 'Make it' }).click();

test('an empty dashboard leads to the first move, and counts calls and moves once there are some', { skip }, async () => {
  const page = await portal.visitAs(admin, '/dashboard');
  await page.getByText('Everything works').waitFor();
  assert.match(await page.getByRole('link', { name: 'Set up the first move' }).getAttribute('href'), /#\/welcome/);

  await portal.server.move('sip:counted@example.com', 'sip:counted@hotel.example.net');
  await caller.call('sip:counted@example.com');
  await caller.call('sip:counted@example.com', { headers: ['Require: made-up'] });
  await eventually(() => portal.server.get('/v1/redirect-logs'), ({ body }) => body.items.length === 2);
  // It reads itself again while it is looked at.
  const calls = page.getByRole('table', { name: 'Calls' });
  await calls.getByRole('row').filter({ hasText: 'All' }).getByRole('cell', { name: '2', exact: true }).first().waitFor({ timeout: 45000 });
  assert.match(await calls.innerText(), /Redirected \(302\)\s+1 \(50%\)[\s\S]*Option tag refused \(420\)\s+1 \(50%\)/);
  await page.getByRole('region', { name: 'Moves in force' }).getByRole('link', { name: '1', exact: true }).waitFor();
  await page.reload();
  await page.getByRole('link', { name: 'counted@example.com' }).click();
  await page.getByRole('heading', { name: 'Redirect log' }).waitFor();
  portal.assertQuiet();
});

test('what an administrator fetches for the first page is at most 120 kB', { skip }, async () => {
  const page = await portal.visitAs(admin, '/account');
  const paths = new Set();
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (pathname === '/' || pathname.startsWith('/portal/')) paths.add(pathname);
  });
  await page.goto(`${portal.origin}/#/dashboard`);
  await page.reload();
  await page.getByText('Everything works').waitFor();
  let sum = 0;
  for (const path of paths) sum += gzipSync(await (await page.request.get(portal.origin + path)).body()).length;
  assert.ok(paths.size > 10);
  assert.ok([...paths].every((path) => !path.includes('uplot')));
  assert.ok(sum <= FIRST_PAGE_MAX, `${sum}`);
  portal.assertQuiet();
});

test('a source rule is made, edited, conflicts with another tab, is deleted and had back', { skip }, async () => {
  const page = await portal.visitAs(admin, '/sources');
  await page.getByRole('button', { name: 'New source rule' }).click();
  await dialogOf(page).getByLabel('Network').fill('203.0.113.1/24');
  await dialogOf(page).getByLabel('Note').fill(HOSTILE);
  await make(page);
  await dialogOf(page).locator('.field.wrong').getByText('Did you mean 203.0.113.0/24?').waitFor();
  await dialogOf(page).getByLabel('Network').fill('203.0.113.0/24');
  await make(page);
  const rules = page.getByRole('table', { name: 'Source rules' });
  await rules.getByText('<img src=x onerror=alert(1)><U+202E>').waitFor();

  await rules.getByRole('button', { name: '203.0.113.0/24' }).click();
  await dialogOf(page).getByLabel('Note').fill('mine');
  const [rule] = (await portal.server.get('/v1/source-rules')).body.items;
  await portal.server.patch(`/v1/source-rules/${rule.id}`, { note: 'theirs' });
  await save(page);
  const conflict = page.getByRole('dialog', { name: 'Somebody else changed this meanwhile' });
  assert.match(await conflict.innerText(), /theirs[\s\S]*mine/);
  await conflict.getByRole('button', { name: 'Save mine over it' }).click();
  await rules.getByText('mine').waitFor();

  await rules.getByRole('button', { name: '203.0.113.0/24' }).click();
  await dialogOf(page).getByRole('button', { name: 'Delete' }).click();
  await page.getByText('No rules: every network is answered.').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await rules.getByText('mine').waitFor();
  portal.assertQuiet();
});

test('a ban is made for a while and lifted; a scanner pattern is dropped; the limit is changed', { skip }, async () => {
  const page = await portal.visitAs(admin, '/sources');
  await page.getByRole('button', { name: 'New ban' }).click();
  await dialogOf(page).getByLabel('Network').fill('198.51.100.9');
  await dialogOf(page).getByLabel('For how long').selectOption('until it is lifted');
  await make(page);
  await page.getByRole('table', { name: 'Bans' }).getByText('until it is lifted').waitFor();
  await page.getByRole('button', { name: 'Lift the ban of 198.51.100.9/32' }).click();
  await page.getByText('Nobody is banned.').waitFor();

  await page.getByRole('button', { name: 'New scanner pattern' }).click();
  await dialogOf(page).getByLabel('Text').fill('friendly-scanner');
  await dialogOf(page).getByLabel('What becomes of it').selectOption('ban');
  await dialogOf(page).getByLabel('Ban for, in seconds').fill('60');
  await make(page);
  await page.getByRole('table', { name: 'Scanner patterns' }).getByText('ban the sender').waitFor();
  assert.equal((await portal.server.get('/v1/scanner-patterns')).body.items[0].ban_seconds, 60);

  const limit = page.getByRole('region', { name: 'Limit' });
  await limit.getByLabel('Messages a second').fill('600');
  await limit.getByRole('button', { name: 'Save' }).click();
  await eventually(() => portal.server.get('/v1/source-limit'), ({ body }) => body.rate === 600);
  portal.assertQuiet();
});

test('the audit is searched, and shows a change as what it was before and after', { skip }, async () => {
  const move = await portal.server.move('sip:audited@example.com', 'sip:a@hotel.example.net', { note: 'first' });
  await portal.server.patch(`/v1/moves/${move.id}`, { note: HOSTILE });
  const page = await portal.visitAs(admin, '/audit');
  await page.getByLabel('What was done').fill('move.update');
  await page.getByLabel('To what').fill(move.id);
  const table = page.getByRole('table', { name: 'Audit' });
  await table.getByRole('row').nth(2).waitFor({ state: 'detached' });
  assert.match(page.url(), /action=move\.update/);
  await table.getByRole('button', { name: /^Show what changed: move changed/ }).click();
  const row = dialogOf(page).getByRole('row').filter({ hasText: 'note' });
  assert.match(await row.innerText(), /first\s+<img src=x onerror=alert\(1\)><U\+202E>/);
  assert.equal(await page.locator('main img, dialog img').count(), 0);
  portal.assertQuiet();
});

test('a backup is made, downloaded and deleted', { skip }, async () => {
  const page = await portal.visitAs(admin, '/backups');
  await page.getByRole('button', { name: 'Make a backup' }).click();
  await dialogOf(page).getByLabel('Note').fill('before the upgrade');
  await dialogOf(page).getByRole('button', { name: 'Make a backup' }).click();
  await page.getByRole('table', { name: 'Backups' }).getByText('before the upgrade').waitFor();
  const coming = page.waitForEvent('download');
  await page.getByRole('link', { name: /^Download/ }).click();
  const download = await coming;
  assert.match(download.suggestedFilename(), /^bak_\w+\.db$/);
  assert.equal(readFileSync(await download.path()).subarray(0, 15).toString(), 'SQLite format 3');
  await page.getByRole('button', { name: /^Delete the backup/ }).click();
  await dialogOf(page).getByRole('button', { name: 'Delete' }).click();
  await page.getByText('There is no backup yet.').waitFor();
  portal.assertQuiet();
});

test('settings say where they come from; reloading says what changed; log level and draining are switched', { skip }, async () => {
  const { server } = portal;
  const page = await portal.visitAs(admin, '/settings');
  await page.getByLabel('Find a setting').fill('server.log_level');
  const row = page.getByRole('row').filter({ hasText: 'server.log_level' });
  assert.match(await row.innerText(), /info\s+file[\s\S]*test\.conf/);
  writeFileSync(`${server.dataDir}/test.conf`, '[server]\nlog_level = warning\n[sip]\nworkers = 2\n');
  await page.getByRole('button', { name: 'Read the settings again' }).click();
  await page.getByText('In force now: server.log_level.').waitFor();
  await page.getByText('Needs a restart: sip.workers.').waitFor();
  writeFileSync(`${server.dataDir}/test.conf`, '[server]\nlog_level = loud\n');
  await page.getByRole('button', { name: 'Read the settings again' }).click();
  await page.getByText('Nothing was changed, because something is wrong:').waitFor();

  await page.getByLabel('Log level').selectOption('debug');
  await eventually(() => server.get('/v1/log-level'), ({ body }) => body.level === 'debug');
  await page.getByLabel('Drain this server').check();
  await eventually(() => server.get('/v1/drain'), ({ body }) => body.draining);
  const dashboard = await portal.visitAs(admin, '/dashboard');
  await dashboard.getByText('This server is being drained').waitFor();
  await page.getByLabel('Drain this server').uncheck();
  await eventually(() => server.get('/v1/drain'), ({ body }) => !body.draining);
  portal.assertQuiet();
});

test('who may only read sees it all, and has nothing that changes it', { skip }, async () => {
  const reader = await portal.server.logIn('sys-reader', { role: 'operator' });
  const page = await portal.visitAs(reader, '/sources');
  await page.getByRole('region', { name: 'Limit' }).getByText('Messages a second').waitFor();
  await page.goto(`${portal.origin}/#/backups`);
  await page.getByRole('heading', { name: 'To put one back' }).waitFor();
  await page.goto(`${portal.origin}/#/settings`);
  await page.getByRole('table', { name: 'Settings' }).waitFor();
  assert.equal(await page.locator('main').getByRole('button', { name: /New|Make|Delete|Edit|Read the settings/ }).count(), 0);
  portal.assertQuiet();
});
