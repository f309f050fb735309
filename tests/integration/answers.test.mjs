// What a domain chooses for the answers to its calls: over the API, on the wire,
// and the same bytes in a simulation.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer } from './lib/server.mjs';
import { Caller, contacts } from './lib/sip.mjs';

const STYLE = {
  status: null, contacts_max: 8, one_header: false, contact_expires: 'off',
  diversion: false, history_info: false, cause: false, contact_template: null,
};
const SETTINGS = {
  ignore_user_case: false,
  uniform_refusal: false,
  reject_anonymous: false,
  otherwise: { action: 'refuse', target_template: null },
  register: { action: 'refuse', target: null },
  retry_after: { mode: 'off', seconds: null },
  unavailable_phrase: null,
  answer_style: STYLE,
};

let server;
let caller;
let count = 0;

before(async () => {
  server = await startServer();
  caller = await Caller.open(server.sipPort);
});

after(async () => {
  caller?.close();
  await server?.stop();
});

async function domain(members = {}) {
  count += 1;
  const made = await server.post('/v1/domains', { name: `d${count}.example`, ...members });
  assert.equal(made.status, 201, made.text);
  return { ...made.body, path: made.headers.location };
}

function settingsOf(document) {
  return Object.fromEntries(Object.keys(SETTINGS).map((name) => [name, document[name]]));
}

test('a domain shows its settings, and each takes back its default by null', async () => {
  const made = await domain();
  const changes = {
    ignore_user_case: true,
    uniform_refusal: true,
    reject_anonymous: true,
    otherwise: { action: 'redirect', target_template: 'sip:{user}@pbx.example.net' },
    register: { action: 'redirect', target: 'sip:registrar.example.net' },
    retry_after: { mode: 'fixed', seconds: 60 },
    unavailable_phrase: 'Moved Later',
    answer_style: {
      status: 300, contacts_max: 2, one_header: true, contact_expires: 'next_change',
      diversion: true, history_info: true, cause: true, contact_template: 'sip:{user}@gw.example.net',
    },
  };
  const patched = await server.patch(made.path, changes);
  const one = await server.patch(made.path, { answer_style: { status: null }, otherwise: { action: 'refuse' } });
  const nulls = Object.fromEntries(Object.keys(SETTINGS).map((name) => [name, null]));
  const back = await server.patch(made.path, nulls);

  assert.deepEqual(settingsOf(made), SETTINGS);
  assert.equal(patched.status, 200, patched.text);
  assert.deepEqual(settingsOf(patched.body), changes);
  assert.deepEqual(settingsOf(one.body), {
    ...changes,
    otherwise: { ...changes.otherwise, action: 'refuse' },
    answer_style: { ...changes.answer_style, status: null },
  });
  assert.deepEqual(settingsOf(back.body), SETTINGS);
  assert.deepEqual((await server.get(made.path)).body, back.body);
});

test('what a setting must not be is told at its place, and nothing is stored', async () => {
  const { path } = await domain();
  const rows = [
    [{ ignore_user_case: 'yes' }, '/ignore_user_case', 'WRONG_TYPE'],
    [{ otherwise: 'redirect' }, '/otherwise', 'WRONG_TYPE'],
    [{ otherwise: { action: 'drop' } }, '/otherwise/action', 'BAD_FORMAT'],
    [{ otherwise: { action: 'redirect' } }, '/otherwise/target_template', 'MISSING_MEMBER'],
    [{ otherwise: { target: 'x' } }, '/otherwise/target', 'UNKNOWN_MEMBER'],
    [{ otherwise: { target_template: 'sip:{user}@pbx\r\nX: y' } }, '/otherwise/target_template', 'BAD_TARGET'],
    [{ register: { target: 'sip:a@b' } }, '/register/target', 'BAD_TARGET'],
    [{ retry_after: { mode: 'soon' } }, '/retry_after/mode', 'BAD_FORMAT'],
    [{ retry_after: { seconds: 0 } }, '/retry_after/seconds', 'OUT_OF_RANGE'],
    [{ unavailable_phrase: 'Later\r\nX: y' }, '/unavailable_phrase', 'BAD_FORMAT'],
    [{ unavailable_phrase: 'x'.repeat(61) }, '/unavailable_phrase', 'TOO_LONG'],
    [{ answer_style: { status: 301 } }, '/answer_style/status', 'BAD_FORMAT'],
    [{ answer_style: { contacts_max: 9 } }, '/answer_style/contacts_max', 'OUT_OF_RANGE'],
    [{ answer_style: { contact_expires: 'always' } }, '/answer_style/contact_expires', 'BAD_FORMAT'],
    [{ answer_style: { contact_template: 'sip:{x}@b' } }, '/answer_style/contact_template', 'BAD_FORMAT'],
    [{ answer_style: { colour: 1 } }, '/answer_style/colour', 'UNKNOWN_MEMBER'],
  ];
  const before = (await server.get(path)).body;

  for (const [body, pointer, code] of rows) {
    const answer = await server.patch(path, body);
    assert.equal(answer.status, 422, `${JSON.stringify(body)} ${answer.text}`);
    assert.deepEqual(answer.body.errors.map((fault) => [fault.pointer, fault.code]), [[pointer, code]]);
  }
  assert.deepEqual((await server.get(path)).body, before);
});

