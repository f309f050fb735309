// The portal in Debian's Chromium, as people use it. One browser for a test file; every page is watched: what it writes
// to the console as a warning or an error, what its Content-Security-Policy stops, and every request that leaves for
// another host, is a complaint that fails the test.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { startServer } from '../../integration/lib/server.mjs';

const PROGRAM = '/usr/bin/chromium';
export const skip = existsSync(PROGRAM) ? false : 'there is no chromium here';
export const SCREENS = new URL('../../../build/screens/', import.meta.url).pathname;
const AXE = readFileSync(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

export const PHONE = { width: 360, height: 740 };
export const DESK = { width: 1280, height: 900 };

export class Portal {
  // options: those of startServer(), or server: one that a test started itself.
  static async open({ server, ...options } = {}) {
    const self = new Portal();
    // SIPMOVED_PORTAL_DIR: the files on disk, not those that the build has.
    const folder = process.env.SIPMOVED_PORTAL_DIR;
    self.server = server ?? await startServer({ ...options, args: [...(folder ? ['--portal-dir', folder] : []), ...(options.args ?? [])] });
    // It stays when a test starts the server again.
    self.origin = `http://127.0.0.1:${self.server.httpPort}`;
    self.browser = await chromium.launch({
      executablePath: PROGRAM,
      args: ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
        '--disable-sync', ...(process.getuid() === 0 ? ['--no-sandbox'] : [])],
    });
    return self;
  }

  // A browser of its own: { context, page }. options: viewport, colorScheme, locale, timezoneId ... (playwright's newContext).
  async visit(hash = '/', options = {}) {
    const context = await this.browser.newContext({ viewport: DESK, locale: 'en-GB', timezoneId: 'Europe/Berlin', ...options });
    const page = await context.newPage();
    // Not how long it may take, but when to give up: other work may hold the machine.
    page.setDefaultTimeout(60000);
    this.watch(page);
    await page.goto(`${this.origin}/#${hash}`);
    return page;
  }

  // The same, signed in. account: what server.logIn() gave, { user, password }.
  async visitAs(account, hash = '/', options = {}) {
    const page = await this.visit('/sign-in', options);
    const status = await page.evaluate(async (body) => (await fetch('/v1/sessions', {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body),
    })).status, { name: account.user.name, password: account.password });
    assert.equal(status, 201);
    await page.goto(`${this.origin}/#${hash}`);
    await page.reload();
    await page.locator('.frame.signed-in main h1').waitFor()
      .catch(async (error) => assert.fail(`${error.message}\n${page.url()} shows: ${await page.locator('body').innerText()}\n${this.complaints.join('\n')}`));
    return page;
  }

  complaints = [];

  // A request that fails on purpose: what Chromium says of its status is no complaint.
  watch(page) {
    const say = (text) => this.complaints.push(text);
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type()) && !/Failed to load resource/.test(message.text())) say(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => say(`error: ${error.message}`));
    page.on('request', (request) => {
      const url = new URL(request.url());
      if (['http:', 'https:', 'ws:', 'wss:'].includes(url.protocol) && url.origin !== this.origin) say(`foreign request: ${url}`);
    });
    page.context().exposeFunction('tellViolation', say).catch(() => {});
    page.addInitScript(() => addEventListener('securitypolicyviolation', (event) =>
      window.tellViolation?.(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`)));
  }

  // To be called at the end of each test.
  assertQuiet() {
    const said = this.complaints;
    this.complaints = [];
    assert.deepEqual(said, []);
  }

  async close() {
    await this.browser?.close();
    await this.server?.stop();
  }
}

const ALL_RULES = { type: 'tag', values: RULES };
// For a page whose colours alone are others than when all rules were asked.
export const COLOUR_RULES = { type: 'rule', values: ['color-contrast', 'link-in-text-block'] };

// The violations of axe-core on what the page shows, one line each.
export async function violations(page, rules = ALL_RULES) {
  if (!await page.evaluate(() => Boolean(window.axe))) await page.evaluate(AXE);
  const { violations: found } = await page.evaluate((runOnly) => window.axe.run(document, { runOnly, resultTypes: ['violations'] }), rules);
  return found.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => `${node.target.join(' ')} ${node.any[0]?.message ?? ''}`).join(' | ')}`);
}

// Wide as it may be, nothing is to be scrolled sideways.
export const isTooWide = (page) => page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);

// The tables that are wider than their boxes, so that a part of them is out of sight.
export const wideTables = (page) => page.evaluate(() => [...document.querySelectorAll('.table-box')]
  .filter((box) => box.scrollWidth > box.clientWidth + 1).map((box) => box.getAttribute('aria-label')));

export async function screenshot(page, name) {
  mkdirSync(SCREENS, { recursive: true });
  await page.screenshot({ path: `${SCREENS}${name}.png`, fullPage: true });
}
