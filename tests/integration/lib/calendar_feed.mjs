// A calendar on the web: an HTTP server that answers GET as the test says, and keeps what it was asked.
import { createServer } from 'node:http';
import { EventEmitter, once } from 'node:events';

export const calendar = (...events) =>
  ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Example//EN', ...events, 'END:VCALENDAR', ''].join('\r\n');
export const event = (uid, ...lines) =>
  ['BEGIN:VEVENT', `UID:${uid}`, `DTSTAMP:20290101T${String(Math.floor(Math.random() * 240000)).padStart(6, '0')}Z`, ...lines, 'END:VEVENT'].join('\r\n');

export class CalendarFeed extends EventEmitter {
  // host: a loopback address of its own, so that others are foreign ones.
  static async open({ host = '127.0.0.2', port = 0 } = {}) {
    const feed = new CalendarFeed();
    feed.asked = [];
    feed.answers = {};
    feed.server = createServer((request, response) => {
      const answer = feed.answers[request.url] ?? { status: 404 };
      feed.asked.push({ path: request.url, headers: request.headers });
      const { status = 200, headers = {}, body = '' } = typeof answer === 'function' ? answer(request, response) : answer;
      if (status) response.writeHead(status, { 'content-type': 'text/calendar; charset=utf-8', ...headers }).end(body);
      feed.emit('asked', request.url);
    });
    feed.server.listen(port, host);
    await once(feed.server, 'listening');
    feed.port = feed.server.address().port;
    feed.origin = `http://${host}:${feed.port}`;
    return feed;
  }

  // As servers do that know ETags.
  serve(path, etag, ...events) {
    const body = calendar(...events);
    this.answers[path] = ({ headers }) => (headers['if-none-match'] === etag ? { status: 304, headers: { etag } } : { body, headers: { etag } });
  }

  asksFor(path) { return this.asked.filter((one) => one.path === path); }

  async close() {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close').catch(() => {});
  }
}
