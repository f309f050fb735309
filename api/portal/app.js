// The portal's beginning: what pages there are, who may see them, and the frame around them.
import { html, render, useEffect, useErrorBoundary, useState } from './vendor/preact.js';
import { isReachable } from './http.js';
import { Button, Loading, Note, ProblemNote, Toasts } from './kit.js';
import { find, go, href, place } from './router.js';
import { isTraveller, may, me, restore, signInWanted, signOut } from './session.js';
import { Shortcuts } from './shortcuts.js';
import { SignInDialog } from './pages/sign-in.js';
import { useStore } from './store.js';
import { theme, THEMES } from './theme.js';
import { addTexts, chosenLanguage, language, LANGUAGES, t } from './texts.js';
import texts from './texts/app.js';

addTexts(texts);

// A page a row: open (to who is not signed in), scope (that sees it; none: everyone who is signed in), nav (its name
// in the menu, under a heading), key (after "g"). The first that fits is taken. load: its module, fetched when it is wanted.
// over: the page that stays as it is beneath this one.
const loadMoves = () => import('./pages/moves.js');
const loadDeliveries = () => import('./pages/webhook-deliveries.js');
const PAGES = [
  { path: '/setup/:token', open: true, load: () => import('./pages/setup.js'), name: 'SetupPage' },
  { path: '/activate/:token', open: true, load: () => import('./pages/activation.js'), name: 'ActivationPage' },
  { path: '/sign-in', open: true, load: () => import('./pages/sign-in.js'), name: 'SignInPage' },

  { path: '/away', nav: 'nav.away', key: 'a', under: 'nav.mine', load: () => import('./pages/away.js'), name: 'AwayPage' },
  { path: '/calls', nav: 'nav.calls', under: 'nav.mine', load: () => import('./pages/my-calls.js'), name: 'MyCallsPage' },
  { path: '/account', nav: 'nav.account', under: 'nav.mine', load: () => import('./pages/account.js'), name: 'AccountPage' },

  { path: '/dashboard', scope: 'system:read', nav: 'nav.dashboard', key: 'd', under: 'nav.calls_heading', load: () => import('./pages/dashboard.js'), name: 'DashboardPage' },
  { path: '/moves', scope: 'moves:read', nav: 'nav.moves', key: 'm', under: 'nav.calls_heading', load: loadMoves, name: 'MovesPage' },
  { path: '/moves/:id', scope: 'moves:read', over: '/moves', load: loadMoves, name: 'MovesPage' },
  { path: '/move-imports', scope: 'moves:write', load: () => import('./pages/move-imports.js'), name: 'MoveImportsPage' },
  { path: '/redirect-logs', scope: 'logs:read', nav: 'nav.redirect_logs', key: 'l', under: 'nav.calls_heading', load: () => import('./pages/redirect-logs.js'), name: 'RedirectLogsPage' },
  { path: '/redirect-logs/:id', scope: 'logs:read', load: () => import('./pages/call-story.js'), name: 'CallStoryPage' },
  { path: '/unfollowed', scope: 'logs:read', nav: 'nav.unfollowed', under: 'nav.calls_heading', load: () => import('./pages/unfollowed.js'), name: 'UnfollowedPage' },
  { path: '/lookup', scope: 'moves:read', nav: 'nav.lookup', under: 'nav.calls_heading', load: () => import('./pages/lookup.js'), name: 'LookupPage' },

  { path: '/policy', scope: 'policy:read', nav: 'nav.policy', key: 'p', under: 'nav.rules', load: () => import('./pages/policy.js'), name: 'PolicyPage' },
  { path: '/policy/versions', scope: 'policy:read', load: () => import('./pages/policy-versions.js'), name: 'PolicyVersionsPage' },
  { path: '/domains', scope: 'system:read', nav: 'nav.domains', under: 'nav.rules', load: () => import('./pages/domains.js'), name: 'DomainsPage' },
  { path: '/domains/:id', scope: 'system:read', load: () => import('./pages/domains.js'), name: 'DomainPage' },
  { path: '/addresses', scope: 'moves:read', nav: 'nav.addresses', under: 'nav.rules', load: () => import('./pages/addresses.js'), name: 'AddressesPage' },
  { path: '/peer-profiles', scope: 'system:read', nav: 'nav.peer_profiles', under: 'nav.rules', load: () => import('./pages/peer-profiles.js'), name: 'PeerProfilesPage' },
  { path: '/targets', scope: 'system:read', nav: 'nav.targets', under: 'nav.rules', load: () => import('./pages/targets.js'), name: 'TargetsPage' },
  { path: '/sources', scope: 'system:read', nav: 'nav.sources', under: 'nav.rules', load: () => import('./pages/sources.js'), name: 'SourcesPage' },

  { path: '/webhooks', scope: 'webhooks:admin', nav: 'nav.webhooks', key: 'w', under: 'nav.automation', load: () => import('./pages/webhooks.js'), name: 'WebhooksPage' },
  { path: '/webhooks/:id', scope: 'webhooks:admin', load: () => import('./pages/webhooks.js'), name: 'WebhookPage' },
  { path: '/webhook-deliveries', scope: 'webhooks:admin', nav: 'nav.webhook_deliveries', under: 'nav.automation', load: loadDeliveries, name: 'WebhookDeliveriesPage' },
  { path: '/webhook-deliveries/:id', scope: 'webhooks:admin', over: '/webhook-deliveries', load: loadDeliveries, name: 'WebhookDeliveriesPage' },
  { path: '/inbound-sources', scope: 'webhooks:admin', nav: 'nav.inbound_sources', key: 'i', under: 'nav.automation', load: () => import('./pages/inbound-sources.js'), name: 'InboundSourcesPage' },
  { path: '/inbound-sources/:id', scope: 'webhooks:admin', load: () => import('./pages/inbound-sources.js'), name: 'InboundSourcePage' },

  { path: '/users', scope: 'users:admin', nav: 'nav.users', key: 'u', under: 'nav.system', load: () => import('./pages/users.js'), name: 'UsersPage' },
  { path: '/users/:id', scope: 'users:admin', load: () => import('./pages/users.js'), name: 'UserPage' },
  { path: '/tokens', scope: 'tokens:admin', nav: 'nav.tokens', under: 'nav.system', load: () => import('./pages/tokens.js'), name: 'TokensPage' },
  { path: '/audit', scope: 'system:read', nav: 'nav.audit', under: 'nav.system', load: () => import('./pages/audit.js'), name: 'AuditPage' },
  { path: '/backups', scope: 'system:read', nav: 'nav.backups', under: 'nav.system', load: () => import('./pages/backups.js'), name: 'BackupsPage' },
  { path: '/settings', scope: 'system:read', nav: 'nav.settings', under: 'nav.system', load: () => import('./pages/settings.js'), name: 'SettingsPage' },
  { path: '/welcome', scope: 'system:admin', load: () => import('./pages/welcome.js'), name: 'WelcomePage' },
];

