// The first minute: a first move, a call to try it, and the call as it comes in.
import { html, useEffect, useState } from '../vendor/preact.js';
import { Button, Card, faultAt, Loading, Note, Page, ProblemNote, Source, TextField, t } from '../kit.js';
import { bare, moment, toUri, visible } from '../format.js';
import { post } from '../http.js';
import { useResource } from '../lists.js';
import { href } from '../router.js';
import { addTexts } from '../texts.js';
import texts from '../texts/setup.js';
import { outcome } from './call-words.js';

addTexts(texts);

function FirstMove({ onMade }) {
  const [address, setAddress] = useState('sip:alice@example.com');
  const [target, setTarget] = useState('sip:alice@hotel.example.net');
  const [problem, setProblem] = useState(null);
  const submit = async (event) => {
    event.preventDefault();
    try {
      onMade((await post('/v1/moves?on_conflict=replace', { address: toUri(address), targets: [{ uri: toUri(target) }] })).body);
    } catch (thrown) { setProblem(thrown); }
  };
  return html`<form class="narrow" onSubmit=${submit}>
    <${ProblemNote} problem=${problem} labels=${{ '/address': t('welcome.address'), '/targets/0/uri': t('welcome.target') }} />
    <${TextField} label=${t('welcome.address')} hint=${t('welcome.address_hint')} value=${address} onValue=${setAddress} error=${faultAt(problem, '/address')} autocapitalize="none" spellcheck=${false} required />
    <${TextField} label=${t('welcome.target')} value=${target} onValue=${setTarget} error=${faultAt(problem, '/targets', { deep: true })} autocapitalize="none" spellcheck=${false} required />
    <div class="actions"><${Button} kind="primary" type="submit">${t('welcome.move')}<//></div></form>`;
}

// "udp:0.0.0.0:5060" -> { host, port } that a caller beside this browser reaches.
function reachable(listener) {
  const [, host, port] = listener.match(/^udp:(.*):(\d+)$/) ?? [];
  if (!host) return undefined;
  return { host: /^(0\.0\.0\.0|\[?::\]?)$/.test(host) ? location.hostname : host, port };
}

// sipp's own scenario calls the server it sends to; here it is to call somebody at the domain.
const sippLine = (user, host, at) =>
  `sipp -sd uac | sed 's/@\\[remote_ip\\]:\\[remote_port\\]/@${host}/' > call.xml\nsipp -sf call.xml -s ${user} -m 1 ${at.host}:${at.port}`;

function TestCall({ address, target }) {
  const nodes = useResource('/v1/nodes');
  if (!nodes.value) return html`<${ProblemNote} problem=${nodes.problem} />${nodes.loading && html`<${Loading} />`}`;
  const at = nodes.value.items.flatMap(({ listeners }) => listeners).map(reachable).find(Boolean);
  if (!at) return html`<${Note} kind="warn"><p>${t('welcome.no_udp')}</p><//>`;
  const [user, host] = bare(address).split('@');
  return html`<p>${t('welcome.call')}</p>
    <h3>sipp</h3><${Source} label="sipp" text=${sippLine(user, host, at)} />
    <p class="quiet">${t('welcome.sipp_says')}</p>
    <h3>baresip</h3><${Source} label="baresip" text=${`baresip -s -e "/uanew <sip:caller@caller.invalid>;regint=0;outbound=\\"sip:${at.host}:${at.port}\\"" -e "/dial ${address}" -t 5`} />
    <p class="quiet">${t('welcome.baresip_says', { target: html`<bdi>${visible(bare(target))}</bdi>` })}</p>`;
}

// The first call to the address, as soon as it is logged.
function useCall(address) {
  const [call, setCall] = useState(null);
  useEffect(() => {
    if (!address) return undefined;
    const stream = new EventSource(`/v1/redirect-logs/stream?${new URLSearchParams({ address })}`);
    stream.onmessage = ({ data }) => setCall(JSON.parse(data));
    return () => stream.close();
  }, [address]);
  return call;
}

const Came = ({ call }) => html`<${Note} kind="good"><p><strong>${t('welcome.came')}</strong></p>
  <p>${t('welcome.came_about', { time: moment(call.received_at), outcome: html`<span>${outcome(call)}</span>` })}</p><//>`;

export function WelcomePage() {
  const [move, setMove] = useState(null);
  const call = useCall(move?.address);
  return html`<${Page} title=${t('welcome.title')} about=${t('welcome.about')}>
    <${Card} title=${t('welcome.first')} kind=${move ? 'good' : 'info'}>
      ${move ? html`<p class="state" role="status">${t('welcome.moved', { address: html`<strong>${bare(move.address)}</strong>`, target: html`<strong>${bare(move.targets[0].uri)}</strong>` })}</p>`
        : html`<${FirstMove} onMade=${setMove} />`}<//>
    ${move && html`<${Card} title=${t('welcome.second')} kind=${call ? 'good' : 'info'}><${TestCall} address=${move.address} target=${move.targets[0].uri} />
      <div role="status">${call ? html`<${Came} call=${call} />` : html`<p class="state">${t('welcome.waiting')}</p>`}</div><//>`}
    <p><a class=${call ? 'button primary' : undefined} href=${href('/dashboard')}>${t(call ? 'welcome.on' : 'welcome.skip')}</a></p><//>`;
}
