// The recipes of docs/api.md, and the session of docs/accounts.md: each command is run by sh as it stands there, one after the other, and prints what the page
// says that it prints.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createToken, eventually, startServer } from './lib/server.mjs';
import { commandsOf, Shell } from './lib/shell.mjs';
import { Caller } from './lib/sip.mjs';

const page = await readFile(new URL('../../docs/api.md', import.meta.url), 'utf8');
const [, section] = /^## Recipes\n([\s\S]*?)^## /m.exec(page);
// [title, [[command, output]]] of each; the first has no title.
const recipes = section.split(/^(?=\*\*\d)/m).map((text) => [
  /^\*\*(\d+\. [^*]*)\*\*/.exec(text)?.[1] ?? '', commandsOf(text),
]);

// What differs from week to week.
const steady = (text) => text.trim().replace(/^20[23]\d-\d\d-\d\d(?=T18:00:00\.000\+07:00$)/gm, 'A-FRIDAY');

test('there are ten recipes and more', () => {
  assert.ok(recipes.length > 10);
  for (const [title, commands] of recipes) assert.ok(commands.length > 0, title);
});

test('every recipe prints what it says', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'sipmoved-recipes-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const server = await startServer();
  t.after(() => server.stop());
  // As the README's tour leaves a server.
  for (const name of ['alice', 'bob'])
    await server.move(`sip:${name}@example.com`, `sip:${name}@hotel.example.net`, { ends_at: '2030-12-05T11:00:00Z' });
  const caller = await Caller.open(server.sipPort);
  t.after(() => caller.close());
  const shell = new Shell(folder);
  t.after(() => shell.end());
  const token = await createToken(server.dataDir, 'recipes', 'admin');
  await writeFile(join(folder, 'token.txt'), `Authorization: Bearer ${token}\n`, { mode: 0o600 });

  for (const [title, commands] of recipes) {
    if (/go there/.test(title)) {
      await caller.call('sip:carol@example.org');
      await eventually(() => server.get('/v1/redirect-logs'), ({ body }) => body.items.length === 1);
    }
    for (const [command, shown] of commands) {
      const { stdout, stderr } = await shell.run(command.replace('127.0.0.1:8080', `127.0.0.1:${server.httpPort}`));
      assert.equal(stderr, '', `${title}: ${command}`);
      assert.equal(steady(stdout), steady(shown), `${title}: ${command}`);
    }
  }
});

test('a session with curl goes as docs/accounts.md shows it', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'sipmoved-session-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const server = await startServer({ config: '[auth]\npassword_memory_kib = 19456\n' });
  t.after(() => server.stop());
  await server.logIn('alice', { addresses: ['sip:alice@example.com'] }, 'the password of alice');
  const shell = new Shell(folder);
  t.after(() => shell.end());
  const commands = commandsOf(await readFile(new URL('../../docs/accounts.md', import.meta.url), 'utf8'));

  assert.ok(commands.length > 5);
  for (const [command, shown] of commands) {
    const { stdout, stderr } = await shell.run(command.replace('localhost:8080', `localhost:${server.httpPort}`));
    assert.equal(stderr, '', command);
    assert.equal(stdout.trim(), shown, command);
  }
});
