// A server whose clock is stepped by the test: Debian's libfaketime, which no sanitizer's runtime lets in before it.
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer } from './server.mjs';

const CLOCK = (await readdir('/usr/lib').catch(() => [])).map((name) => `/usr/lib/${name}/faketime/libfaketimeMT.so.1`).find(existsSync);
export const noClock = /san$/.test(process.env.SIPMOVED_MODE ?? '') || !CLOCK ? 'needs libfaketime, and a build without a sanitizer' : false;

// stepTo(seconds): its wall clock is that much ahead of ours, or behind; what counts intervals goes on.
export async function steppedServer(t, options = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'sipmoved-clock-'));
  const file = join(folder, 'ahead');
  // At once: libfaketime ends a process that finds the file half written.
  const stepTo = async (seconds) => {
    await writeFile(`${file}.new`, `${seconds < 0 ? '' : '+'}${seconds}\n`);
    await rename(`${file}.new`, file);
  };
  await stepTo(0);
  const server = await startServer({ ...options, env: { LD_PRELOAD: CLOCK, FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1' } });
  t.after(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });
  return { server, stepTo };
}
