// One move, put into words by who asks for it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createToken, eventually, startServer } from './lib/server.mjs';
import { Caller, contacts } from './lib/sip.mjs';

const MOVED = 'sip:moved@example.com';
const TARGETS = ['sip:first@new.example.net', 'sip:second@new.example.net', 'sip:third@new.example.net'];
const GENERIC = {
  status: null, contacts_max: 8, one_header: false, contact_expires: 'off',
  diversion: false, history_info: false, cause: false, contact_template: null,
};

let server;
let one; // 127.0.21.5
let other; // 127.0.22.5

before(async () => {
  server = await startServer();
  await server.move(MOVED, TARGETS[0], { targets: TARGETS.map((uri, i) => ({ uri, q: 1 - i / 10 })) });
  one = await Caller.open(server.sipPort, '127.0.21.5');
  other = await Caller.open(server.sipPort, '127.0.22.5');
});

after(async () => {
  one?.close();
  other?.close();
  await server?.stop();
});

async function profile(t, document) {
  const made = await server.post('/v1/peer-profiles', document);
  assert.equal(made.status, 201, made.text);
  t.after(() => server.delete(made.headers.location));
  return { ...made.body, path: made.headers.location };
}

async function answer(caller) {
  const response = await caller.call(MOVED);
  return { status: response.status, contacts: contacts(response), lines: response.headers.contact.length,
    diversion: response.headers.diversion?.length ?? 0 };
}

const plain = { status: 302, contacts: TARGETS, lines: 3, diversion: 0 };

async function patched(path, document) {
  const changed = await server.patch(path, document);
  assert.equal(changed.status, 200, changed.text);
  return changed.body;
}

test('two callers get one move in different words, an edit holds for the next call, the domain speaks again after a delete', async (t) => {
  assert.deepEqual(await answer(one), plain);
  assert.deepEqual(await answer(other), plain);

  const asterisk = await profile(t, { preset: 'asterisk', network: '127.0.21.0/24' });
  const freeswitch = await profile(t, { preset: 'freeswitch', network: '127.0.22.5' });
  assert.deepEqual(await answer(one), { ...plain, diversion: 1 });
  assert.deepEqual(await answer(other), { ...plain, contacts: [TARGETS[0]], lines: 1 });

  await patched(freeswitch.path, { answer_style: { contacts_max: 2, one_header: true } });
  await patched(asterisk.path, { answer_style: { diversion: false, status: 300 } });
  assert.deepEqual(await answer(other), { ...plain, contacts: TARGETS.slice(0, 2), lines: 1 });
  assert.deepEqual(await answer(one), { ...plain, status: 300 });

  await patched(asterisk.path, { enabled: false });
  assert.deepEqual(await answer(one), plain);
  assert.equal((await server.delete(freeswitch.path)).status, 204);
  assert.deepEqual(await answer(other), plain);
});

test('a profile comes before what the domain says, and all of it', async (t) => {
  const { body } = await server.get('/v1/domains');
  const domain = `/v1/domains/${body.items[0].id}`;
  await patched(domain, { answer_style: { diversion: true, contacts_max: 2 } });
  t.after(() => patched(domain, { answer_style: null }));
  await profile(t, { preset: 'generic', network: '127.0.21.0/24' });
  assert.deepEqual(await answer(one), plain);
  assert.deepEqual(await answer(other), { ...plain, contacts: TARGETS.slice(0, 2), lines: 2, diversion: 1 });
});

test('the longest prefix decides, and the listener asked before any listener', async (t) => {
  const listener = `udp:127.0.0.1:${server.sipPort}`;
  const said = (contactsMax) => ({ answer_style: { contacts_max: contactsMax } });
  const counts = async () => [(await answer(one)).lines, (await answer(other)).lines];
  await profile(t, said(2));
  assert.deepEqual(await counts(), [2, 2]);
  await profile(t, { network: '127.0.22.0/24', ...said(1) });
  assert.deepEqual(await counts(), [2, 1]);
  const here = await profile(t, { listener, ...said(3) });
  assert.deepEqual(await counts(), [3, 3]);
  await patched(here.path, { listener: `tcp:127.0.0.1:${server.sipPort}` });
  assert.deepEqual(await counts(), [2, 1]);
});

