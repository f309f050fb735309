// The link that a first start prints: the first administrator is made, and is in.
import { html, useState } from '../vendor/preact.js';
import { Button, faultAt, Page, ProblemNote, TextField, t } from '../kit.js';
import { post } from '../http.js';
import { go } from '../router.js';
import { restore } from '../session.js';
import { addTexts } from '../texts.js';
import texts from '../texts/setup.js';
import { NewPassword } from './password.js';

addTexts(texts);

export function SetupPage({ token }) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event) => {
    event.preventDefault();
    setBusy(true);
    try {
      await post('/v1/setups', { token, name, password }, { isOnce: true, staysOut: true });
      await restore();
      go('/welcome', { replaces: true });
    } catch (thrown) {
      setProblem(thrown);
      setBusy(false);
    }
  };
  return html`<${Page} title=${t('setup.title')} about=${t('setup.about')}><form class="narrow" onSubmit=${submit}>
    <${ProblemNote} problem=${problem} labels=${{ '/name': t('setup.name'), '/password': t('sign_in.password'), '/token': t('setup.link') }} />
    ${problem?.status === 404 && html`<p>${t('setup.link_over')}</p>`}
    <${TextField} label=${t('setup.name')} hint=${t('setup.name_hint')} value=${name} onValue=${setName} error=${faultAt(problem, '/name')}
      name="username" autocomplete="username" autocapitalize="none" spellcheck=${false} maxlength="63" required />
    <${NewPassword} value=${password} onValue=${setPassword} error=${faultAt(problem, '/password')} label=${t('sign_in.password')} />
    <div class="actions"><${Button} kind="primary big" type="submit" busy=${busy}>${t('setup.submit')}<//></div></form><//>`;
}
