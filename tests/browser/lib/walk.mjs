// Every page: axe-core finds nothing, light and dark, in both languages, at three widths; nothing is wider than the screen, and no
// table than its box; every page of the menu is among them. Screenshots are in build/screens, to be looked at.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { pages } from '../pages.mjs';
import { COLOUR_RULES, isTooWide, Portal, screenshot, skip, violations, wideTables } from './portal.mjs';

const WIDTHS = [360, 768, 1280];
// Where the room for tables changes: rows become blocks, the menu is folded.
const TABLE_WIDTHS = [1000, 1216, 1217];
let portal;
const accounts = new Map();

before(async () => {
  if (skip) return;
  portal = await Portal.open();
  for (const role of ['admin', 'operator', 'helpdesk', 'user'])
    accounts.set(role, await portal.server.logIn(`the-${role}`, { role, addresses: [`sip:${role}@example.com`] }));
});
after(async () => portal?.close());

// One browser context a language and page; colours and width change under the open page.
async function walk({ name, role, ready }, hash, language) {
  const options = { locale: language === 'id' ? 'id-ID' : 'en-GB' };
  const page = role ? await portal.visitAs(accounts.get(role), hash, options) : await portal.visit(hash, options);
  const found = [];

  await page.locator(`main ${ready}`).first().waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), language);
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 800 });
      for (const violation of await violations(page, colorScheme === 'dark' ? COLOUR_RULES : undefined)) found.push(`${colorScheme} ${width}: ${violation}`);
      if (await isTooWide(page)) found.push(`${colorScheme} ${width}: wider than the screen`);
      if (width !== 768) await screenshot(page, `${name}-${language}-${colorScheme}-${width}`);
    }
  }
  for (const width of [...WIDTHS, ...TABLE_WIDTHS]) {
    await page.setViewportSize({ width, height: 800 });
    for (const caption of await wideTables(page)) found.push(`${width}: the table ${caption} is wider than its box`);
  }
  await page.context().close();
  return found;
}

// In one language; the files that call this are run beside each other.
export function walkAll(language) {
  for (const row of pages) {
    test(`${row.name} can be used by everyone, on every screen, in the language ${language}`, { skip }, async () => {
      const prepared = await row.prepare?.(portal.server, accounts);
      const hash = typeof row.hash === 'function' ? row.hash(prepared) : row.hash;
      assert.deepEqual(await walk(row, hash, language), []);
      portal.assertQuiet();
    });
  }
}