test('a domain that begins to ignore case obeys it with the next call, and finds moves by it', async () => {
  const { name, path } = await domain();
  await server.move(`sip:Alice@${name}`, 'sip:alice@hotel.example.net');
  const early = await caller.call(`sip:aLICE@${name}`);
  const patched = await server.patch(path, { ignore_user_case: true });
  const late = await caller.call(`sip:aLICE@${name}`);
  const list = await server.get(`/v1/moves?address=sip:ALICE@${name}`);
  const again = await server.post('/v1/moves', {
    address: `sip:ALICE@${name}`, targets: [{ uri: 'sip:x@hotel.example.net' }],
  });

  assert.equal(early.status, 404);
  assert.equal(patched.status, 200, patched.text);
  assert.equal(late.status, 302);
  assert.deepEqual(list.body.items.map((move) => move.address), [`sip:alice@${name}`]);
  assert.equal(again.status, 409);
  assert.equal(again.body.code, 'MOVE_OVERLAPS');
});

test('addresses that would become one stand in the way and are named', async () => {
  const { name, path } = await domain();
  const uris = [`sip:Bob@${name}`, `sip:bob@${name}`];
  const ids = [];
  for (const uri of uris) ids.push((await server.post('/v1/addresses', { uri })).body.id);
  const refused = await server.patch(path, { ignore_user_case: true });

  assert.equal(refused.status, 409);
  assert.equal(refused.body.code, 'ADDRESSES_COLLIDE');
  assert.deepEqual(refused.body.conflicting_addresses, uris);
  assert.deepEqual(refused.body.conflicting_ids, ids);
  assert.equal((await server.get(path)).body.ignore_user_case, false);
});

test('calls without a move go home, and the log says where', async () => {
  const { name } = await domain({
    otherwise: { action: 'redirect', target_template: 'sip:{user}@pbx.example.net' },
  });
  const response = await caller.call(`sip:nobody@${name}`);
  const home = await domain();
  const chained = await server.patch(home.path, {
    otherwise: { action: 'redirect', target_template: `sip:{user}@${name}` },
  });
  let log;
  for (let i = 0; i < 100 && !log?.body.items.length; i += 1) {
    log = await server.get(`/v1/redirect-logs?call_id=${encodeURIComponent(response.callId)}`);
    if (!log.body.items.length) await new Promise((resolve) => { setTimeout(resolve, 20); });
  }

  assert.equal(response.status, 302);
  assert.deepEqual(contacts(response), ['sip:nobody@pbx.example.net']);
  assert.equal(log.body.items[0].status, 302);
  assert.deepEqual(log.body.items[0].targets, ['sip:nobody@pbx.example.net']);
  assert.equal(log.body.items[0].move_id, null);
  assert.equal(chained.status, 422);
});

test('a REGISTER goes to the registrar, an anonymous caller nowhere', async () => {
  const { name } = await domain({
    register: { action: 'redirect', target: 'sip:registrar.example.net' }, reject_anonymous: true,
  });
  await server.move(`sip:alice@${name}`, 'sip:alice@hotel.example.net');
  const registered = await caller.call(`sip:${name}`, { method: 'REGISTER' });
  const hidden = await caller.call(`sip:alice@${name}`, { headers: ['Privacy: id'] });

  assert.equal(registered.status, 302);
  assert.deepEqual(contacts(registered), ['sip:registrar.example.net']);
  assert.equal(hidden.status, 433);
  assert.equal(hidden.reason, 'Anonymity Disallowed');
  assert.equal((await caller.call(`sip:alice@${name}`)).status, 302);
});

test('unknown and unmoved are refused alike', async () => {
  const { name } = await domain({ uniform_refusal: true, retry_after: { mode: 'fixed', seconds: 60 } });
  await server.post('/v1/addresses', { uri: `sip:known@${name}` });
  const answers = [];
  for (const user of ['known', 'other'])
    answers.push(await caller.call(`sip:${user}@${name}`, { method: 'OPTIONS', callId: `same-${name}` }));
  const plain = answers.map((answer) => answer.text
    .replace(/branch=[^;]*/g, '').replace(/tag=[^;\r]*/g, '').replace(/^To: .*$/m, ''));

  assert.deepEqual(answers.map((answer) => answer.status), [480, 480]);
  assert.equal(plain[0], plain[1]);
  assert.ok(answers[0].headers['retry-after']);
});

