// Name and password; a code from a device if the account asks for one.
import { html, useState } from '../vendor/preact.js';
import { Button, Dialog, Page, ProblemNote, TextField, t } from '../kit.js';
import { me, signIn } from '../session.js';
import { addTexts } from '../texts.js';
import texts from '../texts/sign-in.js';

addTexts(texts);

// The API says "wrong" to a missing code as to a wrong password: the field for it is there from the first refusal.
function SignInForm({ name: known, onDone }) {
  const [name, setName] = useState(known ?? '');
  const [password, setPassword] = useState('');
  const [totp, setTotp] = useState('');
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event) => {
    event.preventDefault();
    setBusy(true);
    try {
      await signIn({ name, password, ...(totp ? { totp: totp.replaceAll(' ', '') } : {}) });
      onDone?.();
    } catch (thrown) {
      setProblem(thrown);
      setBusy(false);
    }
  };
  return html`<form onSubmit=${submit} class="narrow">
    <${ProblemNote} problem=${problem} labels=${{ '/name': t('sign_in.name'), '/password': t('sign_in.password'), '/totp': t('sign_in.totp') }} />
    <${TextField} label=${t('sign_in.name')} value=${name} onValue=${setName} name="username" autocomplete="username" autocapitalize="none" spellcheck=${false} required readonly=${Boolean(known)} />
    <${TextField} label=${t('sign_in.password')} value=${password} onValue=${setPassword} type="password" name="password" autocomplete="current-password" required />
    ${problem && html`<${TextField} label=${t('sign_in.totp')} hint=${t('sign_in.totp_hint')} value=${totp} onValue=${setTotp} inputmode="numeric" autocomplete="one-time-code" />`}
    <div class="actions"><${Button} kind="primary" type="submit" busy=${busy}>${t('sign_in.submit')}<//></div>
  </form>`;
}

export const SignInPage = () => html`<${Page} title=${t('sign_in.title')}><${SignInForm} /><p class="quiet">${t('sign_in.forgot')}</p><//>`;

// Over a page whose session is over: what was typed there stays.
export const SignInDialog = ({ onDone }) => html`<${Dialog} title=${t('sign_in.again')} onClose=${() => { onDone(false); me.set(null); }}>
  <p>${t('sign_in.again_about')}</p><${SignInForm} name=${me.value?.name} onDone=${() => onDone(true)} /><//>`;
