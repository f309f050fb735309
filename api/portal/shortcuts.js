// Keys for those who have them: "/" search, "n" new, "g" and a page's key, "?" what there is. They can be turned off
// (WCAG 2.1.4), and do nothing while one types.
import { html, useEffect, useState } from './vendor/preact.js';
import { CheckField, Dialog, t } from './kit.js';
import { go } from './router.js';
import { kept, useStore } from './store.js';

const areOn = kept('shortcuts', true, (value) => typeof value === 'boolean');
const isTyping = ({ target }) => target.closest('input, textarea, select, [contenteditable], dialog');

// Pages mark what a key leads to: data-key="n" on a button, data-key="/" on a search field.
function press(key) {
  const wanted = document.querySelector(`main [data-key="${CSS.escape(key)}"]`);
  if (!wanted) return false;
  wanted.focus();
  if (wanted.matches('a, button')) wanted.click();
  return true;
}

export function Shortcuts({ pages }) {
  const on = useStore(areOn);
  const [isShown, setShown] = useState(false);
  useEffect(() => {
    if (!on) return undefined;
    let led = false;
    const onKey = (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event)) return;
      const page = led && pages.find((one) => one.key === event.key);
      led = event.key === 'g';
      if (page) go(page.path);
      else if (event.key === '?') setShown(true);
      else if (led || !press(event.key)) return;
      event.preventDefault();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [on, pages]);

  return html`${isShown && html`<${Dialog} title=${t('keys.title')} onClose=${() => setShown(false)}>
    <dl class="facts"><div><dt><kbd>/</kbd></dt><dd>${t('keys.search')}</dd></div><div><dt><kbd>n</kbd></dt><dd>${t('keys.new')}</dd></div>
      ${pages.map((page) => html`<div key=${page.key}><dt><kbd>g</kbd> <kbd>${page.key}</kbd></dt><dd>${t(page.nav)}</dd></div>`)}
      <div><dt><kbd>?</kbd></dt><dd>${t('keys.title')}</dd></div></dl>
    <${CheckField} label=${t('keys.on')} value=${on} onValue=${(value) => areOn.set(value)} /><//>`}`;
}

export const ShortcutSwitch = () => html`<${CheckField} label=${t('keys.on')} value=${useStore(areOn)} onValue=${(value) => areOn.set(value)} />`;
