// Every reply of the whole test suite against api/openapi.yaml, and the other way round: what is
// documented and was never seen is a claim that nobody has tested. SIPMOVED_REPLIES names the
// record, a JSON object a line.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { document, operationOf, operations, resolve } from './document.mjs';

const replies = readFileSync(process.env.SIPMOVED_REPLIES, 'utf8').trimEnd().split('\n').map((text) => JSON.parse(text));

// Callers must take members that they do not know; in the test an unknown one is one that was not
// written down.
function closed(node) {
  if (Array.isArray(node)) return node.map(closed);
  if (typeof node !== 'object' || node === null) return node;
  const copy = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, closed(value)]));
  if (copy.properties && copy.additionalProperties === undefined && !copy.allOf) copy.additionalProperties = false;
  return copy;
}

const ajv = new Ajv2020({ allErrors: true, strict: false });
addFormats(ajv);
ajv.addSchema({ $id: 'api', components: { schemas: closed(document.components.schemas) } });

const validators = new Map();
function validator(schema) {
  const key = JSON.stringify(schema).replaceAll('"#/', '"api#/');
  if (!validators.has(key)) validators.set(key, ajv.compile(closed(JSON.parse(key))));
  return validators.get(key);
}

const mediaType = (type) => type.split(';')[0].trim();

// Why the reply is not what the operation's answer says; undefined if it is.
function fault(reply, response) {
  const content = response.content ?? {};
  if (reply.method === 'HEAD') return undefined;
  if (reply.text === '') return Object.keys(content).length > 0 ? 'has no body' : undefined;
  const described = content[mediaType(reply.type)];
  if (!described) return `is ${reply.type || 'of no type'}`;
  if (!/[/+]json$/.test(mediaType(reply.type)) || !described.schema) return undefined;
  const check = validator(described.schema);
  if (check(JSON.parse(reply.text))) return undefined;
  return ajv.errorsText(check.errors.slice(0, 5));
}

// Replies to what the router, the guard or MHD refused are not an operation's.
const known = replies
  .map((reply) => ({ reply, row: operationOf(reply.method, reply.path) }))
  .filter(({ reply, row }) => row && reply.method !== 'OPTIONS');

test('every reply is as the document says', () => {
  const faults = new Set();
  for (const { reply, row } of known) {
    const { responses } = row.operation;
    const response = resolve(responses[reply.status] ?? (reply.status >= 400 ? responses.default : undefined));
    const why = response ? fault(reply, response) : 'is not documented';
    if (why) faults.add(`${row.method} ${row.path} ${reply.status}: ${why}`);
  }
  assert.deepEqual([...faults].sort(), []);
});

// The others depend on more than the status: on a next page, on a limit that holds.
test('every ETag and every Location that is documented was seen', () => {
  const seen = new Set(known.flatMap(({ reply, row }) => reply.headers.map((name) => `${row.method} ${row.path} ${reply.status} ${name}`)));
  const claims = operations.flatMap(({ method, path, operation }) => Object.entries(operation.responses)
    .flatMap(([status, { headers }]) => ['ETag', 'Location'].filter((name) => headers?.[name])
      .map((name) => `${method} ${path} ${status} ${name.toLowerCase()}`)));
  assert.ok(claims.length > 20);
  assert.deepEqual(claims.filter((claim) => !seen.has(claim)), []);
});

test('every operation and every status that is documented was seen', () => {
  const seen = new Set(known.map(({ reply, row }) => `${row.method} ${row.path} ${reply.status}`));
  const claims = operations.flatMap(({ method, path, operation }) => Object.keys(operation.responses)
    .filter((status) => status !== 'default')
    .map((status) => `${method} ${path} ${status}`));
  assert.deepEqual(claims.filter((claim) => !seen.has(claim)), []);
});
