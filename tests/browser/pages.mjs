// Every page of the portal, for the tests that walk all of them: { name, hash (or a function of what prepare() gave), role,
// ready (a selector that is there when the page has shown what it has) }; prepare(server): what the page needs to show
// something, done once, in order.
export const pages = [
  { name: 'sign-in', hash: '/sign-in', role: null, ready: 'form' },
  { name: 'away', hash: '/away', role: 'user', ready: '.state' },
  { name: 'my-calls', hash: '/calls', role: 'user', ready: '.table-box, .empty' },
  { name: 'account', hash: '/account', role: 'user', ready: '.rows li' },
  { name: 'setup', hash: '/setup/token', role: null, ready: 'form' },
  { name: 'welcome', hash: '/welcome', role: 'admin', ready: 'form' },
];
