// A caller over TCP or TLS: writes what it is told, byte by byte if need be, and
// reads whole answers.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { parseResponse } from './sip.mjs';

const DEADLINE_MS = 20000;

function unique() {
  return randomBytes(8).toString('hex');
}

async function inTime(promise, what, deadlineMs = DEADLINE_MS) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not come in time`)), deadlineMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

// lines: instead of the Content-Length line.
export function composeRequest({
  method = 'INVITE', uri = 'sip:alice@example.com', transport = 'TCP', branch = `z9hG4bK${unique()}`,
  callId = unique(), fromTag = 'f1', to = `<${uri}>`, cseq = 1, headers = [], lines = ['Content-Length: 0'],
} = {}) {
  return [
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/${transport} client.invalid;branch=${branch};rport`,
    'Max-Forwards: 70',
    `From: <sip:caller@caller.example>;tag=${fromTag}`,
    `To: ${to}`,
    `Call-ID: ${callId}`,
    `CSeq: ${cseq} ${method}`,
    ...headers,
    ...lines, '', '',
  ].join('\r\n');
}

export class StreamCaller {
  // tls: options of tls.connect(); without, plain TCP.
  static async open(port, { tls, ...options } = {}) {
    const caller = new StreamCaller();
    caller.transport = tls ? 'TLS' : 'TCP';
    caller.text = '';
    caller.socket = tls
      ? connectTls({ host: '127.0.0.1', port, ...options, ...tls })
      : connectTcp({ host: '127.0.0.1', port, allowHalfOpen: true, ...options });
    caller.closed = once(caller.socket, 'close').catch(() => {});
    caller.ended = new Promise((resolve) => {
      caller.socket.once('end', resolve);
      caller.socket.once('close', resolve);
    });
    caller.socket.on('data', (data) => {
      caller.text += data.toString('latin1');
      caller.wake?.();
    });
    caller.socket.on('end', () => caller.wake?.());
    await inTime(once(caller.socket, tls ? 'secureConnect' : 'connect'), 'the connection');
    caller.socket.on('error', (error) => {
      caller.error = error;
      caller.wake?.();
    });
    caller.socket.setNoDelay(true);
    return caller;
  }

  write(data) {
    this.socket.write(data);
  }

  async #until(done, what) {
    const came = async () => {
      for (;;) {
        const result = done();
        if (result !== undefined) return result;
        if (this.error || this.socket.readableEnded)
          throw new Error(`ended before ${what}: ${this.error ?? ''}\n${this.text}`);
        await new Promise((resolve) => { this.wake = resolve; });
      }
    };
    return inTime(came(), what);
  }

  // Exactly these bytes come next.
  async bytes(expected) {
    return this.#until(() => {
      if (this.text.length < expected.length) return undefined;
      const got = this.text.slice(0, expected.length);
      this.text = this.text.slice(expected.length);
      return got;
    }, 'bytes');
  }

  // The next answer.
  async response() {
    return this.#until(() => {
      const headEnd = this.text.indexOf('\r\n\r\n');
      if (headEnd < 0) return undefined;
      const length = Number(/^Content-Length:\s*(\d+)/im.exec(this.text.slice(0, headEnd))?.[1] ?? 0);
      const end = headEnd + 4 + length;
      if (this.text.length < end) return undefined;
      const response = parseResponse(this.text.slice(0, end));
      this.text = this.text.slice(end);
      return response;
    }, 'an answer');
  }

  // An INVITE, its answer, its ACK.
  async call(uri, { method = 'INVITE', headers = [] } = {}) {
    const parts = { uri, transport: this.transport, branch: `z9hG4bK${unique()}`, callId: unique() };
    this.write(composeRequest({ ...parts, method, headers }));
    const response = await this.response();
    if (method === 'INVITE')
      this.write(composeRequest({ ...parts, method: 'ACK', to: response.headers.to[0] }));
    return { ...response, callId: parts.callId };
  }

  // Resolves when the other side says that no more comes.
  async untilEnd() {
    await inTime(this.ended, 'the end of the connection');
  }

  close() {
    this.socket.destroy();
  }
}

// Asks `count` times, takes no answer for a while, then all of them; resolves
// with their Call-IDs, in order.
export async function askFirstAndListenLater(caller, count) {
  caller.socket.pause();
  for (let i = 0; i < count; i += 1)
    caller.write(composeRequest({ method: 'OPTIONS', callId: `late-${i}`, transport: caller.transport }));
  await new Promise((resolve) => { setTimeout(resolve, 1000); });
  const wanted = `Call-ID: late-${count - 1}\r\n`;
  const parts = [];
  const all = new Promise((resolve, reject) => {
    caller.socket.removeAllListeners('data');
    caller.socket.on('data', (data) => {
      parts.push(data.toString('latin1'));
      if (`${parts.at(-2) ?? ''}${parts.at(-1)}`.includes(wanted)) resolve();
    });
    caller.socket.once('close', () => reject(new Error('closed too early')));
  });
  caller.socket.resume();
  await inTime(all, 'the last answer', 6 * DEADLINE_MS);
  return parts.join('').match(/^Call-ID: .*$/gm).map((line) => line.trim().slice(9));
}
