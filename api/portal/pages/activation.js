// A link that somebody was given: they set their password with it, and are in.
import { html, useState } from '../vendor/preact.js';
import { Button, faultAt, Page, ProblemNote, t } from '../kit.js';
import { post } from '../http.js';
import { go, href } from '../router.js';
import { restore, signIn } from '../session.js';
import { addTexts } from '../texts.js';
import texts from '../texts/activation.js';
import { NewPassword } from './password.js';
import signInTexts from '../texts/sign-in.js';

addTexts(texts);
addTexts(signInTexts);

export function ActivationPage({ token }) {
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event) => {
    event.preventDefault();
    setBusy(true);
    try {
      const { body } = await post('/v1/activations', { token, password }, { isOnce: true, staysOut: true });
      await signIn({ name: body.name, password }).catch(restore);
      go('/', { replaces: true });
    } catch (thrown) {
      setProblem(thrown);
      setBusy(false);
    }
  };
  if (problem?.status === 404) {
    return html`<${Page} title=${t('activation.over')}><p>${t('activation.over_about')}</p>
      <p><a href=${href('/sign-in')}>${t('sign_in.submit')}</a></p><//>`;
  }
  return html`<${Page} title=${t('activation.title')} about=${t('activation.about')}><form class="narrow" onSubmit=${submit}>
    <${ProblemNote} problem=${problem} labels=${{ '/password': t('password.new'), '/token': t('activation.link') }} />
    <${NewPassword} value=${password} onValue=${setPassword} error=${faultAt(problem, '/password')} />
    <div class="actions"><${Button} kind="primary" type="submit" busy=${busy}>${t('activation.submit')}<//></div></form><//>`;
}
