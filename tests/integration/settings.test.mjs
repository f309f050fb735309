// The settings in force, what may be changed while the server runs, and the node that runs.
import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { rm, writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { createToken, eventually, startServer } from './lib/server.mjs';
import { Authority } from './lib/certificates.mjs';

const CONFIG = '[sip]\nworkers = 2\nserver_header = shown\n[hep]\ncollector = 127.0.0.1:9\npassword = hunter2\n';

let server;

before(async () => { server = await startServer({ config: CONFIG }); });

after(async () => { await server?.stop(); });

function configure(text) {
  return writeFile(join(server.dataDir, 'test.conf'), text);
}

async function setting(name) {
  const { body } = await server.get('/v1/settings');
  return body.items.find((item) => item.name === name);
}

function reload(query = '') {
  return server.post(`/v1/settings/reload${query}`, {});
}

test('every setting is shown with its value and where it comes from', async () => {
  const { status, body } = await server.get('/v1/settings');
  const conf = join(server.dataDir, 'test.conf');

  assert.equal(status, 200);
  assert.ok(body.items.length > 30);
  assert.equal(body.next_cursor, null);
  assert.deepEqual(await setting('sip.workers'), {
    name: 'sip.workers', value: 2, secret: false, source: 'file', place: `${conf}:2`, reloadable: false, needs_restart: false,
  });
  assert.deepEqual(await setting('sip.listen'), {
    name: 'sip.listen', value: ['udp:127.0.0.1:0'], secret: false, source: 'flag', place: '--sip-listen', reloadable: false,
    needs_restart: false,
  });
  assert.deepEqual(await setting('http.metrics_open'), {
    name: 'http.metrics_open', value: false, secret: false, source: 'default', place: null, reloadable: false, needs_restart: false,
  });
  assert.deepEqual(await setting('tls.certificate'), {
    name: 'tls.certificate', value: null, secret: false, source: 'default', place: null, reloadable: true, needs_restart: false,
  });
});

test('a secret is masked', async () => {
  const { text } = await server.get('/v1/settings');
  const { value, secret, source } = await setting('hep.password');

  assert.deepEqual({ value, secret, source }, { value: '***', secret: true, source: 'file' });
  assert.doesNotMatch(text, /hunter2/);
});

test('a reload says what was applied, and what waits for a restart', async () => {
  await configure(`${CONFIG.replace('workers = 2', 'workers = 3').replace('hunter2', 'hunter3')}[server]\nlog_level = debug\n`);
  const tried = await reload('?dry_run=true');
  assert.equal(tried.status, 200, tried.text);
  assert.deepEqual(tried.body, {
    reloaded: false, applied: ['server.log_level'], needs_restart: ['sip.workers', 'hep.password'], faults: [],
  });
  assert.equal((await setting('server.log_level')).value, 'info');
  assert.equal((await setting('sip.workers')).needs_restart, false);

  const { body } = await reload();
  assert.deepEqual(body, { ...tried.body, reloaded: true });
  assert.equal((await setting('server.log_level')).value, 'debug');
  assert.equal((await setting('server.log_level')).source, 'file');
  const workers = await setting('sip.workers');
  assert.equal(workers.value, 2);
  assert.equal(workers.needs_restart, true);
  await eventually(() => server.output.stderr,
    (log) => /event=reloaded applied="server\.log_level" needs_restart="sip\.workers hep\.password"/.test(log));
  assert.doesNotMatch(server.output.stderr, /hunter/);

  await configure(CONFIG);
  assert.deepEqual((await reload()).body.applied, ['server.log_level']);
  assert.equal((await setting('sip.workers')).needs_restart, false);
  assert.equal((await setting('server.log_level')).value, 'info');
});

test('settings with a fault change nothing, and every fault is told', async () => {
  await configure('[sip]\nworkers = none\nzzz = 1\n[server]\nlog_level = debug\n');
  const { status, body } = await reload();

  assert.equal(status, 200);
  assert.equal(body.reloaded, false);
  assert.deepEqual(body.applied, []);
  assert.equal(body.faults.length, 2);
  assert.match(body.faults[0], /:2: \[sip\] workers: "none" is not a whole number/);
  assert.equal((await setting('server.log_level')).value, 'info');
  await eventually(() => server.output.stderr, (log) => /event=reload_failed .*workers/.test(log));
  await configure(CONFIG);
});

test('SIGHUP reads the settings again', async () => {
  await configure(`${CONFIG}[server]\nlog_level = warning\n`);
  server.child.kill('SIGHUP');
  await eventually(() => setting('server.log_level'), ({ value }) => value === 'warning');
  await configure(CONFIG);
  await reload();
});

test('certificates and settings change together, or not at all', async (t) => {
  const authority = await Authority.open();
  const [first, second] = [await authority.issue('first.example'), await authority.issue('second.example')];
  const config = (file, level) => `[tls]\ncertificate = ${file}\n[server]\nlog_level = ${level}\n`;
  const own = await startServer({ config: config(first.bothFile, 'info') });
  t.after(async () => { await own.stop(); await rm(authority.folder, { recursive: true }); });
  const again = async (text) => {
    await writeFile(join(own.dataDir, 'test.conf'), text);
    return (await own.post('/v1/settings/reload', {})).body;
  };
  const values = async () => Object.fromEntries((await own.get('/v1/settings')).body.items.map(({ name, value }) => [name, value]));

  assert.deepEqual((await again(config(second.bothFile, 'info'))).applied, ['tls.certificate']);
  const broken = await again(config(join(authority.folder, 'none.pem'), 'debug'));
  assert.equal(broken.reloaded, false);
  assert.match(broken.faults[0], /none\.pem/);
  const kept = await values();
  assert.equal(kept['tls.certificate'], second.bothFile);
  assert.equal(kept['server.log_level'], 'info');
  const without = await again('[server]\nlog_level = warning\n');
  assert.deepEqual([without.applied, without.needs_restart], [['server.log_level'], ['tls.certificate']]);
});

test('limits of requests hold from the next one on', async (t) => {
  const own = await startServer({ config: '' });
  t.after(() => own.stop());
  const again = async (text) => {
    await writeFile(join(own.dataDir, 'test.conf'), text);
    return (await own.post('/v1/settings/reload', {})).body;
  };
  const read = async () => (await own.get('/v1/domains')).status;

  assert.equal(await read(), 200);
  assert.deepEqual((await again('[http]\nreads_per_minute = 2\nlimit_loopback = yes\n')).applied,
    ['http.reads_per_minute', 'http.limit_loopback']);
  assert.deepEqual([await read(), await read(), await read()], [200, 200, 429]);
  assert.deepEqual((await again('[http]\nreads_per_minute = 2\nlimit_loopback = yes\n')).applied, []);
  assert.equal(await read(), 429);
  assert.deepEqual((await again('')).applied, ['http.reads_per_minute', 'http.limit_loopback']);
  assert.equal(await read(), 200);
});

test('who may not administer may look, and not reload', async () => {
  const operator = await createToken(server.dataDir, 'looks', 'operator');
  const helpdesk = await createToken(server.dataDir, 'helps', 'helpdesk');

  assert.equal((await server.get('/v1/settings', { token: operator })).status, 200);
  assert.equal((await server.get('/v1/nodes', { token: operator })).status, 200);
  assert.equal((await server.post('/v1/settings/reload', {}, { token: operator })).status, 403);
  assert.equal((await server.get('/v1/settings', { token: helpdesk })).status, 403);
  assert.equal((await server.post('/v1/settings/reload', { zzz: 1 })).status, 422);
  assert.equal((await server.get('/v1/settings?zzz=1')).status, 400);
  assert.equal((await server.get('/v1/nodes?zzz=1')).status, 400);
});

test('the node that runs is shown with its parts and listeners', async () => {
  const { status, body } = await server.get('/v1/nodes');
  const [node] = body.items;

  assert.equal(status, 200);
  assert.equal(body.items.length, 1);
  assert.equal(node.id, 'local');
  assert.equal(node.host, hostname());
  assert.match(node.version, /^\d+\.\d+\.\d+$/);
  assert.ok(Math.abs(Date.parse(node.started_at) - Date.now()) < 600000);
  assert.match(node.revision, /^\d+$/);
  assert.equal(node.draining, false);
  assert.deepEqual([node.store.is_up, node.redirect_log.is_up, node.sip.is_up], [true, true, true]);
  assert.equal(node.sip.workers, 2);
  assert.deepEqual(node.listeners, [
    `udp:127.0.0.1:${server.sipPort}`, `tcp:127.0.0.1:${server.sipPort}`, `http:127.0.0.1:${server.httpPort}`,
  ]);
});
