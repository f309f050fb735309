// SIP programs that no one here wrote, started and stopped by the tests: SIPp,
// Kamailio, baresip, sipsak and linphonec, on loopback ports that were free a
// moment ago.
import { execFile, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const SIPP_FOLDER = new URL('../../sipp/', import.meta.url).pathname;
const DEADLINE_MS = 20000;
const execFileAsync = promisify(execFile);

// Below the ports that the kernel gives to connections; free for UDP and TCP,
// and so is the next one, where a phone listens for TLS.
async function isFree(port) {
  const udp = createSocket('udp4');
  const tcp = createServer();
  try {
    udp.bind(port, '127.0.0.1');
    tcp.listen(port, '127.0.0.1');
    await Promise.all([once(udp, 'listening'), once(tcp, 'listening')]);
    return true;
  } catch {
    return false;
  } finally {
    await new Promise((resolve) => { tcp.close(resolve); });
    try {
      udp.close();
    } catch {
      // it was not open
    }
  }
}

export async function freePort() {
  for (;;) {
    const port = 10000 + 2 * Math.floor(Math.random() * 10000);
    if (await isFree(port) && await isFree(port + 1)) return port;
  }
}

// The kernel's own list tells when a program has bound its port.
async function untilBound(port, child, output) {
  const wanted = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const deadline = Date.now() + DEADLINE_MS;
  while (Date.now() < deadline) {
    if ((await readFile('/proc/net/udp', 'utf8')).includes(wanted)) return;
    if (child.exitCode !== null) break;
    await delay(20);
  }
  throw new Error(`port ${port} was not bound:\n${output()}`);
}

async function untilChildren(count, child, output) {
  const deadline = Date.now() + DEADLINE_MS;
  while (Date.now() < deadline) {
    const path = `/proc/${child.pid}/task/${child.pid}/children`;
    const children = (await readFile(path, 'utf8').catch(() => '')).trim().split(/\s+/);
    if (children.length >= count) return;
    if (child.exitCode !== null) break;
    await delay(20);
  }
  throw new Error(`${count} processes were not started:\n${output()}`);
}

// A program with its output, and its input if stdio says so; stop() ends exactly the process that was started.
function run(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  let text = '';
  child.stdout.on('data', (data) => { text += data; });
  child.stderr.on('data', (data) => { text += data; });
  const closed = once(child, 'close');
  const killer = setTimeout(() => child.kill('SIGKILL'), 60000);
  closed.then(() => clearTimeout(killer));
  return {
    child,
    output: () => text,
    async exit() {
      const [code] = await closed;
      return { code, output: text };
    },
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await closed;
    },
  };
}

async function workFolder() {
  return mkdtemp(join(tmpdir(), 'sipmoved-peer-'));
}

// Answers one call and its BYE (or what another scenario says), then exits with 0.
export async function sippCallee(scenario = 'callee') {
  const port = await freePort();
  const program = run('sipp', ['-sf', `${SIPP_FOLDER}${scenario}.xml`, '-i', '127.0.0.1', '-p', String(port),
    '-m', '1', '-nostdin', '-timeout', '30s', '-timeout_error']);
  await untilBound(port, program.child, program.output);
  return { port, ...program };
}

// Runs a scenario of tests/sipp against a port; resolves with code and output.
export async function sippCall(scenario, { port, service, calls = 1, transport = 'udp', args = [] }) {
  const folder = await workFolder();
  const program = run('sipp', [`127.0.0.1:${port}`, '-sf', `${SIPP_FOLDER}${scenario}.xml`,
    '-t', transport === 'tcp' ? 't1' : 'u1', '-s', service, '-i', '127.0.0.1', '-m', String(calls),
    '-nostdin', '-timeout', '20s', '-timeout_error', ...args, '-trace_logs', '-log_file', join(folder, 'log'),
    '-trace_err', '-error_file', join(folder, 'errors')], { cwd: folder });
  const result = await program.exit();
  result.log = await readFile(join(folder, 'log'), 'utf8').catch(() => '');
  result.errors = await readFile(join(folder, 'errors'), 'utf8').catch(() => '');
  await rm(folder, { recursive: true });
  return result;
}

