// Secrets are planted in everything that takes or makes one, much is done with them, and then every byte that the run left is
// searched: its output, its files, its command line, and all that the API tells.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { cookieOf, eventually, runProgram, startServer } from './lib/server.mjs';
import { Caller } from './lib/sip.mjs';

const PROXY_SECRET = 'canary-proxy-secret-4f1d9a7c2b';
const configWith = (secretFile) => `[server]
log_level = debug
[auth]
password_memory_kib = 19456
proxy_networks = 127.0.0.0/8
proxy_secret_file = ${secretFile}
`;

// [what it is, the text]; nothing of it may be found again.
const secrets = [['the secret of the proxy', PROXY_SECRET]];
// What the API has told, by path.
const told = [];
let server;
let folder;

function plant(name, text) {
  assert.ok(typeof text === 'string' && text.length >= 8, `${name}: ${text}`);
  secrets.push([name, text]);
  return text;
}

// As it stands, and in the forms that a careless hand would write.
function formsOf(text) {
  const bytes = Buffer.from(text);
  return [text, bytes.toString('base64').replace(/=+$/, ''), bytes.toString('hex'), encodeURIComponent(text)];
}

function assertFree(where, bytes) {
  const held = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes);
  for (const [name, text] of secrets)
    for (const form of formsOf(text)) assert.ok(!held.includes(form), `${where} holds ${name}`);
}

async function filesBelow(folder) {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.path, entry.name));
}

function codeOf(secret) {
  const bits = [...secret].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000)));
  const mac = createHmac('sha1', Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)))).update(counter).digest();
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1000000).padStart(6, '0');
}

// The parts of a token that are secret: not its id, which is told.
function plantToken(name, token) {
  const [, , secret] = token.split('_');
  plant(name, secret);
  return token;
}

async function people() {
  const password = plant('a password', 'canary-password-of-alice-1');
  const { user, cookie } = await server.logIn('alice', { addresses: ['sip:alice@example.com'] }, password);
  plant('a cookie', cookie.split('=')[1]);
  const link = (await server.post(`/v1/users/${user.id}/activation-links`, {})).body;
  plant('an activation link', link.token);
  const next = plant('a password that was changed', 'canary-password-of-alice-2');
  await server.put('/v1/me/password', { current_password: password, new_password: next }, { cookie });
  for (const wrong of ['canary-wrong-password-1', 'canary-wrong-password-2']) {
    plant('a wrong password', wrong);
    await server.post('/v1/sessions', { name: 'alice', password: wrong }, { token: null });
    await server.post('/v1/sessions', { name: 'alice', passwrod: wrong }, { token: null });
    await server.post('/v1/sessions', `{"name":"alice","password":"${wrong}"`, { token: null });
    await server.post('/v1/activations', { token: link.token.slice(1), password: wrong }, { token: null });
    await server.put('/v1/me/password', { current_password: wrong, new_password: 'short' }, { cookie });
  }
  // A password in place of the name.
  await server.post('/v1/sessions', { name: plant('a password given as name', 'canary passwörd as name'), password: 'x' }, { token: null });
  const totp = (await server.post('/v1/me/totp', { password: next }, { cookie })).body;
  plant('a TOTP secret', totp.secret);
  const confirmed = await server.post('/v1/me/totp/confirmations', { code: codeOf(totp.secret) }, { cookie });
  for (const code of confirmed.body.recovery_codes) plant('a code for recovery', code);
  const again = await server.post('/v1/sessions', { name: 'alice', password: next, totp: confirmed.body.recovery_codes[0] }, { token: null });
  assert.equal(again.status, 201, again.text);
  plant('a second cookie', cookieOf(again).split('=')[1]);
  await server.get('/v1/me', { token: null, headers: { 'x-remote-user': 'alice', 'x-proxy-secret': PROXY_SECRET } });
  const admin = await runProgram(['user', 'create-admin', '--data-dir', server.dataDir, '--name', 'boss']);
  plant('the link of create-admin', /activate\/(\S+)/.exec(admin.stdout)[1]);
}

