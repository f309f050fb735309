// api/openapi.yaml, read by a whole YAML reader; and the route table that it is held against.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

export const ROOT = new URL('../../', import.meta.url).pathname;
export const document = parse(readFileSync(`${ROOT}api/openapi.yaml`, 'utf8'));

// [{method, path, scope}] of api/endpoints.c; scope '' for what is open to all.
export const routes = [...readFileSync(`${ROOT}api/endpoints.c`, 'utf8')
  .matchAll(/\{ HTTP_([A-Z]+), +"([^"]+)", +(?:SCOPE_([A-Z_]+)|0),/g)]
  .map(([, method, path, scope = '']) => ({ method, path, scope: scope.toLowerCase().replace('_', ':') }));

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

// Of the token that it needs, or of the session.
const scopesOf = (operation) => Object.values(operation.security[0] ?? {}).flat();

// [{method, path, scope, scopes, tokenScopes, operation}] of the document; tokenScopes is undefined where no token is let in.
export const operations = Object.entries(document.paths).flatMap(([path, item]) => METHODS
  .filter((method) => item[method])
  .map((method) => ({
    method: method.toUpperCase(), path, scope: scopesOf(item[method])[0] ?? '',
    scopes: scopesOf(item[method]),
    tokenScopes: item[method].security.find((way) => way.token)?.token, operation: item[method],
  })));

export function resolve(node) {
  if (!node?.$ref) return node;
  return resolve(node.$ref.slice(2).split('/').reduce((at, key) => at[key], document));
}

// The operation that a request was for: of those that fit, the one with the fewest {id}.
export function operationOf(method, path) {
  const asked = method === 'HEAD' ? 'GET' : method;
  const segments = path.split('?')[0].split('/');
  return operations
    .filter((row) => row.method === asked)
    .filter((row) => {
      const pattern = row.path.split('/');
      const takesRest = pattern.at(-1) === '{path}' && segments.length > pattern.length;
      return (takesRest || pattern.length === segments.length)
        && pattern.every((part, i) => part.startsWith('{') || part === segments[i]);
    })
    .sort((a, b) => a.path.split('{').length - b.path.split('{').length)[0];
}
