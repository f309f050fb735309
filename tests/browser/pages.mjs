// Every page of the portal, for the tests that walk all of them: { name, hash (or a function of what prepare() gave), role,
// ready (a selector that is there when the page has shown what it has) }; prepare(server): what the page needs to show
// something, done once, in order.
const made = (path, members) => async (server) => (await server.post(path, members)).body;
const until = { ends_at: '2035-12-05T18:00:00', time_zone: 'Asia/Jakarta' };

export const pages = [
  { name: 'sign-in', hash: '/sign-in', role: null, ready: 'form' },

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
];
