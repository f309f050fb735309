// What is shown once and never again: a link, or a token.
import { html, useMemo } from './vendor/preact.js';
import encodeQr from './vendor/qr.js';
import { CopyButton, Note, t } from './kit.js';
import { addTexts } from './texts.js';
import texts from './texts/secret.js';

addTexts(texts);

// Black on white in every theme: what cameras read best.
export function QrCode({ text, label }) {
  const rows = useMemo(() => encodeQr(text, 'raw', { border: 3 }), [text]);
  const path = rows.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : ''))).join('');
  return html`<svg class="qr" role="img" aria-label=${label} viewBox=${`0 0 ${rows.length} ${rows.length}`} shape-rendering="crispEdges">
    <rect width=${rows.length} height=${rows.length} fill="#fff" /><path d=${path} fill="#000" /></svg>`;
}

export const Secret = ({ text, label, children }) => html`<${Note} kind="warn"><p>${t('secret.once')}</p><//>
  <div class="field"><label for="secret">${label}</label><input id="secret" type="text" readonly value=${text} onFocus=${(event) => event.currentTarget.select()} /></div>
  <div class="actions after"><${CopyButton} text=${text} /></div>${children}`;
