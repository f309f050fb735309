// api/openapi.yaml against the route table, its own rules, and the reader that the build has.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { document, operations, resolve, ROOT, routes } from './document.mjs';

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
  for (const kind of ['schemas', 'parameters', 'responses', 'headers', 'examples'])
    for (const name of Object.keys(document.components[kind] ?? {}))
      assert.ok(text.includes(`"#/components/${kind}/${name}"`), `${kind}/${name}`);
});

// [where, media] of every body and every answer.
const contents = operations.flatMap(({ method, path, operation }) => [
  ...Object.entries(resolve(operation.requestBody)?.content ?? {}).map(([type, media]) => [`${method} ${path} body ${type}`, media]),
  ...Object.entries(operation.responses).flatMap(([status, answer]) => Object.entries(resolve(answer).content ?? {})
    .map(([type, media]) => [`${method} ${path} ${status} ${type}`, media])),
]);

const examplesOf = ({ example, examples }) =>
  [...(example === undefined ? [] : [example]), ...Object.values(examples ?? {}).map((one) => resolve(one).value)];

test('every body has an example', () => {
  assert.deepEqual(contents.filter(([where, media]) => / body /.test(where) && examplesOf(media).length === 0).map(([where]) => where), []);
});

test('every example is as its schema says', () => {
  const ajv = new Ajv2020({ allErrors: true, strict: false });
  addFormats(ajv);
  ajv.addSchema({ $id: 'api', components: { schemas: document.components.schemas } });
  const all = contents.flatMap(([where, media]) => examplesOf(media).map((example) => [where, media, example]));

  assert.ok(all.length > 100);
  for (const [where, { schema }, example] of all) {
    const check = ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"api#/')));
    assert.ok(check(example), `${where}: ${ajv.errorsText(check.errors)}`);
  }
});

test('redocly finds nothing', () => {
  const program = `${ROOT}tests/node_modules/.bin/redocly`;
  const printed = execFileSync(program, ['lint', '--max-problems=50', '--format=stylish', 'api/openapi.yaml'], {
    cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true', NO_COLOR: '1' },
  });
  assert.doesNotMatch(printed, /\bwarning\b|\berror\b/i);
});
