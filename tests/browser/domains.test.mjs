// Domains, addresses, peer profiles and target rules as an administrator sets them; what callers then get.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
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
  admin = await portal.server.logIn('boss', { role: 'admin' });
  page = await portal.visitAs(admin, '/domains');
});
after(async () => { caller?.close(); await portal?.close(); });

const card = (name) => page.getByRole('region', { name, exact: true });
const visit = async (hash, heading) => {
  await page.goto(`${portal.origin}/#${hash}`);
  await page.getByRole('heading', { name: heading, level: 1 }).waitFor();
};

// Said once, and taken away, so that the next one is another.
async function savedIsSaid() {
  const toast = page.locator('.toast').filter({ hasText: 'Saved' });
  await toast.waitFor();
  await toast.getByRole('button', { name: 'Dismiss' }).click();
  await toast.waitFor({ state: 'detached' });
}

test('a domain is made, and its calls without a move are sent on', { skip }, async () => {
  await page.getByRole('button', { name: 'New domain' }).click();
  await page.getByRole('dialog').getByLabel('Domain').fill('example.com');
  await page.getByRole('button', { name: 'Make it' }).click();
  const answers = card('How calls are answered');
  await answers.getByLabel('Calls without a move').selectOption('redirect');
  await answers.getByLabel('To', { exact: true }).fill('sip:{user}@pbx.example.net');
  await answers.getByLabel('Status').selectOption('300');
  await answers.getByRole('button', { name: 'Save' }).click();
  await savedIsSaid();
  const answer = await caller.call('sip:nobody@example.com');
  assert.equal(answer.status, 300);
  assert.deepEqual(contacts(answer), ['sip:nobody@pbx.example.net']);
  await screenshot(page, 'domain');
  assert.deepEqual(await violations(page), []);

  await answers.getByLabel('Calls without a move').selectOption('refuse');
  const saved = page.waitForResponse((answer) => answer.request().method() === 'PATCH');
  await answers.getByRole('button', { name: 'Save' }).click();
  assert.equal((await saved).status(), 200);
  assert.equal((await caller.call('sip:nobody@example.com')).status, 404);
  portal.assertQuiet();
});

test('a setting that the server refuses is said at its field', { skip }, async () => {
  const answers = card('How calls are answered');
  await answers.getByLabel('Phones that register').selectOption('redirect');
  await answers.getByLabel('Registrar').fill('nonsense');
  await answers.getByRole('button', { name: 'Save' }).click();
  await answers.getByRole('alert').waitFor();
  assert.equal(await answers.getByLabel('Registrar').getAttribute('aria-invalid'), 'true');
  await page.reload();
  portal.assertQuiet();
});

test('callers of a domain can be made to show credentials', { skip }, async () => {
  const authentication = card('Credentials of callers');
  await authentication.getByLabel('Callers of this domain must show credentials').check();
  await authentication.getByRole('button', { name: 'Save' }).click();
  await savedIsSaid();
  await card('SIP users').getByRole('button', { name: 'New SIP user' }).click();
  const form = page.getByRole('dialog');
  await form.getByLabel('User name').fill('alice');
  await form.getByLabel('Password').fill('a long password');
  await form.getByRole('button', { name: 'Make it' }).click();
  await card('SIP users').getByRole('button', { name: 'alice' }).waitFor();
  const { body } = await portal.server.get('/v1/sip-users?domain=example.com');
  assert.deepEqual(body.items.map(({ username }) => username), ['alice']);
  const [domain] = (await portal.server.get('/v1/domains?name=example.com')).body.items;
  assert.equal((await portal.server.get(`/v1/domains/${domain.id}/authentication`)).body.required, true);
  portal.assertQuiet();
});

test('of two tabs that edit one domain the second is told and shown both', { skip }, async () => {
  const [domain] = (await portal.server.get('/v1/domains?name=example.com')).body.items;
  const other = await portal.visitAs(admin, `/domains/${domain.id}`);
  const answers = other.getByRole('region', { name: 'How calls are answered' });
  await answers.getByLabel('Note').fill('mine');
  await portal.server.patch(`/v1/domains/${domain.id}`, { note: 'theirs' });
  await answers.getByRole('button', { name: 'Save' }).click();
  const conflict = other.getByRole('dialog');
  await conflict.getByRole('cell', { name: 'theirs', exact: true }).waitFor();
  await conflict.getByRole('cell', { name: 'mine', exact: true }).waitFor();
  await conflict.getByRole('button', { name: 'Take what is stored' }).click();
  assert.equal(await answers.getByLabel('Note').inputValue(), 'theirs');
  await other.context().close();
  portal.assertQuiet();
});

