// Who may ask what: every row of the route table (openapi/lint.test.mjs: it is in the document), asked by every
// role.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer } from './lib/server.mjs';
import { operations } from '../openapi/document.mjs';

const ROLES = ['admin', 'operator', 'helpdesk', 'service'];
const tokens = { none: null };
const scopes = { none: [] };

let server;

before(async () => {
  server = await startServer();
  for (const role of ROLES) {
    const { body } = await server.post('/v1/tokens', { name: `matrix ${role}`, role });
    tokens[role] = body.token;
    scopes[role] = body.scopes;
  }
});

after(async () => { await server?.stop(); });

// An id that nothing has, and a body that is refused: what is asked for is never done.
function ask({ method, path }, token) {
  const body = ['POST', 'PUT', 'PATCH'].includes(method) ? { zzz: 1 } : undefined;
  // A stream that is let in never ends: it is asked for its head.
  const asked = path.endsWith('/stream') ? 'HEAD' : method;
  return server.request(asked, path.replace('{id}', 'nothing'), body, { token });
}

for (const role of [...ROLES, 'none'])
  test(`${role === 'none' ? 'who has no token' : role} may do what the scopes say, and nothing else`, async () => {
    for (const route of operations) {
      const { status, headers } = await ask(route, tokens[role]);
      const what = `${role}: ${route.method} ${route.path} gave ${status}`;
      const isRefused = status === 401 || status === 403;
      const may = route.scopes.every((scope) => scopes[role].includes(scope));

      assert.equal(isRefused, !may, what);
      if (isRefused) {
        assert.equal(status, role === 'none' ? 401 : 403, what);
        assert.match(headers['www-authenticate'], /^Bearer realm="sipmoved"/);
      }
      assert.notEqual(status, 500, what);
    }
  });

test('one scope alone opens its own routes, and a token without any of them none', async () => {
  for (const scope of scopes.admin) {
    const { body } = await server.post('/v1/tokens', { name: `only ${scope}`, scopes: [scope] });
    for (const route of operations.filter((row) => row.scope !== '')) {
      const { status } = await ask(route, body.token);
      assert.equal(status === 403, route.scopes.some((other) => other !== scope), `${scope}: ${route.method} ${route.path} gave ${status}`);
    }
  }
});
