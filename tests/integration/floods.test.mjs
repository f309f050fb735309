// Floods: calls that nobody ends, names chosen to collide, readers that do not read, and a scanner that others wrote.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { eventually, startServer } from './lib/server.mjs';
import { Caller } from './lib/sip.mjs';

const run = promisify(execFile);
const HOTEL = 'sip:alice@hotel.example.net';
const isSanitized = /san$/.test(process.env.SIPMOVED_MODE ?? '');
const INVITES = isSanitized ? 10000 : 100000;

let server;
let caller;
before(async () => {
  server = await startServer({ config: '[http]\nlimit_loopback = no\n' });
  caller = await Caller.open(server.sipPort);
  await server.move('sip:alice@example.com', HOTEL);
});
after(async () => { caller.close(); await server.stop(); });

async function memoryKb() {
  return Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${server.child.pid}/status`, 'utf8'))[1]);
}

async function events(name) {
  return Number(new RegExp(`^sipmoved_sip_events_total\\{event="${name}"\\} (\\d+)`, 'm').exec((await server.get('/metrics')).text)[1]);
}

// Sends them at the pace at which they are read; counts what comes back.
async function flood(count, compose) {
  const flooder = await Caller.open(server.sipPort);
  const told = { answers: 0, bytes: 0, sent: 0 };
  flooder.socket.setRecvBufferSize(8 << 20);
  flooder.socket.on('message', (data) => { told.answers += 1; told.bytes += data.length; });
  const soFar = await events('datagrams');
  for (let i = 0; i < count; i += 500) {
    for (let j = i; j < i + 500 && j < count; j += 1) {
      const text = compose(flooder, j);
      told.sent += text.length;
      flooder.sendRaw(text);
    }
    await eventually(() => events('datagrams'), (seen) => seen - soFar >= Math.min(i + 500, count) * 0.9);
  }
  flooder.close();
  return told;
}

test(`${INVITES} INVITEs that nobody acknowledges take bounded memory, send at most twice what came, and calls go on`, async () => {
  const atFirst = await memoryKb();
  const pad = `X-Pad: ${'x'.repeat(400)}`;
  const told = await flood(INVITES, (flooder, i) => flooder.compose({
    uri: 'sip:alice@example.com', branch: `z9hG4bKflood${i}`, callId: `flood-${i}`, fromTag: 'f', headers: [pad],
  }));
  const grown = await memoryKb() - atFirst;

  assert.ok(told.bytes <= 2 * told.sent, `${told.bytes} bytes out for ${told.sent} in`);
  // A kB each, and what the log keeps ready.
  assert.ok(isSanitized || grown < INVITES + 64 * 1024, `${grown} kB more`);
  assert.equal((await caller.call('sip:alice@example.com')).status, 302);
});

// CPU of the SIP threads for a flood.
async function spent(compose) {
  const tasks = (await run('sh', ['-c', `grep -l '^sip-' /proc/${server.child.pid}/task/*/comm`])).stdout.trim().split('\n');
  const used = async () => (await Promise.all(tasks.map((task) => readFile(task.replace(/comm$/, 'schedstat'), 'utf8'))))
    .reduce((sum, text) => sum + Number(text.split(' ')[0]), 0);
  const start = await used();
  await flood(5000, compose);
  return await used() - start;
}

test('branches and Call-IDs that are alike cost no more than others', async () => {
  const uri = 'sip:alice@example.com';
  const different = (flooder, i) => flooder.compose({ uri, branch: `z9hG4bKdiff${i}`, callId: `diff-${i}`, fromTag: `f${i}` });
  const alike = (flooder, i) => flooder.compose({ uri, branch: 'z9hG4bKsame', callId: 'same', fromTag: `f${i}` });
  await spent(different);
  const [one, other] = [await spent(different), await spent(alike)];
  assert.ok(other < one * 4, `${other} ns beside ${one}`);
  assert.equal((await caller.call(uri)).status, 302);
});

test('64 readers of the live log that do not read hold up neither calls nor the API, and take bounded memory', async () => {
  const sockets = Array.from({ length: 64 }, () => {
    const socket = createConnection({ port: server.httpPort, host: '127.0.0.1' });
    socket.on('error', () => {});
    socket.pause();
    socket.write(`GET /v1/redirect-logs/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${server.token}\r\n\r\n`);
    return socket;
  });
  const atFirst = await memoryKb();
  for (let i = 0; i < 500; i += 1) assert.equal((await caller.call('sip:alice@example.com')).status, 302);
  assert.equal((await server.get('/v1/moves')).status, 200);
  assert.ok(isSanitized || await memoryKb() - atFirst < 64 * 1024);
  sockets.forEach((socket) => socket.destroy());
});

test('SIPVicious finds a server that says nothing of itself but what SIP asks, and nothing once its pattern is dropped', async () => {
  const scan = async () => (await run('svmap', ['-p', String(server.sipPort), '127.0.0.1'], { timeout: 30000 }).catch((error) => error)).stdout ?? '';
  assert.match(await scan(), /127\.0\.0\.1/);
  assert.equal((await server.post('/v1/scanner-patterns', { header: 'user_agent', match: 'contains', text: 'friendly-scanner' })).status, 201);
  assert.doesNotMatch(await scan(), /127\.0\.0\.1:\d+\s*\|/);
  assert.ok(await events('scanner') > 0);
  assert.equal((await caller.call('sip:alice@example.com')).status, 302);
});
