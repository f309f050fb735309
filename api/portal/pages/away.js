import { html } from '../vendor/preact.js';
import { Page, t } from '../kit.js';

export const AwayPage = () => html`<${Page} title=${t('nav.away')} />`;
