// The messages of RFC 4475, 5118 and 3665, byte for byte over the wire, against
// the index that says what a redirect server answers to each.
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { startServer } from './lib/server.mjs';

const FOLDER = new URL('../fixtures/torture/', import.meta.url);
// An address of our own, so that the sent-by ports of the messages are free.
const CALLER = '127.0.0.99';
// What the API refuses to store, or no message of the index asks for.
const NOT_STORED = ['self@example.com', 'past@example.com', 'later@example.com'];
const SENT_BY = /2\.0\s*\/\s*\w+\s+(?:\[[^\]]*\]|[^\s;:,]+)\s*(?::\s*(\d+))?/;

async function rowsOf(name) {
  const [head, ...lines] = (await readFile(new URL(name, FOLDER), 'utf8')).trimEnd().split('\n');
  const names = head.split('\t');
  return lines.map((line) => Object.fromEntries(line.split('\t').map((cell, i) => [names[i], cell])));
}

function addressOf(key) {
  const at = key.lastIndexOf('@');
  if (at < 0) return `tel:${key}`;
  const user = [...key.slice(0, at)].map((c) => (/[A-Za-z0-9_.!~*'()&=+$,;?/-]/.test(c)
    ? c : `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)).join('');
  return `sip:${user}@${key.slice(at + 1)}`;
}

function targetsOf(value) {
  return value.split('|').map((part) => {
    const [, uri, q] = /^\s*(.*?)(?:;q=([\d.]+))?\s*$/.exec(part);
    return q ? { uri, q: Number(q) } : { uri };
  });
}

// One server a transport: the messages are the same, and so would be their
// transactions.
const servers = {};
const index = (await rowsOf('index.tsv')).filter((row) => /^(UDP|TCP)$/.test(row.transport));

async function serverWithFixture() {
  const server = await startServer({ config: '[sip]\nunproven_retransmits = 0\n' });
  const policy = await server.put('/v1/extension-policy', { preset: 'redirect-server' });
  assert.equal(policy.status, 200, policy.text);
  for (const { kind, key, value } of await rowsOf('fixture.tsv')) {
    if (kind === 'domain') {
      const made = await server.post('/v1/domains', { name: key });
      // Two spellings of one IPv6 address are one domain.
      assert.ok([201, 409].includes(made.status), made.text);
    } else if (kind === 'move' && !NOT_STORED.includes(key)) {
      const made = await server.post('/v1/moves', { address: addressOf(key), targets: targetsOf(value) });
      assert.ok([201, 409].includes(made.status), `${key}: ${made.text}`);
    }
  }
  return server;
}

before(async () => {
  servers.udp = await serverWithFixture();
  servers.tcp = await serverWithFixture();
});

after(async () => {
  await servers.udp?.stop();
  await servers.tcp?.stop();
});

// A question behind the message: its answer tells that none came for the message.
function sentinel(port) {
  const id = Math.random().toString(36).slice(2);
  return { id, text: ['OPTIONS sip:example.com SIP/2.0', `Via: SIP/2.0/UDP ${CALLER}:${port};branch=z9hG4bK${id}`,
    'From: <sip:sentinel@example.com>;tag=1', 'To: <sip:example.com>', `Call-ID: ${id}`, 'CSeq: 1 OPTIONS',
    'Content-Length: 0', '', ''].join('\r\n') };
}

// Sends from the port that the message names, where its answer is to go.
async function answerOverUdp(message) {
  const port = Number(SENT_BY.exec(message.toString('latin1'))?.[1] ?? 5060) % 65536;
  const socket = createSocket('udp4');
  socket.bind(port, CALLER);
  await once(socket, 'listening');
  const ask = sentinel(port);
  const answers = [];
  try {
    socket.send(message, servers.udp.sipPort, '127.0.0.1');
    socket.send(ask.text, servers.udp.sipPort, '127.0.0.1');
    for (;;) {
      const [data] = await once(socket, 'message', { signal: AbortSignal.timeout(10000) });
      const text = data.toString('latin1');
      if (text.includes(ask.id)) break;
      answers.push(text);
    }
  } finally {
    socket.close();
  }
  assert.ok(answers.length <= 1, `${answers.length} answers`);
  return answers[0];
}

// Messages that share a branch are one transaction: a later one gets its own.
const seen = new Set();
function withOwnBranch(message, transport) {
  const text = message.toString('latin1');
  const branch = /branch\s*=\s*([^;\s,]+)/i.exec(text);
  if (!branch) return message;
  const key = `${transport} ${branch[1]} ${text.trimStart().split(' ')[0]}`;
  if (!seen.has(key)) {
    seen.add(key);
    return message;
  }
  const at = branch.index + branch[0].length - 1;
  const other = text[at] === 'x' ? 'y' : 'x';
  return Buffer.from(`${text.slice(0, at)}${other}${text.slice(at + 1)}`, 'latin1');
}

function statusOf(answer) {
  return answer === undefined ? 'DROP' : /^SIP\/2\.0 (\d{3}) /.exec(answer)[1];
}

// Streams need a Content-Length; what has none, or a wrong one, is 400 at best.
const HAS_LENGTH = /^(?:content-length|l)[ \t]*:[ \t]*\d+[ \t]*\r?$/im;
// A body that never ends is waited for; two requests are two requests.
const NOT_ON_STREAMS = ['rfc4475/clerr.dat', 'rfc4475/dblreq.dat'];

// The first answer, or undefined if the connection ends, or a question behind
// the message is answered first.
async function answerOverTcp(message) {
  const ask = sentinel(5060);
  const socket = connect(servers.tcp.sipPort, '127.0.0.1');
  let text = '';
  socket.setEncoding('latin1');
  socket.write(message);
  socket.write(ask.text);
  try {
    for await (const part of socket) {
      text += part;
      if (text.includes('\r\n\r\n')) break;
    }
  } catch (error) {
    if (error.code !== 'ECONNRESET') throw error;
  } finally {
    socket.destroy();
  }
  const first = text.slice(0, text.indexOf('\r\n\r\n') + 4);
  return text === '' || first.includes(ask.id) ? undefined : first;
}

function acceptedOf(row) {
  return [row.expected, ...(row.acceptable ?? '').split('|')].map((s) => (s === 'NONE' ? 'DROP' : s));
}

for (const row of index) {
  if (NOT_ON_STREAMS.includes(row.file)) continue;
  test(`${row.file} over TCP gets ${row.expected}`, async () => {
    const message = withOwnBranch(await readFile(new URL(row.file, FOLDER)), 'tcp');

    const answer = await answerOverTcp(message);

    const accepted = acceptedOf(row);
    if (!HAS_LENGTH.test(message.toString('latin1')) && !accepted.includes('DROP')) accepted.push('400');
    assert.ok(accepted.includes(statusOf(answer)), `${accepted} expected, but:\n${answer}`);
  });
}

for (const row of index) {
  test(`${row.file} over UDP gets ${row.expected}`, async () => {
    const message = withOwnBranch(await readFile(new URL(row.file, FOLDER)), 'udp');

    const answer = await answerOverUdp(message);

    const accepted = acceptedOf(row);
    assert.ok(accepted.includes(statusOf(answer)), `${accepted} expected, but:\n${answer}`);
    if (row.must_contain && statusOf(answer) === row.expected) assert.ok(answer.includes(row.must_contain), answer);
    if (row.must_not_contain && answer) assert.ok(!answer.includes(row.must_not_contain), answer);
  });
}
