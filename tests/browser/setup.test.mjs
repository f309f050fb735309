// The first minute: from the link that the first start prints to a call that was redirected.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { eventually } from '../integration/lib/server.mjs';
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
  await page.getByText(`-m 1 127.0.0.1:${portal.server.sipPort}`).waitFor();
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

// Lines of the page as a shell runs them, in an empty folder, which is where baresip keeps what is its own; they are over by
// themselves, or after a while.
async function runLines(lines) {
  const folder = mkdtempSync(join(tmpdir(), 'sipmoved-lines-'));
  writeFileSync(join(folder, 'baresip'), `#!/bin/sh\nexec /usr/bin/baresip -f '${folder}' "$@"\n`, { mode: 0o755 });
  const child = spawn('timeout', ['60', 'sh', '-c', lines], { cwd: folder, env: { ...process.env, HOME: folder, PATH: `${folder}:${process.env.PATH}` }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => { output += part; });
  await once(child, 'close');
  rmSync(folder, { recursive: true });
  return output;
}

for (const program of ['sipp', 'baresip']) {
  test(`the lines for ${program}, run as they stand on the page, are a call that the move answers`, { skip, timeout: 120000 }, async () => {
    const admin = await portal.server.logIn(`with-${program}`, { role: 'admin' });
    const page = await portal.visitAs(admin, '/welcome');
    await page.getByLabel('Address that is called').fill(`sip:${program}@example.com`);
    await page.getByLabel('Where callers are sent').fill(`sip:${program}@hotel.example.net`);
    await page.getByRole('button', { name: 'Make this move' }).click();
    const output = await runLines(await page.getByRole('region', { name: program, exact: true }).innerText());
    const logged = (address) => eventually(() => portal.server.get(`/v1/redirect-logs?address=${address}`), ({ body }) => body.items.length > 0)
      .then(({ body }) => body.items[0], () => assert.fail(output));
    assert.equal((await logged(`sip:${program}@example.com`)).status, 302, output);
    // This one follows, by way of its outbound proxy, as the page says.
    if (program === 'baresip') {
      assert.match(output, /SIP\/2\.0 302 Moved Temporarily[\s\S]*SIP\/2\.0 404 Not Found/);
      assert.equal((await logged('sip:baresip@hotel.example.net')).reason, 'domain_unknown');
    }
    await page.getByText('Your call is here!').waitFor();
    assert.equal(await page.getByText('Skip this').count(), 0);
    portal.assertQuiet();
  });
}