async function programs() {
  const headers = { 'idempotency-key': 'canary' };
  const made = await server.post('/v1/tokens', { name: 'canary', role: 'operator' }, { headers });
  const token = plantToken('a token', made.body.token);
  assert.equal((await server.post('/v1/tokens', { name: 'canary', role: 'operator' }, { headers })).text, made.text);
  plantToken('a rotated token', (await server.post(`/v1/tokens/${made.body.id}/rotate`, {})).body.token);
  plantToken('the token of this test', server.token);
  await server.get('/v1/moves', { token });
  // As it should not be sent.
  await server.get(`/v1/moves?access_token=${token}`, { token: null });
  await server.get(`/v1/moves/${token}`);
  await server.get('/v1/moves', { token: null, headers: { authorization: `Basic ${Buffer.from(token).toString('base64')}` } });
  await server.get('/v1/moves', { token: `${token}x` });
  await server.delete(`/v1/tokens/${made.body.id}`);
}

async function phones() {
  const password = plant('a password of a phone', 'canary-digest-password');
  const [domain] = (await server.get('/v1/domains?name=example.com')).body.items;
  await server.post('/v1/sip-users', { username: 'phone', domain: 'example.com', password });
  const [phone] = (await server.get('/v1/sip-users')).body.items;
  await server.patch(`/v1/sip-users/${phone.id}`, { password: plant('a new password of a phone', 'canary-digest-password-2') });
  await server.put(`/v1/domains/${domain.id}/authentication`, { required: true, algorithms: ['SHA-256'] });
  const caller = await Caller.open(server.sipPort);
  await caller.call('sip:alice@example.com');
  await caller.call('sip:alice@example.com', { headers: [
    `Authorization: Digest username="phone", realm="example.com", nonce="x", uri="sip:alice@example.com", response="${plant('a response', 'canaryresponse0123456789')}"`,
  ] });
  caller.close();
  await eventually(() => server.get('/v1/redirect-logs'), ({ body }) => body.items.length > 0);
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sipmoved-secret-'));
  const file = join(folder, 'proxy-secret');
  await writeFile(file, `${PROXY_SECRET}\n`, { mode: 0o600 });
  server = await startServer({ config: configWith(file) });
  await server.move('sip:alice@example.com', 'sip:alice@hotel.example.net');
  await people();
  await programs();
  await phones();
  assert.equal((await server.post('/v1/backups', { note: 'with all of it' })).status, 201);
  await server.post('/v1/settings/reload', {});
  for (const path of ['/v1/audit-events?limit=1000', '/v1/redirect-logs?limit=1000', '/metrics', '/v1/settings', '/v1/users', '/v1/tokens',
    '/v1/sip-users', '/v1/sessions?user=*', '/v1/nodes', '/v1/backups', '/readyz?verbose', '/v1/domains', '/openapi.json']) {
    const answer = await server.get(path);
    assert.equal(answer.status, 200, `${path}: ${answer.text}`);
    told.push([path, answer.text]);
  }
});

after(async () => {
  await server?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

test('nothing that the API tells holds a secret', () => {
  for (const [path, text] of told) assertFree(path, text);
});

test('the command line and the environment of the server hold no secret', async () => {
  for (const name of ['cmdline', 'environ']) assertFree(name, await readFile(`/proc/${server.child.pid}/${name}`));
});

test('no file of the data folder holds a secret, nor does what the server printed', async () => {
  await server.halt();
  const files = await filesBelow(server.dataDir);

  assert.ok(files.some((path) => /backups\/.*\.db$/.test(path)), files.join());
  assert.ok(files.some((path) => /logs\/.*\.db$/.test(path)), files.join());
  for (const path of files) assertFree(path, await readFile(path));
  assertFree('the output', server.output.stdout + server.output.stderr);
  assert.match(server.output.stderr, /event=login_failed/);
});

test('a secret that is there is found', () => {
  assert.throws(() => assertFree('a log line', `event=x proxy=${PROXY_SECRET}`), /holds the secret of the proxy/);
  assert.ok(secrets.length > 20);
});
