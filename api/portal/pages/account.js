import { html } from '../vendor/preact.js';
import { Page, t } from '../kit.js';

export const AccountPage = () => html`<${Page} title=${t('nav.account')} />`;