// How Kamailio's connections are: it asks nobody whose certificate the authority
// has not signed.
function kamailioTls({ certFile, keyFile, ca }) {
  return ['server', 'client'].map((kind) => `[${kind}:default]
method = TLSv1.2+
verify_certificate = ${kind === 'client' ? 'yes' : 'no'}
require_certificate = ${kind === 'client' ? 'yes' : 'no'}
certificate = ${certFile}
private_key = ${keyFile}
ca_list = ${ca}
`).join('');
}

// A proxy that asks `upstream` first, over UDP, TCP or TLS, and follows its 302
// by uac_redirect. tls: its certFile and keyFile, and the ca it believes.
export async function kamailioProxy(upstream, { transport = 'udp', tls } = {}) {
  const port = await freePort();
  const folder = await workFolder();
  const config = join(folder, 'kamailio.cfg');
  await mkdir(join(folder, 'run'));
  if (tls) await writeFile(join(folder, 'tls.cfg'), kamailioTls(tls));
  await writeFile(config, `#!KAMAILIO
debug=1
log_stderror=yes
children=1
auto_aliases=no
${transport === 'udp' ? 'disable_tcp=yes' : `tcp_children=1\nlisten=${transport}:127.0.0.1:${port}`}
listen=udp:127.0.0.1:${port}
${tls ? `enable_tls=yes
loadmodule "tls.so"
modparam("tls", "config", "${join(folder, 'tls.cfg')}")` : ''}
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "textops.so"
loadmodule "maxfwd.so"
loadmodule "siputils.so"
loadmodule "acc.so"
loadmodule "uac_redirect.so"
modparam("uac_redirect", "default_filter", "accept")
request_route {
	if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
	if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }
	if (has_totag()) {
		if (loose_route()) { t_relay(); exit; }
		if (is_method("ACK") && t_check_trans()) t_relay();
		exit;
	}
	record_route();
	t_on_failure("REDIRECTED");
	$du = "sip:127.0.0.1:${upstream};transport=${transport}";
	t_relay();
}
failure_route[REDIRECTED] {
	if (t_is_canceled()) exit;
	if (t_check_status("3[0-9][0-9]")) {
		get_redirects("1:1");
		t_relay();
	}
}
`);
  const program = run('kamailio', ['-f', config, '-DD', '-E', '-w', join(folder, 'run'),
    '-Y', join(folder, 'run'), '-P', join(folder, 'run', 'pid'), '-m', tls ? '64' : '16', '-M', '4']);
  await untilBound(port, program.child, program.output);
  // Its processes are started one after the other, those for TCP last.
  if (transport !== 'udp') await untilChildren(6, program.child, program.output);
  return {
    port,
    ...program,
    async stop() {
      await program.stop();
      await rm(folder, { recursive: true });
    },
  };
}

// Columns that Kamailio's sipcapture writes, as Homer's tables have them.
const CAPTURED = `date, micro_ts, method, reply_reason, ruri, ruri_user, ruri_domain, from_user, from_domain, from_tag,
  to_user, to_domain, to_tag, pid_user, contact_user, auth_user, callid, callid_aleg, via_1, via_1_branch, cseq, diversion,
  reason, content_type, auth, user_agent, source_ip, source_port, destination_ip, destination_port, contact_ip,
  contact_port, originator_ip, originator_port, expires, correlation_id, custom_field1, custom_field2, custom_field3,
  proto, family, rtp_stat, type, node, msg`;

// As its pseudo-variable names them.
const CHUNKS = ['001', '002', '003', '004', '005', '006', '007', '008', '00b', '00c', '00e', '011'];

