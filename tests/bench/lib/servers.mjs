// What is measured, each on loopback and on core 0: sipmoved, a bare answerer, and Kamailio as its users would set it up
// for the same job. All of them know sip:user0000000@example.com and so on.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const DEADLINE_MS = 180000;
const BENCH = new URL('../../../build/release/bench/', import.meta.url).pathname;
const PROGRAM = new URL('../../../build/release/sipmoved', import.meta.url).pathname;
export const run = promisify(execFile);

let folder;
let port = 15060;
const running = [];
process.on('exit', () => { for (const child of running) child.kill('SIGKILL'); });

export async function workFolder() {
  folder ??= await mkdtemp(join(tmpdir(), 'sipmoved-bench-'));
  return folder;
}

export async function endAll() {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  if (folder) await rm(folder, { recursive: true, force: true });
}

function start(command, args) {
  const child = spawn('taskset', ['-c', '0', command, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => { child.output += data; });
  running.push(child);
  return child;
}

async function until(condition, child) {
  const deadline = Date.now() + DEADLINE_MS;
  while (Date.now() < deadline && child.exitCode === null) {
    if (await condition()) return;
    await delay(50);
  }
  throw new Error(`it did not start:\n${child.output}`);
}

const isBound = (kind, wanted) => async () => (await readFile(`/proc/net/${kind}`, 'utf8'))
  .includes(`0100007F:${wanted.toString(16).toUpperCase().padStart(4, '0')} `);

// The processes under a process, and itself.
async function family(pid) {
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ').filter(Boolean);
  return [pid, ...(await Promise.all(children.map(family))).flat()];
}

export async function bareAnswerer() {
  const at = port++;
  const child = start(join(BENCH, 'bare_answerer'), [String(at)]);
  await until(isBound('udp', at), child);
  return { name: 'bare answerer', port: at, pids: [child.pid] };
}

// logs: false leaves no room for the redirect log, so that no record of a call is written.
export async function sipmoved({ moves, logs = true }) {
  const [at, http] = [port++, port + 2000];
  const dataDir = join(await workFolder(), `sipmoved-${moves}`);
  await mkdir(dataDir, { recursive: true });
  if (!(await readFile(join(dataDir, 'filled'), 'utf8').catch(() => ''))) {
    await run(join(BENCH, 'fill_moves'), [dataDir, String(moves)], { maxBuffer: 1 << 24 });
    await writeFile(join(dataDir, 'filled'), 'yes');
  }
  const began = Date.now();
  const child = start(PROGRAM, ['serve', '--data-dir', dataDir, '--sip-listen', `udp:127.0.0.1:${at}`,
    '--http-listen', `127.0.0.1:${http}`, '--sip-workers', '1',
    ...logs ? [] : ['--set', `redirect_log.min_free_bytes=${2 ** 50}`]]);
  await until(() => /^HTTP/m.test(child.output), child);
  return {
    name: logs ? 'sipmoved' : 'sipmoved, log off',
    port: at,
    pids: [child.pid],
    startMs: Date.now() - began,
    metrics: async () => (await run('curl', ['-s', '--unix-socket', join(dataDir, 'sipmoved.sock'), 'http://localhost/metrics'])).stdout,
    async stop() {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

const MODULES = ['sl', 'tm', 'pv', 'textops', 'siputils', 'db_sqlite', 'htable', 'sqlops'];

// What an INVITE meets; $var(to) is where the address has moved to.
const IN_TABLE = '$var(to) = $sht(moves=>$rU@$rd);';
const ROUTES = {
  'stateless, htable': `${IN_TABLE}
	if ($var(to) == $null) { sl_send_reply("404", "Not Found"); exit; }
	$ru = $var(to);
	sl_send_reply("302", "Moved Temporarily");`,
  'stateful (tm), htable': `t_newtran();
	${IN_TABLE}
	if ($var(to) == $null) { t_reply("404", "Not Found"); exit; }
	$ru = $var(to);
	t_reply("302", "Moved Temporarily");`,
  'stateless, an SQL query a call': `sql_query("db", "SELECT key_value FROM moves WHERE key_name = '$(rU{s.escape.common})@$(rd{s.escape.common})'", "moved");
	if ($dbr(moved=>rows) == 0) { sl_send_reply("404", "Not Found"); exit; }
	$ru = $dbr(moved=>[0,0]);
	sl_send_reply("302", "Moved Temporarily");`,
};
export const KAMAILIO_KINDS = Object.keys(ROUTES);

async function kamailioDatabase(moves) {
  const file = join(await workFolder(), `kamailio-${moves}.db`);
  await run('sqlite3', [file, `CREATE TABLE IF NOT EXISTS version (table_name TEXT, table_version INTEGER);
    CREATE TABLE IF NOT EXISTS moves (id INTEGER PRIMARY KEY, key_name TEXT UNIQUE, key_type INTEGER, value_type INTEGER,
      key_value TEXT, expires INTEGER);
    INSERT INTO version SELECT 'moves', 2 WHERE NOT EXISTS (SELECT 1 FROM version);
    INSERT OR IGNORE INTO moves (key_name, key_type, value_type, key_value, expires)
      SELECT printf('user%07d@example.com', value), 0, 0, printf('sip:user%07d@moved.example.net', value), 0
      FROM generate_series(0, ${moves - 1});`]);
  return file;
}

// kind: one of KAMAILIO_KINDS. One worker, and the allocators that are fastest here: its default is made for finding leaks.
export async function kamailio(kind, { moves, transport = 'udp' }) {
  const at = port++;
  const home = await mkdtemp(join(await workFolder(), 'kamailio-'));
  const database = await kamailioDatabase(moves);
  const config = join(home, 'kamailio.cfg');
  await writeFile(config, `#!KAMAILIO
debug=0
log_stderror=yes
children=1
auto_aliases=no
${transport === 'udp' ? 'disable_tcp=yes' : 'tcp_children=1'}
listen=${transport}:127.0.0.1:${at}
${MODULES.map((name) => `loadmodule "${name}.so"\n`).join('')}
modparam("htable", "db_url", "sqlite:///${database}")
${kind.includes('SQL') ? '' : 'modparam("htable", "htable", "moves=>size=17;dbtable=moves;")'}
modparam("sqlops", "sqlcon", "db=>sqlite:///${database}")
request_route {
	if (is_method("ACK")) { ${kind.includes('tm') ? 't_check_trans(); ' : ''}exit; }
	${ROUTES[kind]}
}
`);
  const child = start('kamailio', ['-f', config, '-DD', '-E', '-w', home, '-Y', home, '-P', join(home, 'pid'),
    '-m', '1024', '-M', '2048', '-x', 'fm', '-X', 'fm']);
  await until(isBound(transport, at), child);
  // Its processes are started one after the other; then nothing more happens.
  let pids = [];
  await until(async () => {
    const now = await family(child.pid);
    const isSettled = now.length > 2 && now.length === pids.length;
    pids = now;
    await delay(500);
    return isSettled;
  }, child);
  return { name: `Kamailio, ${kind}`, port: at, pids };
}
