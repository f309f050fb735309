// Who is told: an HTTP server that keeps what it gets and answers as the test says.
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { EventEmitter, once } from 'node:events';

const DEADLINE_MS = 30000;

export class Receiver extends EventEmitter {
  // tls: { key, cert }, or none; answer: see below.
  static async open({ tls, answer, host = '127.0.0.1', port = 0 } = {}) {
    const receiver = new Receiver();
    receiver.answer = answer ?? (() => ({ status: 204 }));
    receiver.received = [];
    receiver.open = new Set();
    const take = (request, response) => { receiver.#take(request, response); };
    receiver.server = tls ? createTlsServer(tls, take) : createServer(take);
    receiver.server.on('connection', (socket) => {
      receiver.open.add(socket);
      socket.on('close', () => receiver.open.delete(socket));
    });
    receiver.server.on('tlsClientError', () => {});
    receiver.server.listen(port, host);
    await once(receiver.server, 'listening');
    receiver.port = receiver.server.address().port;
    receiver.url = `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${receiver.port}/hook`;
    return receiver;
  }

  // answer(message, number of messages before it): { status, headers, body }, or nothing at all to hang.
  async #take(request, response) {
    const parts = [];
    try {
      for await (const part of request) parts.push(part);
    } catch {
      return; // broken off
    }
    const text = Buffer.concat(parts).toString('utf8');
    const message = { method: request.method, path: request.url, headers: request.headers, text, event: JSON.parse(text) };
    const before = this.received.length;
    this.received.push(message);
    const answer = this.answer(message, before);
    if (answer) response.writeHead(answer.status, answer.headers ?? {}).end(answer.body ?? '');
    this.emit('message', message);
  }

  // The first that the test likes, of those that came and will come.
  async message(likes = () => true) {
    const timer = AbortSignal.timeout(DEADLINE_MS);
    for (;;) {
      const found = this.received.find(likes);
      if (found) return found;
      try {
        await once(this, 'message', { signal: timer });
      } catch {
        throw new Error(`no such message among ${JSON.stringify(this.received.map(({ event }) => event))}`);
      }
    }
  }

  event(type, likes = () => true) {
    return this.message(({ event }) => event.type === type && likes(event));
  }

  count(type) {
    return this.received.filter(({ event }) => event.type === type).length;
  }

  async close() {
    for (const socket of this.open) socket.destroy();
    this.server.close();
    await once(this.server, 'close').catch(() => {});
  }
}
