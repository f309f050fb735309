// A reader of server-sent events: what came, and a wait for what will come.
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';

const PATIENCE_MS = 15000;

export class EventReader {
  constructor(request, response) {
    Object.assign(this, { request, response, text: '', events: [], comments: 0, ended: false, retry: null });
    this.waiting = new Set();
    response.setEncoding('utf8');
    response.on('data', (data) => this.#take(data));
    for (const name of ['end', 'close', 'error']) response.on(name, () => { this.ended = true; this.#tell(); });
    request.on('error', () => {});
  }

  // options: token, headers, localAddress, agent: false. Resolves with the reader, or, if it is no stream, with
  // { status, headers, body }.
  static async open(server, path, { token = server.token, headers = {}, localAddress } = {}) {
    const request = httpRequest({
      host: '127.0.0.1', port: server.httpPort, path, agent: false, localAddress,
      headers: { accept: 'text/event-stream', ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers },
    });
    request.end();
    const [response] = await once(request, 'response');
    if (response.statusCode === 200) return new EventReader(request, response);
    response.setEncoding('utf8');
    let text = '';
    for await (const part of response) text += part;
    return { status: response.statusCode, headers: response.headers, body: JSON.parse(text) };
  }

  #take(data) {
    this.text += data;
    for (let end = this.text.indexOf('\n\n'); end >= 0; end = this.text.indexOf('\n\n')) {
      this.#block(this.text.slice(0, end));
      this.text = this.text.slice(end + 2);
    }
    this.#tell();
  }

  #block(block) {
    const event = { id: null, name: 'message', data: [] };
    for (const line of block.split('\n')) {
      const [, field, value] = /^([^:]*):? ?(.*)$/.exec(line);
      if (field === '') this.comments += 1;
      else if (field === 'id') event.id = value;
      else if (field === 'event') event.name = value;
      else if (field === 'data') event.data.push(value);
      else if (field === 'retry') this.retry = Number(value);
      else throw new Error(`no field of an event: ${line}`);
    }
    if (event.data.length > 0) this.events.push({ ...event, data: JSON.parse(event.data.join('\n')) });
  }

  #tell() { for (const look of this.waiting) look(); }

  // Until `accept`, which sees this reader, gives something.
  until(accept) {
    return new Promise((fulfil, reject) => {
      const look = () => {
        const result = accept(this);
        if (!result) return;
        clearTimeout(timer);
        this.waiting.delete(look);
        fulfil(result);
      };
      const timer = setTimeout(() => {
        this.waiting.delete(look);
        reject(new Error(`never came; events: ${JSON.stringify(this.events)}, ended: ${this.ended}`));
      }, PATIENCE_MS);
      this.waiting.add(look);
      look();
    });
  }

  // The record of this call, once it came.
  record(callId) {
    return this.until(({ events }) => events.find((event) => event.data.call_id === callId));
  }

  close() { this.request.destroy(); }
}
