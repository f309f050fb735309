// Choosing a password: twice the same is not asked for, as it can be shown.
import { html, useState } from '../vendor/preact.js';
import { CheckField, TextField, t } from '../kit.js';
import { addTexts } from '../texts.js';
import texts from '../texts/password.js';

addTexts(texts);

export function NewPassword({ value, onValue, error, label = t('password.new') }) {
  const [isShown, setShown] = useState(false);
  return html`<${TextField} label=${label} hint=${t('password.hint')} error=${error} value=${value} onValue=${onValue}
      type=${isShown ? 'text' : 'password'} autocomplete="new-password" minlength="8" maxlength="128" spellcheck=${false} required />
    <${CheckField} label=${t('password.show')} value=${isShown} onValue=${setShown} />`;
}