const mayOpen = (page) => !page.scope || may(page.scope);
const homeOf = () => (isTraveller() ? '/away' : may('system:read') ? '/dashboard' : '/moves');

// --- the frame --------------------------------------------------------------

function Menu({ at, onGo }) {
  const pages = PAGES.filter((page) => page.nav && mayOpen(page));
  // Who may see everything finds what is their own last.
  const headings = [...new Set(pages.map((page) => page.under))]
    .sort((a, b) => (isTraveller() ? 0 : (a === 'nav.mine') - (b === 'nav.mine')));
  return html`<nav id="menu" aria-label=${t('nav.label')}>${headings.map((heading) => html`<div key=${heading}>
    ${headings.length > 1 && html`<h2>${t(heading)}</h2>`}
    <ul>${pages.filter((page) => page.under === heading).map((page) => html`<li key=${page.path}>
      <a href=${href(page.path)} aria-current=${at.startsWith(page.path) ? 'page' : undefined} onClick=${onGo}>${t(page.nav)}</a></li>`)}</ul></div>`)}</nav>`;
}

function Preferences() {
  useStore(theme);
  return html`<div class="preferences">
    <label><span class="hidden">${t('app.language')}</span><select value=${language()} onChange=${(event) => chosenLanguage.set(event.currentTarget.value)}>
      ${Object.entries(LANGUAGES).map(([code, name]) => html`<option key=${code} value=${code} lang=${code} selected=${code === language()}>${name}</option>`)}</select></label>
    <label><span class="hidden">${t('app.theme')}</span><select value=${theme.value} onChange=${(event) => theme.set(event.currentTarget.value)}>
      ${THEMES.map((name) => html`<option key=${name} value=${name} selected=${name === theme.value}>${t(`app.theme.${name}`)}</option>`)}</select></label>
  </div>`;
}

const Leave = () => html`<${Button} kind="plain small leave" onClick=${async () => { await signOut(); go('/sign-in'); }}>${t('app.sign_out')}<//>`;

