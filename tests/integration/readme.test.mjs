// The README's tour does what it shows: each command is run as it is written, in
// a folder that looks like the checkout, against a fresh server.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { runProgram, startServer } from './lib/server.mjs';

const ROOT = new URL('../../', import.meta.url).pathname;
const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
// What differs from run to run: ids, times, ports, durations.
const VARYING = [/\b(mov|log|rul)_[0-9A-Z]+/g, /\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)/g, /request:[0-9a-f]+/g,
  /"source":"[^"]*"/g, /"call_id":"[^"]*"/g, /"handling_us":\d+/g];

function steady(text) {
  return VARYING.reduce((rest, pattern) => rest.replaceAll(pattern, '*'), text.trim());
}

// [command, output] of every console block, in order.
function tour() {
  const blocks = [...readme.matchAll(/```console\n([\s\S]*?)```/g)].map(([, block]) => block);
  return blocks.join('').split(/^\$ /m).slice(1).map((part) => {
    const end = part.indexOf('\n');
    return [part.slice(0, end), part.slice(end + 1)];
  });
}

test('the tour of the README prints what it shows', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'sipmoved-readme-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, 'build', 'data'), { recursive: true });
  await symlink(join(ROOT, 'tests'), join(folder, 'tests'));
  const server = await startServer({ dataDir: join(folder, 'build', 'data'), token: '' });
  t.after(() => server.halt());
  assert.equal(tour().length, 5);

  for (const [command, shown] of tour()) {
    const here = command.replace('127.0.0.1:5060', `127.0.0.1:${server.sipPort}`);
    const { stdout } = await promisify(execFile)('bash', ['-c', here], { cwd: folder });
    assert.equal(steady(stdout), steady(shown), command);
  }
});

test('the first start shows the first command of the README, later ones do not', async (t) => {
  const first = await startServer();
  t.after(() => first.stop());
  const [command] = tour()[0];
  const [hint] = /^curl .*$/m.exec(first.output.stdout);
  assert.equal(hint, command.replace('build/data/', `${first.dataDir}/`));
  await first.move('sip:alice@example.com', 'sip:alice@hotel.example.net');
  await first.halt();
  const second = await startServer({ dataDir: first.dataDir, token: first.token });
  t.after(() => second.halt());

  assert.ok(!second.output.stdout.includes('curl'));
});

test('the first command of the README can be given again', async (t) => {
  const server = await startServer();
  t.after(() => server.stop());
  const [command] = tour()[0];
  const here = command.replace('build/data/', `${server.dataDir}/`);

  for (let i = 0; i < 2; i += 1) {
    const { stdout } = await promisify(execFile)('bash', ['-c', here]);
    assert.equal(JSON.parse(stdout).state, 'active');
  }
});

test('the README shows the help that the program prints', async () => {
  const { stdout } = await runProgram(['help']);
  assert.ok(readme.includes(stdout.trim()));
});
