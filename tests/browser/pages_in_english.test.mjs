import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { walkAll } from './lib/walk.mjs';
import { pages } from './pages.mjs';

walkAll('en');

test('every page that there is is walked', () => {
  const app = readFileSync(new URL('../../api/portal/app.js', import.meta.url), 'utf8');
  const names = [...app.matchAll(/\{ path: '([^']+)'/g)].map(([, path]) => path);
  const walked = pages.map(({ hash }) => (typeof hash === 'function' ? hash({ id: 'id' }) : hash).split('?')[0]);
  const fits = (path) => new RegExp(`^${path.replace(/:\w+/g, '[^/]+')}$`);
  assert.ok(names.length > 20);
  assert.deepEqual(names.filter((path) => !walked.some((hash) => fits(path).test(hash))), []);
});