// Kamailio as Homer's collector: reads HEP3 and keeps what it has read as rows;
// or, asked for chunks, tells what it has found in each of a packet's.
export async function homerCollector({ chunks = false } = {}) {
  const port = await freePort();
  const folder = await workFolder();
  const config = join(folder, 'kamailio.cfg');
  const database = join(folder, 'homer.db');
  const sqlite = (...args) => execFileAsync('sqlite3', ['-cmd', '.timeout 10000', ...args], { maxBuffer: 1 << 24 });
  await mkdir(join(folder, 'run'));
  await sqlite(database, `CREATE TABLE version (table_name TEXT, table_version INTEGER);
    INSERT INTO version VALUES ('sip_capture', 4);
    CREATE TABLE sip_capture (id INTEGER PRIMARY KEY, ${CAPTURED});`);
  await writeFile(config, `#!KAMAILIO
debug=1
log_stderror=yes
children=1
auto_aliases=no
disable_tcp=yes
listen=udp:127.0.0.1:${port}
loadmodule "pv.so"
loadmodule "db_sqlite.so"
loadmodule "sipcapture.so"
modparam("sipcapture", "db_url", "sqlite:///${database}")
modparam("sipcapture", "capture_on", 1)
modparam("sipcapture", "hep_capture_on", 1)
${chunks ? `loadmodule "xlog.so"
modparam("sipcapture", "nonsip_hook", 1)
request_route { drop; }
event_route[sipcapture:request] {
	xlog("L_ERR", "chunks ${CHUNKS.map((id) => `$hep(0x${id})`).join('|')}|$(hep(0x00f){s.encode.hexa})|\\n");
}` : `request_route { sip_capture("sip_capture"); drop; }
onreply_route { sip_capture("sip_capture"); drop; }`}
`);
  const program = run('kamailio', ['-f', config, '-DD', '-E', '-w', join(folder, 'run'),
    '-Y', join(folder, 'run'), '-P', join(folder, 'run', 'pid'), '-m', '16', '-M', '4']);
  await untilBound(port, program.child, program.output);
  return {
    port,
    ...program,
    // A packet each: chunk by chunk, the payload last.
    chunks() {
      return [...program.output().matchAll(/ chunks (.*)\|$/gm)].map(([, line]) => {
        const values = line.split('|');
        const payload = Buffer.from(values.pop(), 'hex').toString('latin1');
        return { ...Object.fromEntries(CHUNKS.map((id, i) => [id, values[i]])), payload };
      });
    },
    async rows(callId) {
      const { stdout } = await sqlite('-json', database,
        `SELECT * FROM sip_capture WHERE callid = '${callId}' ORDER BY id`);
      return stdout.trim() === '' ? [] : JSON.parse(stdout);
    },
    async stop() {
      await program.stop();
      await rm(folder, { recursive: true });
    },
  };
}

// Dials once, without sound cards; follows redirects as it does by itself.
export async function baresipCaller(uri) {
  const folder = await workFolder();
  const port = await freePort();
  await writeFile(join(folder, 'config'), `poll_method epoll
sip_listen 127.0.0.1:${port}
audio_player aubridge,a
audio_source aubridge,a
audio_alert aubridge,b
module_path /usr/lib/baresip/modules
module g711.so
module aubridge.so
module_app account.so
module_app menu.so
`);
  await writeFile(join(folder, 'accounts'), `<sip:caller@127.0.0.1:${port}>;regint=0\n`);
  await writeFile(join(folder, 'contacts'), '');
  const program = run('baresip', ['-f', folder, '-t', '20', '-e', `/dial ${uri}`]);
  return {
    ...program,
    async stop() {
      await program.stop();
      await rm(folder, { recursive: true });
    },
  };
}

// Sends an OPTIONS and follows redirects as it does by itself; exits with 0 when
// the last answer was a 200.
export async function sipsakCaller(uri, { transport = 'udp' } = {}) {
  return run('sipsak', ['-vvv', '-H', '127.0.0.1', '-E', transport, '-s', uri]).exit();
}

// A phone without sound cards that dials once its network is up; follows redirects
// as it does by itself.
// It sends by what the URI says; ca: a file, whose certificates it trusts.
export async function linphoneCaller(uri, { ca } = {}) {
  const folder = await workFolder();
  const port = await freePort();
  const streams = /;transport=(tcp|tls)/.test(uri);
  // It makes its database where these folders are, and not the folders.
  await mkdir(join(folder, '.local/share/linphone'), { recursive: true });
  await mkdir(join(folder, '.config/linphone'), { recursive: true });
  await writeFile(join(folder, 'settings'), `[sip]
sip_port=${port}
sip_tcp_port=${streams ? -1 : 0}
sip_tls_port=${streams ? -1 : 0}
${ca ? `root_ca=${ca}\nverify_server_certs=1\nverify_server_cn=1\n` : ''}use_ipv6=0
guess_hostname=0
bind_address=127.0.0.1
contact=sip:caller@127.0.0.1
`);
  const program = run('linphonec', ['-d', '6', '-c', join(folder, 'settings')],
    { env: { ...process.env, HOME: folder }, stdio: ['pipe', 'pipe', 'pipe'] });
  program.child.stdin.on('error', () => {});
  await untilBound(port, program.child, program.output);
  program.child.stdin.write(`call ${uri}\n`);
  return {
    ...program,
    async stop() {
      program.child.stdin.write('terminate\nquit\n');
      await program.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
