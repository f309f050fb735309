// api/openapi.yaml against the route table, its own rules, and the reader that the build has.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { document, operations, ROOT, routes } from './document.mjs';

const line = ({ method, path, scope }) => `${method} ${path} ${scope}`;

test('every route is an operation with its scope, and every operation is a route', () => {
  assert.ok(routes.length > 30);
  assert.deepEqual(operations.map(line).sort(), routes.map(line).sort());
});

test('the build reads the file as a whole YAML reader does', () => {
  const built = execFileSync(`${ROOT}scripts/openapi-json`, [`${ROOT}api/openapi.yaml`], { encoding: 'utf8' });
  assert.deepEqual(JSON.parse(built), document);
});

test('no schema, parameter or answer is left that nothing leads to', () => {
  const text = JSON.stringify(document);
  for (const kind of ['schemas', 'parameters', 'responses', 'headers'])
    for (const name of Object.keys(document.components[kind] ?? {}))
      assert.ok(text.includes(`"#/components/${kind}/${name}"`), `${kind}/${name}`);
});

test('redocly finds nothing', () => {
  const program = `${ROOT}tests/node_modules/.bin/redocly`;
  const printed = execFileSync(program, ['lint', '--max-problems=50', '--format=stylish', 'api/openapi.yaml'], {
    cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true', NO_COLOR: '1' },
  });
  assert.doesNotMatch(printed, /\bwarning\b|\berror\b/i);
});