function Away() {
  return useStore(isReachable) ? null
    : html`<div class="banner" role="alert">${t('app.unreachable')}</div>`;
}

// Modules that were fetched stay; one that fails to load, or to draw, says so and leaves the frame alone.
const modules = new Map();
function PageOf({ page, names, query }) {
  const [, draw] = useState(0);
  const [failure, setFailure] = useState(null);
  const [error, retry] = useErrorBoundary((thrown) => console.error(thrown));
  useEffect(() => {
    let here = true;
    if (!modules.has(page.load)) {
      page.load().then((module) => { modules.set(page.load, module); if (here) draw((n) => n + 1); }, (thrown) => here && setFailure(thrown));
    }
    return () => { here = false; };
  }, [page]);
  if (failure || error) return html`<${Note} kind="bad" role="alert"><p>${t('app.page_failed')}</p><p class="quiet">${String((failure ?? error).message)}</p>
    <${Button} onClick=${() => (failure ? location.reload() : retry())}>${t('kit.try_again')}<//><//>`;
  const Component = modules.get(page.load)?.[page.name];
  return Component ? html`<${Component} key=${page.over ?? page.path} ...${names} query=${query} />` : html`<${Loading} />`;
}

const Nowhere = () => html`<div class="page"><h1 tabindex="-1">${t('app.nowhere')}</h1><p><a href=${href(homeOf())}>${t('app.home')}</a></p></div>`;

function Frame({ children }) {
  const user = useStore(me);
  const { path } = useStore(place);
  const [isOpen, setOpen] = useState(false);
  useEffect(() => setOpen(false), [path]);
  return html`<div class=${`frame ${user ? 'signed-in' : ''} ${isTraveller() ? 'traveller' : ''}`}>
    <a class="skip" href="#main" onClick=${(event) => { event.preventDefault(); document.querySelector('main h1')?.focus(); }}>${t('app.skip')}</a>
    <header class="top">
      <a class="brand" href=${href(user ? homeOf() : '/sign-in')}>sipmoved</a>
      ${user && html`<${Button} kind="plain small menu-button" aria-expanded=${isOpen} aria-controls="menu" onClick=${() => setOpen(!isOpen)}>${t('nav.menu')}<//>`}
      <span class="grow"></span>
      <${Preferences} />
      ${user && html`<span class="who" title=${user.role}>${user.display_name || user.name}</span><${Leave} />`}
    </header>
    <${Away} />
    <div class="body">
      ${user && html`<div class=${`side ${isOpen ? 'open' : ''}`}><${Menu} at=${path} onGo=${() => setOpen(false)} />
        ${!isTraveller() && html`<p class="quiet side-foot"><a href="/docs">${t('nav.docs')}</a></p>`}<${Preferences} /><${Leave} /></div>`}
      <main id="main">${children}</main>
    </div>
  </div>`;
}

function App() {
  const user = useStore(me);
  const { path, query } = useStore(place);
  const wanted = useStore(signInWanted);
  useStore(chosenLanguage);
  document.documentElement.lang = language();
  const found = find(PAGES, path);

  useEffect(() => {
    // The place may be another one by now.
    if (user === undefined || place.value.path !== path) return;
    if (!user && !found?.page.open) {
      // Back to where one wanted to go, after signing in.
      go(path === '/' ? '/sign-in' : `/sign-in?to=${encodeURIComponent(location.hash.slice(1))}`, { replaces: true });
    } else if (user && (path === '/' || path === '/sign-in')) {
      const to = query.get('to');
      go(to?.startsWith('/') ? to : homeOf(), { replaces: true });
    }
  }, [user, path]);

  const isShown = found && (found.page.open || (user && mayOpen(found.page)));
  return html`<${Frame}>
    ${user === undefined && !found?.page.open ? html`<${Loading} />`
      : isShown ? html`<${PageOf} key=${found.page.over ?? found.page.path + (found.names.id ?? '')} page=${found.page} names=${found.names} query=${query} />`
        : user && path !== '/' ? html`<${Nowhere} />` : null}
    <//>
    <${Toasts} />
    ${wanted && html`<${SignInDialog} onDone=${wanted.resolve} />`}
    ${user && html`<${Shortcuts} pages=${PAGES.filter((page) => page.key && mayOpen(page))} />`}`;
}

const root = document.querySelector('#app');
render(html`<${App} />`, root);
restore().catch((problem) => render(html`<main><${ProblemNote} problem=${problem} /></main>`, root));
