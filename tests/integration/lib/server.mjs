// A server of our own for a test: a fresh data folder, free ports, an admin's
// token, a JSON client for its API. SIPMOVED_BIN names the program.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const PROGRAM = resolve(process.env.SIPMOVED_BIN ??
  new URL('../../../build/release/sipmoved', import.meta.url).pathname);
// A slow build, and others that start beside it.
const START_DEADLINE_MS = 90000;
const STOP_DEADLINE_MS = 20000;
// Large imports in a slow build on a busy machine.
const REQUEST_DEADLINE_MS = 120000;
// The server ends a connection that nobody uses for 30 s: by then it is not to be used again.
const IDLE_MS = 20000;

// A test that is cut off leaves no server behind.
const running = new Set();
process.on('exit', () => { for (const child of running) child.kill('SIGKILL'); });
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.once(signal, () => process.exit(1));

// Runs to its end; resolves with the exit code and what was printed.
export async function runProgram(args, { cwd, env } = {}) {
  const child = spawn(PROGRAM, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const killer = setTimeout(() => child.kill('SIGKILL'), START_DEADLINE_MS);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data) => { stdout += data; });
  child.stderr.on('data', (data) => { stderr += data; });
  const [code] = await once(child, 'close');
  clearTimeout(killer);
  return { code, stdout, stderr };
}

export async function createToken(dataDir, name, role) {
  const result = await runProgram(['token', 'create', '--data-dir', dataDir,
    '--name', name, '--role', role]);
  if (result.code !== 0) throw new Error(`token create failed: ${result.stderr}`);
  return result.stdout.trim();
}

// The two lines that say where it listens; or why it did not start.
async function untilReady(child, output) {
  const sip = /^SIP {2}udp:(\S+):(\d+)$/m;
  const http = /^HTTP http:\/\/(\S+):(\d+)$/m;
  return new Promise((fulfil, reject) => {
    const timer = setTimeout(() => fail('was not ready in time'), START_DEADLINE_MS);
    function fail(why) {
      clearTimeout(timer);
      child.kill('SIGKILL');
      reject(new Error(`sipmoved ${why}:\n${output.stdout}${output.stderr}`));
    }
    child.stdout.on('data', () => {
      const [atSip, atHttp] = [output.stdout.match(sip), output.stdout.match(http)];
      if (!atSip || !atHttp) return;
      clearTimeout(timer);
      fulfil({ sipPort: Number(atSip[2]), httpPort: Number(atHttp[2]) });
    });
    child.on('close', (code) => fail(`exited with ${code}`));
    child.on('error', (error) => fail(error.message));
  });
}

// Every reply of the suite is held against api/openapi.yaml afterwards (scripts/check-openapi).
function record(method, path, answer) {
  // What has no X-Request-Id was said by libmicrohttpd.
  if (!process.env.SIPMOVED_REPLIES || !answer.headers['x-request-id']) return;
  const { status, headers } = answer;
  // Of a file, that there was one.
  const text = headers['content-type'] === 'application/vnd.sqlite3' ? answer.text.slice(0, 16) : answer.text;
  if (text.length > 500000) return;
  appendFileSync(process.env.SIPMOVED_REPLIES,
    `${JSON.stringify({ method, path, status, type: headers['content-type'] ?? '', headers: Object.keys(headers), text })}\n`);
}

// What a browser would send back.
export function cookieOf(answer) {
  return answer.headers['set-cookie'][0].split(';')[0];
}

class Server {
  constructor(child, dataDir, ports, output) {
    Object.assign(this, { child, dataDir, output }, ports);
    this.agent = new Agent({ keepAlive: true, maxSockets: 8, timeout: IDLE_MS });
  }

  // options: token (null: none), cookie (of a session, sent as a page of ours would), headers, type,
  // chunked, from (an address of ours to ask from); a body that is no string goes as JSON.
  // Resolves with status, headers, text, and body (parsed, if it is JSON).
  async request(method, path, body, options = {}) {
    const headers = { ...options.headers };
    const token = options.token === undefined ? this.token : options.token;
    if (options.cookie) {
      headers.cookie = options.cookie;
      if (!('sec-fetch-site' in headers)) headers['sec-fetch-site'] = 'same-origin';
    } else if (token) headers.authorization = `Bearer ${token}`;
    let payload;
    if (body !== undefined) {
      payload = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
      headers['content-type'] = options.type ??
        (method === 'PATCH' ? 'application/merge-patch+json' : 'application/json');
      if (!options.chunked) headers['content-length'] = Buffer.byteLength(payload);
    }
    const request = httpRequest({
      host: '127.0.0.1', port: this.httpPort, method, path, headers, timeout: REQUEST_DEADLINE_MS,
      agent: options.from ? undefined : this.agent, localAddress: options.from,
    });
    request.on('timeout', () => request.destroy(new Error(`${method} ${path} timed out`)));
    const answered = once(request, 'response');
    request.end(payload);
    const [response] = await answered;
    let text = '';
    response.setEncoding('utf8');
    for await (const part of response) text += part;
    const isJson = /[/+]json/.test(response.headers['content-type'] ?? '');
    const answer = {
      status: response.statusCode,
      headers: response.headers,
      text,
      body: isJson && text !== '' ? JSON.parse(text) : undefined,
    };
    record(method, path, answer);
    return answer;
  }