test('a known address is told from an unknown one, and deleting it can be undone', { skip }, async () => {
  await portal.server.post('/v1/domains', { name: 'known.example' });
  await visit('/addresses', 'Addresses');
  await page.getByRole('button', { name: 'New address' }).click();
  await page.getByRole('dialog').getByLabel('Address').fill('erik@known.example');
  await page.getByRole('dialog').getByLabel('Note').fill(HOSTILE);
  await page.getByRole('button', { name: 'Make it' }).click();
  const row = page.getByRole('row').filter({ hasText: 'erik@known.example' });
  await row.getByText('<script>window.wasRun = 1</script>').waitFor();
  assert.equal((await caller.call('sip:erik@known.example')).status, 480);
  assert.deepEqual(await violations(page), []);
  await row.getByRole('button').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('The address is deleted').waitFor();
  assert.equal((await caller.call('sip:erik@known.example')).status, 404);
  await page.getByRole('button', { name: 'Undo' }).click();
  await row.waitFor();
  assert.equal((await caller.call('sip:erik@known.example')).status, 480);
  assert.equal(await wasRun(page), false);
  portal.assertQuiet();
});

test('a profile from a preset writes the redirects for callers of its network', { skip }, async () => {
  await portal.server.move('sip:pia@known.example', 'sip:pia@away.example', { diversion_reason: 'away' });
  await visit('/peer-profiles', 'Peer profiles');
  await page.getByText('Asterisk PJSIP takes who forwarded from Diversion').waitFor();
  await page.getByRole('button', { name: 'New profile' }).click();
  const form = page.getByRole('dialog');
  await form.getByLabel('Name').fill('the PBX');
  await form.getByLabel('Preset').selectOption('asterisk');
  await form.getByLabel('Network').fill('127.0.0.0/8');
  await form.getByRole('button', { name: 'Make it' }).click();
  await page.getByRole('button', { name: 'the PBX' }).waitFor();
  assert.match((await caller.call('sip:pia@known.example')).headers.diversion[0], /reason=away/);
  await screenshot(page, 'peer-profiles');
  assert.deepEqual(await violations(page), []);
  await page.getByRole('button', { name: 'the PBX' }).click();
  await form.getByLabel('Say who forwarded').uncheck();
  await form.getByRole('button', { name: 'Save' }).click();
  await savedIsSaid();
  assert.equal((await caller.call('sip:pia@known.example')).headers.diversion, undefined);
  portal.assertQuiet();
});

test('a rule keeps calls from a number, and the question says which rule', { skip }, async () => {
  await visit('/targets', 'Allowed targets');
  await page.getByRole('button', { name: 'New rule' }).click();
  const form = page.getByRole('dialog');
  await form.getByLabel('What', { exact: true }).fill('+1900');
  await form.getByLabel('Note').fill('premium');
  await form.getByRole('button', { name: 'Make it' }).click();
  await page.getByRole('button', { name: '+1900' }).waitFor();
  const question = card('Is this target allowed?');
  await question.getByLabel('Target', { exact: true }).fill('+1 900 555 0100');
  await question.getByRole('button', { name: 'Ask' }).click();
  await question.getByText('By the rule').waitFor();
  await question.getByText('premium').waitFor();
  const refused = await portal.server.post('/v1/moves', { address: 'sip:pia2@known.example', targets: [{ uri: 'tel:+19005550100' }] });
  assert.equal(refused.body.errors[0].code, 'TARGET_NOT_ALLOWED');

  const policy = card('Where no rule holds');
  await policy.getByLabel('A move may last so many days').fill('30');
  const saved = page.waitForResponse((answer) => answer.request().method() === 'PATCH');
  await policy.getByRole('button', { name: 'Save' }).click();
  assert.equal((await saved).status(), 200);
  assert.equal((await portal.server.get('/v1/target-policy')).body.longest_move_days, 30);
  await screenshot(page, 'targets');
  assert.deepEqual(await violations(page), []);
  portal.assertQuiet();
});

test('operators see all of it and change nothing; long text breaks no layout', { skip }, async () => {
  await portal.server.post('/v1/domains', { name: 'long.example', note: LONG });
  const operator = await portal.visitAs(await portal.server.logIn('watcher', { role: 'operator' }), '/domains', { viewport: PHONE });
  await operator.getByRole('link', { name: 'long.example' }).waitFor();
  assert.equal(await isTooWide(operator), false);
  await operator.getByRole('link', { name: 'long.example' }).click();
  const answers = operator.getByRole('region', { name: 'How calls are answered' });
  await answers.getByLabel('Note').waitFor();
  assert.equal(await answers.getByLabel('Note').isDisabled(), true);
  assert.equal(await operator.getByRole('button', { name: /Save|New|Delete/ }).count(), 0);
  assert.equal(await isTooWide(operator), false);
  assert.deepEqual(await violations(operator), []);
  await operator.context().close();
  portal.assertQuiet();
});
