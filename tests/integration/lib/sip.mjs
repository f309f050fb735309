// A caller over UDP: sends a request, repeats it as RFC 3261 17.1.1.2 has it
// until the answer is there, and acknowledges what an INVITE got.
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

const REPEAT_MS = 500;
const DEADLINE_MS = 8000;

function unique() {
  return randomBytes(8).toString('hex');
}

// status, reason, headers (lower case name -> list of values) and the text.
export function parseResponse(text) {
  const [head] = text.split('\r\n\r\n');
  const [startLine, ...lines] = head.split('\r\n');
  const [, status, reason] = /^SIP\/2\.0 (\d{3}) (.*)$/.exec(startLine) ?? [];
  const headers = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).trim().toLowerCase();
    (headers[name] ??= []).push(line.slice(colon + 1).trim());
  }
  return { status: Number(status), reason, headers, text };
}

// The URIs of all Contact values, in order.
export function contacts(response) {
  return (response.headers.contact ?? []).join(',').match(/<[^>]*>/g)?.map((uri) => uri.slice(1, -1)) ?? [];
}

export class Caller {
  static async open(serverPort, address = '127.0.0.1') {
    const caller = new Caller();
    caller.serverPort = serverPort;
    caller.address = address;
    caller.waiting = new Map(); // branch -> resolve
    caller.socket = createSocket('udp4');
    caller.socket.on('message', (data) => caller.#take(data.toString('latin1')));
    caller.socket.bind(0, address);
    await once(caller.socket, 'listening');
    caller.port = caller.socket.address().port;
    return caller;
  }

  #take(text) {
    const response = parseResponse(text);
    const branch = /;branch=([^;,\s]+)/.exec(response.headers.via?.[0] ?? '')?.[1];
    this.waiting.get(branch)?.(response);
  }

  // headers: lines of their own, "Require: foo".
  compose({ method = 'INVITE', uri, headers = [], branch, callId, fromTag, to, from = '<sip:caller@caller.example>' }) {
    return [
      `${method} ${uri} SIP/2.0`,
      `Via: SIP/2.0/UDP ${this.address}:${this.port};branch=${branch};rport`,
      'Max-Forwards: 70',
      `From: ${from};tag=${fromTag}`,
      `To: ${to ?? `<${uri}>`}`,
      `Call-ID: ${callId}`,
      `CSeq: 1 ${method}`,
      ...headers,
      'Content-Length: 0', '', '',
    ].join('\r\n');
  }

  sendRaw(data) {
    this.socket.send(data, this.serverPort, '127.0.0.1');
  }

  async #exchange(text, branch) {
    let repeater;
    let deadline;
    try {
      return await new Promise((resolve, reject) => {
        this.waiting.set(branch, resolve);
        // Behind what has arrived: an answer that this process has not read yet is no lost one.
        repeater = setInterval(() => setImmediate(() => this.waiting.has(branch) && this.sendRaw(text)), REPEAT_MS);
        deadline = setTimeout(() => reject(new Error(`no answer to:\n${text}`)), DEADLINE_MS);
        this.sendRaw(text);
      });
    } finally {
      clearInterval(repeater);
      clearTimeout(deadline);
      this.waiting.delete(branch);
    }
  }

  // ack: false leaves an INVITE's answer without its ACK. from: the value of From, without its tag.
  async call(uri, { method = 'INVITE', headers = [], callId = unique(), ack = true, from } = {}) {
    const branch = `z9hG4bK${unique()}`;
    const parts = { uri, branch, callId, fromTag: unique(), from };
    const response = await this.#exchange(this.compose({ ...parts, method, headers }), branch);
    if (method === 'INVITE' && ack)
      this.sendRaw(this.compose({ ...parts, method: 'ACK', to: response.headers.to[0] }));
    return { ...response, callId };
  }

  close() {
    this.socket.close();
  }
}
