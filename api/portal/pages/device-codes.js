// Codes from a device beside the password (TOTP): turned on with a QR code and a first code, off with the password.
import { html, useState } from '../vendor/preact.js';
import { Button, Card, faultAt, Note, ProblemNote, Source, Tag, TextField, t, toast } from '../kit.js';
import { post } from '../http.js';
import { QrCode } from '../secret.js';
import { me, restore } from '../session.js';
import { useStore } from '../store.js';

const once = { isOnce: true };

function AskPassword({ action, run }) {
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState(null);
  const submit = (event) => { event.preventDefault(); run(password).catch(setProblem); };
  return html`<form class="narrow" onSubmit=${submit}><${ProblemNote} problem=${problem} labels=${{ '/password': t('sign_in.password') }} />
    <${TextField} label=${t('sign_in.password')} type="password" autocomplete="current-password" value=${password} onValue=${setPassword} error=${faultAt(problem, '/password')} required />
    <div class="actions"><${Button} type="submit">${action}<//></div></form>`;
}

function FirstCode({ begun, onOn }) {
  const [code, setCode] = useState('');
  const [problem, setProblem] = useState(null);
  const submit = async (event) => {
    event.preventDefault();
    try {
      onOn((await post('/v1/me/totp/confirmations', { code: code.replaceAll(' ', '') }, once)).body.recovery_codes);
    } catch (thrown) { setProblem(thrown); }
  };
  return html`<p>${t('codes.scan')}</p><${QrCode} text=${begun.uri} label=${t('codes.qr')} />
    <p>${t('codes.by_hand')}</p><${Source} text=${begun.secret} label=${t('codes.secret')} />
    <form class="narrow" onSubmit=${submit}><${ProblemNote} problem=${problem} labels=${{ '/code': t('codes.code') }} />
      <${TextField} label=${t('codes.code')} hint=${t('codes.code_hint')} value=${code} onValue=${setCode} inputmode="numeric" autocomplete="one-time-code" error=${faultAt(problem, '/code')} required />
      <div class="actions"><${Button} kind="primary" type="submit">${t('codes.confirm')}<//></div></form>`;
}

export function DeviceCodes() {
  const { has_totp: isOn } = useStore(me);
  const [begun, setBegun] = useState(null);
  const [recovery, setRecovery] = useState(null);
  const begin = async (password) => setBegun((await post('/v1/me/totp', { password }, once)).body);
  const turnOff = async (password) => {
    await post('/v1/me/totp/removals', { password }, once);
    setRecovery(null);
    toast(t('codes.now_off'));
    await restore();
  };
  const turnedOn = async (codes) => { setRecovery(codes); setBegun(null); await restore(); };
  return html`<${Card} title=${t('codes.title')}>
    <p>${isOn ? html`<${Tag} kind="good">${t('codes.on')}<//>` : html`<${Tag}>${t('codes.off')}<//>`} ${t('codes.about')}</p>
    ${recovery && html`<${Note} kind="warn"><p>${t('codes.recovery')}</p><//><${Source} text=${recovery.join('\n')} label=${t('codes.recovery_codes')} />`}
    ${begun ? html`<${FirstCode} begun=${begun} onOn=${turnedOn} />`
      : html`<details><summary>${t(isOn ? 'codes.turn_off' : 'codes.turn_on')}</summary><div class="inside">
        <${AskPassword} key=${isOn} action=${t(isOn ? 'codes.turn_off' : 'codes.go_on')} run=${isOn ? turnOff : begin} /></div></details>`}<//>`;
}
