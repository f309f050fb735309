// Every page of the portal, for the tests that walk all of them: { name, hash (or a function of what prepare() gave), role,
// ready (a selector that is there when the page has shown what it has) }; prepare(server): what the page needs to show
// something, done once, in order.
import { Caller } from '../integration/lib/sip.mjs';
import { eventually } from '../integration/lib/server.mjs';

// A call that is answered by a move, and one that is refused: { id } of the newest in the log.
async function prepareCalls(server) {
  await server.move('sip:walked@example.com', 'sip:walked@hotel.example.net', { note: 'in Jakarta' });
  const caller = await Caller.open(server.sipPort);
  await caller.call('sip:walked@example.com', { ack: false, headers: ['User-Agent: Walker'] });
  const { callId } = await caller.call('sip:walked@example.com', { headers: ['Require: foo', 'User-Agent: Walker'] });
  caller.close();
  const { body } = await eventually(() => server.get(`/v1/redirect-logs?call_id=${callId}`), (answer) => answer.body.items.length > 0);
  return { id: body.items[0].id };
}

async function prepareSources(server) {
  await server.post('/v1/source-rules', { network: '203.0.113.0/24', action: 'deny', note: 'noisy' });
  await server.post('/v1/bans', { network: '198.51.100.9', expires_in_seconds: 3600, reason: 'guesses extensions' });
  await server.post('/v1/scanner-patterns', { text: 'friendly-scanner', enabled: false });
}

// Paused, so that its test message stays.
async function prepareEndpoint(server) {
  const { body } = await server.post('/v1/webhook-endpoints', { url: 'https://desk.example.net/hooks', description: 'help desk', events: ['move.*'], paused: true, key_pair: true });
  await server.post(`/v1/webhook-endpoints/${body.id}/test`, {});
  return body;
}

// A source that was sent an event nobody signed.
async function prepareInbound(server) {
  const mapping = [{ to: 'external_id', from: '/id' }, { to: 'address', from: '/who' }, { to: 'target', from: '/where' }];
  const { body } = await server.post('/v1/inbound-sources', { name: 'leave tool', kind: 'github', note: 'whole days', mapping });
  await server.request('POST', body.path, '{"id": 1}', { token: null, type: 'application/json' });
}

// Of the user who looks at it.
async function prepareCalendar(server) {
  const { body } = await server.get('/v1/users?role=user&name=the-user');
  await server.post('/v1/calendar-subscriptions', { user_id: body.items[0].id, url: 'https://calendar.example.net/a.ics', name: 'Trips', enabled: false });
}

const made = (path, members) => async (server) => (await server.post(path, members)).body;
const until = { ends_at: '2035-12-05T18:00:00', time_zone: 'Asia/Jakarta' };

