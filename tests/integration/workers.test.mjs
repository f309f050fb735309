// Several workers on one port: how the calls of one caller spread over them.
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { eventually, startServer } from './lib/server.mjs';

const WORKERS = 4;
const BURST = 100;
const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
let server;

before(async () => {
  server = await startServer({ config: `[sip]\nworkers = ${WORKERS}\nunproven_retransmits = 0\n` });
});

after(async () => {
  await server?.stop();
});

// How many requests each worker has had.
async function counts() {
  const { text } = await server.get('/metrics');
  return [...text.matchAll(/^sipmoved_sip_worker_requests_total\{worker="\d+"\} (\d+)$/mg)].map((m) => Number(m[1]));
}

const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);

function invite(uri, branch, port) {
  return [`INVITE ${uri} SIP/2.0`, `Via: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bK${branch};rport`,
    'From: <sip:upstream@carrier.example>;tag=1', `To: <${uri}>`, `Call-ID: ${branch}`, 'CSeq: 1 INVITE',
    'Content-Length: 0', '', ''].join('\r\n');
}

// Asks for each URI from one socket; a burst begins when all of the one before was answered.
async function askAll(uris, name) {
  const socket = createSocket('udp4');
  const open = new Map();
  socket.on('message', (data) => {
    open.delete(/;branch=z9hG4bK([^;\r]+)/.exec(data.toString('latin1'))[1]);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  try {
    for (let at = 0; at < uris.length; at += BURST) {
      uris.slice(at, at + BURST).forEach((uri, i) => {
        const branch = `${name}-${at + i}`;
        open.set(branch, invite(uri, branch, socket.address().port));
      });
      const send = () => { for (const text of open.values()) socket.send(text, server.sipPort, '127.0.0.1'); };
      send();
      const again = setInterval(send, 1000);
      await eventually(() => open.size, (size) => size === 0);
      clearInterval(again);
    }
  } finally {
    socket.close();
  }
}

const numbered = (count, uri) => Array.from({ length: count }, (_, i) => uri(String(i).padStart(4, '0'), i));

for (const [name, uris] of [
  ['names', numbered(4000, (n) => `sip:user${n}@example.com`)],
  ['numbers', numbered(4000, (n) => `sip:+4930123${n}@example.com;user=phone`)],
  ['extensions', numbered(4000, (n) => `sip:${n}@example.com`)],
  ['extensions of one digit and zeros', numbered(400, (n, i) => `sip:${1 + i % 9}000@d${i}.example.com`)],
  ['users of one letter', numbered(520, (n, i) => `sip:${LETTERS[i % LETTERS.length]}@example.com`)],
]) {
  test(`the calls of one caller to many ${name} spread over all workers`, async (t) => {
    const first = await counts();
    assert.equal(first.length, WORKERS);

    await askAll(uris, name.replaceAll(' ', '-'));

    // Copies that were sent for want of time count as well.
    const each = (await eventually(counts, (now) => sum(now) - sum(first) >= uris.length))
      .map((count, i) => count - first[i]);
    const mean = sum(each) / WORKERS;
    t.diagnostic(`${uris.length} calls: ${each.join(' ')}`);
    for (const count of each)
      assert.ok(count >= mean / 2 && count <= mean * 2, `${name}: ${each}`);
  });
}
