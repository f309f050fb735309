// Every page of the portal, for the tests that walk all of them: { name, hash (or a function of what prepare() gave), role,
// ready (a selector that is there when the page has shown what it has) }; prepare(server): what the page needs to show
// something, done once, in order.
export const pages = [
  { name: 'sign-in', hash: '/sign-in', role: null, ready: 'form' },
];