test('a preset fills the style, further members override it, and each change shows', async (t) => {
  const made = await profile(t, { name: 'PBX', preset: 'asterisk', network: '127.0.21.7', answer_style: { history_info: true } });
  const { path, id, created_at, updated_at, revision, ...members } = made;
  assert.match(id, /^ppr_/);
  assert.ok(path.endsWith(id) && created_at === updated_at && revision);
  assert.deepEqual(members, {
    name: 'PBX', preset: null, network: '127.0.21.7/32', listener: null, enabled: true, note: '',
    answer_style: { ...GENERIC, status: 302, diversion: true, history_info: true },
  });

  const preset = await patched(path, { preset: 'baresip', name: null });
  assert.equal(preset.preset, 'baresip');
  assert.equal(preset.name, 'baresip 127.0.21.7/32');
  assert.deepEqual(preset.answer_style, { ...GENERIC, status: 302, contacts_max: 1 });
  assert.deepEqual((await patched(path, { answer_style: null })).answer_style, GENERIC);

  const shown = await server.get(path);
  assert.equal(shown.body.preset, null);
  const stale = await server.patch(path, { note: 'late' }, { headers: { 'If-Match': `"r${revision}"` } });
  assert.equal(stale.status, 412, stale.text);
  assert.deepEqual((await server.get('/v1/peer-profiles')).body.items, [shown.body]);
});

test('a simulation says what a caller at the address in its Via would get', async (t) => {
  await profile(t, { preset: 'freeswitch', network: '192.0.2.0/24' });
  const simulated = async (address) => {
    const request = `INVITE ${MOVED} SIP/2.0\r\nVia: SIP/2.0/UDP ${address}:5060;branch=z9hG4bK1\r\n\r\n`;
    const { status, body, text } = await server.post('/v1/extension-policy/simulations', { request });
    assert.equal(status, 200, text);
    return body.response.match(/^Contact:/gm).length;
  };
  assert.equal(await simulated('192.0.2.7'), 1);
  assert.equal(await simulated('198.51.100.7'), 3);
  await profile(t, { network: '2001:db8::/32', answer_style: { contacts_max: 2 } });
  assert.equal(await simulated('[2001:db8::7]'), 2);
});

test('the redirect log names the profile that put the answer into words', async (t) => {
  await profile(t, { name: 'PBX', preset: 'asterisk', network: '127.0.21.0/24' });
  const logged = async (from, uri) => {
    const { callId } = await from.call(uri);
    const { body } = await eventually(() => server.get(`/v1/redirect-logs?call_id=${callId}`), (read) => read.body.items.length === 1);
    return [body.items[0].status, body.items[0].profile];
  };
  assert.deepEqual(await logged(one, MOVED), [302, 'PBX']);
  assert.deepEqual(await logged(one, 'sip:nobody@example.com'), [404, null]);
  assert.deepEqual(await logged(other, MOVED), [302, null]);
});

test('presets are listed with a sentence each', async () => {
  const { status, body } = await server.get('/v1/peer-profiles/presets');
  assert.equal(status, 200);
  assert.deepEqual(body.items.map(({ name }) => name).sort(),
    ['asterisk', 'baresip', 'freeswitch', 'generic', 'kamailio', 'twilio']);
  for (const { name, text, answer_style: style } of body.items) {
    assert.match(text, /^\S.+\.$/, name);
    assert.deepEqual(Object.keys(style), Object.keys(GENERIC), name);
  }
  assert.equal((await server.get('/v1/peer-profiles/presets?more=1')).status, 400);
});

test('who may only read does not change profiles', async () => {
  const reader = await createToken(server.dataDir, 'reader', 'helpdesk');
  const as = { token: reader };
  assert.equal((await server.post('/v1/peer-profiles', { preset: 'generic' }, as)).status, 403);
});

test('bad input lists its faults, and nothing is stored', async (t) => {
  const bad = await server.post('/v1/peer-profiles', {
    preset: 'pabx', network: '127.0.21.5/24', listener: 'sctp:127.0.0.1:5060', surprise: 1, enabled: 'yes',
    answer_style: { status: 301, contacts_max: 0, contact_expires: 'soon', contact_template: 'sip:{who}@x' },
  });
  assert.equal(bad.status, 422, bad.text);
  assert.deepEqual(bad.body.errors.map(({ pointer }) => pointer).sort(), [
    '/answer_style/contact_expires', '/answer_style/contact_template', '/answer_style/contacts_max',
    '/answer_style/status', '/enabled', '/listener', '/network', '/preset', '/surprise',
  ]);
  assert.deepEqual((await server.get('/v1/peer-profiles')).body.items, []);

  const first = await profile(t, { name: 'first', network: '127.0.21.0/24' });
  for (const twice of [{ name: 'first' }, { network: '127.0.21.0/24' }]) {
    const conflict = await server.post('/v1/peer-profiles', twice);
    assert.equal(conflict.status, 409, conflict.text);
    assert.match(conflict.text, new RegExp(first.id));
  }
  assert.equal((await server.get('/v1/peer-profiles/ppr_none')).status, 404);
});