test('a 480 is said in the words that the domain has for it, and those of the standard again', async () => {
  const { name, path } = await domain({ unavailable_phrase: 'Moved Later' });
  await server.move(`sip:later@${name}`, 'sip:later@hotel.example.net', { starts_at: '2031-01-01T00:00:00Z' });
  const reasons = [];

  for (const phrase of ['Back: tomorrow, 9 am!', null]) {
    reasons.push((await caller.call(`sip:later@${name}`)).reason);
    assert.equal((await server.patch(path, { unavailable_phrase: phrase })).status, 200);
  }
  reasons.push((await caller.call(`sip:later@${name}`)).reason);

  assert.deepEqual(reasons, ['Moved Later', 'Back: tomorrow, 9 am!', 'Temporarily Unavailable']);
});

test('a redirect is put into words as the domain has it, and simulated in the same bytes', async () => {
  const { name } = await domain({
    answer_style: {
      contacts_max: 2, one_header: true, contact_expires: 'next_change', diversion: true, history_info: true,
      cause: true, contact_template: 'sip:{user}@gw.example.net;transport=tcp',
    },
  });
  const made = await server.post('/v1/moves', {
    address: `sip:alice@${name}`,
    targets: [{ uri: 'sip:a@x.example', q: 1 }, { uri: 'sip:alice@y.example', q: 0.5 }, { uri: 'sip:c@z.example', q: 0.1 }],
    ends_at: new Date(Date.now() + 3600_000).toISOString(),
  });
  assert.equal(made.status, 201, made.text);
  const headers = ['Supported: histinfo', 'History-Info: <sip:desk@example.org>;index=1'];
  const response = await caller.call(`sip:alice@${name}`, { headers });
  const simulated = await server.post('/v1/extension-policy/simulations', {
    request: caller.compose({ uri: `sip:alice@${name}`, branch: 'z9hG4bK1', callId: response.callId, fromTag: 'f1', headers }),
  });
  const words = (text) => text.split('\r\n')
    .filter((line) => /^(SIP|Contact|Diversion|History-Info)/.test(line))
    .map((line) => line.replace(/;expires=\d+/g, ';expires=N'));

  assert.deepEqual(words(response.text), [
    'SIP/2.0 302 Moved Temporarily',
    'Contact: <sip:a@gw.example.net;transport=tcp;cause=302>;q=1.0;expires=N;mp=1.0.1, '
      + '<sip:alice@gw.example.net;transport=tcp;cause=302>;q=0.5;expires=N;rc=1.0.1',
    `Diversion: <sip:alice@${name}>;reason=unconditional;counter=1`,
    'History-Info: <sip:desk@example.org>;index=1',
    `History-Info: <sip:alice@${name}>;index=1.0.1`,
  ]);
  assert.match(response.text, /;expires=3[56]\d\d/);
  assert.equal(simulated.status, 200, simulated.text);
  assert.deepEqual(words(simulated.body.response), words(response.text));
});

// The first answer with this Call-ID; the request goes out again until it comes.
async function answerTo(from, request, callId) {
  const repeater = setInterval(() => from.sendRaw(request), 500);
  try {
    return await new Promise((resolve) => {
      from.socket.on('message', function onMessage(data) {
        const text = data.toString('latin1');
        if (!text.includes(`\r\nCall-ID: ${callId}\r\n`)) return;
        from.socket.off('message', onMessage);
        resolve(text);
      });
      from.sendRaw(request);
    });
  } finally {
    clearInterval(repeater);
  }
}

test('a simulated answer has the bytes of the wire, but for the To tag', async (t) => {
  const named = await startServer({ args: ['--set', 'sip.server_header=front desk'] });
  t.after(() => named.stop());
  const asks = await Caller.open(named.sipPort);
  t.after(() => asks.close());
  await named.move('sip:alice@example.com', 'sip:alice@hotel.example.net');
  const rows = [
    ['INVITE', 'sip:alice@example.com', [], 302],
    ['INVITE', 'sip:nobody@example.com', [], 404],
    ['MESSAGE', 'sip:alice@example.com', ['Require: foo'], 420],
    ['REGISTER', 'sip:example.com', [], 405],
    ['OPTIONS', 'sip:example.com', [], 200],
    ['OPTIONS', 'sip:127.0.0.1', [], 200],
    ['OPTIONS', 'mailto:alice@example.com', [], 416],
  ];

  for (const [index, [method, uri, headers, status]] of rows.entries()) {
    const request = asks.compose({ method, uri, headers, branch: `z9hG4bK-same-${index}`, callId: `same-${index}`, fromTag: 'f1' });
    const wire = await answerTo(asks, request, `same-${index}`);
    const simulated = await named.post('/v1/extension-policy/simulations', { request });
    assert.equal(simulated.body.status, status);
    assert.match(wire, /^Server: front desk$/m);
    assert.equal(simulated.body.response.replace(/^(To: .*;tag=).*$/m, '$1'), wire.replace(/^(To: .*;tag=).*$/m, '$1'));
  }
});