  get(path, options) { return this.request('GET', path, undefined, options); }

  post(path, body, options) { return this.request('POST', path, body, options); }

  put(path, body, options) { return this.request('PUT', path, body, options); }

  patch(path, body, options) { return this.request('PATCH', path, body, options); }

  delete(path, options) { return this.request('DELETE', path, undefined, options); }

  // Of a move that must be made; its document.
  async move(address, target, members = {}) {
    const answer = await this.post('/v1/moves', { address, targets: [{ uri: target }], ...members });
    if (answer.status !== 201) throw new Error(`move: ${answer.status} ${answer.text}`);
    return answer.body;
  }

  // A user who has set a password by a link, and has logged in: { user, cookie, password, session }.
  async logIn(name, members = {}, password = `the password of ${name}`) {
    const user = await this.post('/v1/users', { name, role: 'user', ...members });
    if (user.status !== 201) throw new Error(`user: ${user.status} ${user.text}`);
    const link = await this.post(`/v1/users/${user.body.id}/activation-links`, {});
    const set = await this.post('/v1/activations', { token: link.body.token, password }, { token: null });
    if (set.status !== 200) throw new Error(`activation: ${set.status} ${set.text}`);
    const session = await this.post('/v1/sessions', { name, password }, { token: null });
    if (session.status !== 201) throw new Error(`session: ${session.status} ${session.text}`);
    return { user: user.body, password, session: session.body, cookie: cookieOf(session) };
  }

  // Ends the process alone; the data folder stays for another one.
  async halt(signal = 'SIGTERM') {
    this.agent.destroy();
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode;
    const closed = once(this.child, 'close');
    const killer = setTimeout(() => this.child.kill('SIGKILL'), STOP_DEADLINE_MS);
    this.child.kill(signal);
    const [code] = await closed;
    clearTimeout(killer);
    return code;
  }

  async stop() {
    const code = await this.halt();
    await rm(this.dataDir, { recursive: true, force: true });
    if (code !== 0) throw new Error(`sipmoved stopped with ${code}:\n${this.output.stderr}`);
  }
}

// Passwords are hashed as fast as may be set: tests log in often.
const FAST = { SIPMOVED_AUTH__PASSWORD_MEMORY_KIB: '19456' };

// config: the text of a configuration file; dataDir: one that another server left;
// args: more of the command line; env: more of the environment; fileLimit: how many descriptors it may have.
export async function startServer({ config, dataDir, token, args: more = [], env, fileLimit } = {}) {
  const folder = dataDir ?? await mkdtemp(join(tmpdir(), 'sipmoved-'));
  const args = ['serve', '--data-dir', folder, '--sip-listen', 'udp:127.0.0.1:0',
    '--http-listen', '127.0.0.1:0', ...more];
  if (config !== undefined) {
    await writeFile(join(folder, 'test.conf'), config);
    args.push('--config', join(folder, 'test.conf'));
  }
  const command = fileLimit ? ['sh', '-c', `ulimit -n ${fileLimit}; exec "$0" "$@"`, PROGRAM] : [PROGRAM];
  const child = spawn(command[0], [...command.slice(1), ...args], { env: { ...FAST, ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  child.once('close', () => running.delete(child));
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (data) => { output.stdout += data; });
  child.stderr.on('data', (data) => { output.stderr += data; });
  const ports = await untilReady(child, output).catch(async (error) => {
    if (dataDir === undefined) await rm(folder, { recursive: true, force: true });
    throw error;
  });
  const server = new Server(child, folder, ports, output);
  server.token = token ?? await createToken(folder, 'test', 'admin');
  return server;
}

// Asks again until `accept` likes the answer: for what another thread writes soon.
export async function eventually(ask, accept, deadlineMs = 10000) {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const answer = await ask();
    if (accept(answer)) return answer;
    if (Date.now() > end) throw new Error(`never came: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
}