export const pages = [
  { name: 'sign-in', hash: '/sign-in', role: null, ready: 'form' },
  { name: 'away', hash: '/away', role: 'user', ready: '.state' },
  { name: 'my-calls', hash: '/calls', role: 'user', ready: '.table-box, .empty' },
  { name: 'account', hash: '/account', role: 'user', ready: '.card:nth-of-type(2) tbody tr', prepare: prepareCalendar },
  { name: 'setup', hash: '/setup/token', role: null, ready: 'form' },
  { name: 'activation', hash: '/activate/token', role: null, ready: 'form' },
  { name: 'welcome', hash: '/welcome', role: 'admin', ready: 'form' },

  { name: 'moves', hash: '/moves', role: 'helpdesk', ready: 'tbody tr', prepare: (server) => server.move('sip:shown@example.com', 'sip:shown@hotel.example.net', { note: 'in Jakarta', ...until }) },
  { name: 'move', hash: ({ id }) => `/moves/${id}`, role: 'admin', ready: 'dialog .history', prepare: (server) => server.move('sip:panel@example.com', 'sip:panel@hotel.example.net', until) },
  { name: 'move-imports', hash: '/move-imports', role: 'helpdesk', ready: 'form' },
  { name: 'addresses', hash: '/addresses', role: 'helpdesk', ready: 'tbody tr' },
  { name: 'domains', hash: '/domains', role: 'admin', ready: 'tbody tr' },
  { name: 'domain', hash: ({ id }) => `/domains/${id}`, role: 'admin', ready: '.card:nth-of-type(2) form', prepare: made('/v1/domains', { name: 'one.example.com' }) },
  { name: 'peer-profiles', hash: '/peer-profiles', role: 'admin', ready: 'dd', prepare: made('/v1/peer-profiles', { name: 'pbx', preset: 'asterisk', network: '192.0.2.0/24' }) },
  { name: 'targets', hash: '/targets', role: 'admin', ready: 'tbody tr', prepare: made('/v1/target-rules', { action: 'deny', kind: 'number_prefix', value: '+1900' }) },
  { name: 'users', hash: '/users', role: 'admin', ready: 'tbody tr' },
  { name: 'user', hash: ({ id }) => `/users/${id}`, role: 'admin', ready: '.card form', prepare: made('/v1/users', { name: 'shown', role: 'user', display_name: 'Somebody Shown', addresses: ['sip:shown@example.com'] }) },
  { name: 'tokens', hash: '/tokens', role: 'admin', ready: 'tbody tr' },
  { name: 'call-story', hash: ({ id }) => `/redirect-logs/${id}`, role: 'helpdesk', ready: '.facts', prepare: prepareCalls },
  { name: 'dashboard', hash: '/dashboard', role: 'admin', ready: '.figure' },
  { name: 'redirect-logs', hash: '/redirect-logs', role: 'helpdesk', ready: '.chart canvas' },
  { name: 'unfollowed', hash: '/unfollowed', role: 'helpdesk', ready: '.table, .empty' },
  { name: 'lookup', hash: '/lookup?address=sip%3Awalked%40example.com&require=foo&run=1', role: 'helpdesk', ready: '.source' },
  { name: 'policy', hash: '/policy', role: 'admin', ready: '.table' },
  { name: 'policy-versions', hash: '/policy/versions', role: 'operator', ready: '.table',
    prepare: (server) => server.post('/v1/extension-policy/rules', { tag: 'bar', action: 'ignore', domain: 'example.com' }) },
  { name: 'sources', hash: '/sources', role: 'admin', ready: '.card:last-of-type form', prepare: prepareSources },
  { name: 'audit', hash: '/audit', role: 'operator', ready: '.table' },
  { name: 'backups', hash: '/backups', role: 'admin', ready: '.table', prepare: (server) => server.post('/v1/backups', { note: 'before the upgrade' }) },
  { name: 'webhooks', hash: '/webhooks', role: 'admin', ready: '.note.bad', prepare: made('/v1/webhook-endpoints', { url: 'https://off.example.net/hooks', enabled: false }) },
  { name: 'webhook', hash: ({ id }) => `/webhooks/${id}`, role: 'admin', ready: 'tbody tr', prepare: prepareEndpoint },
  { name: 'webhook-deliveries', hash: '/webhook-deliveries', role: 'admin', ready: 'tbody tr' },
  { name: 'webhook-delivery', hash: ({ id }) => `/webhook-deliveries/${id}`, role: 'admin', ready: 'dialog .facts',
    prepare: async (server) => (await server.get('/v1/webhook-deliveries')).body.items[0] },
  { name: 'inbound-sources', hash: '/inbound-sources', role: 'admin', ready: 'tbody tr', prepare: prepareInbound },
  { name: 'inbound-source', hash: ({ id }) => `/inbound-sources/${id}`, role: 'admin', ready: 'tbody tr',
    prepare: async (server) => (await server.get('/v1/inbound-sources')).body.items[0] },
  { name: 'settings', hash: '/settings', role: 'admin', ready: '.table' },
];
