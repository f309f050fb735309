// Systems that tell of travels: each with its secret and its mapping; one of them with its tester and its latest events.
import { html, useState } from '../vendor/preact.js';
import { Button, Card, Confirm, CopyButton, Dialog, Facts, Loading, Page, ProblemNote, Tag, t } from '../kit.js';
import { visible } from '../format.js';
import { draftOf } from '../forms.js';
import { patch } from '../http.js';
import { useList, useResource } from '../lists.js';
import { EditForm, ListOf, NewDialog, RemoveButton } from '../objects.js';
import { go, href } from '../router.js';
import { Said } from '../said.js';
import { Secret } from '../secret.js';
import { addTexts } from '../texts.js';
import texts from '../texts/inbound-sources.js';
import { InboundEvents } from './inbound-events.js';
import { Tester } from './inbound-tester.js';
import { exampleOf } from './mapping-examples.js';

addTexts(texts);

const PATH = '/v1/inbound-sources';
const KINDS = ['bearer', 'standard-webhooks', 'github', 'stripe', 'slack', 'hmac', 'slack-command'];
const isHmac = ({ kind }) => kind === 'hmac';
const signsTime = ({ kind }) => ['standard-webhooks', 'stripe', 'slack', 'slack-command'].includes(kind);
const isMapped = ({ kind }) => kind !== 'slack-command';

const fields = (isNew) => [
  { name: 'name', text: 'inbound.name', required: true, maxlength: 63 },
  { name: 'kind', text: 'inbound.kind', as: 'select', options: KINDS, disabled: !isNew },
  { name: 'header', text: 'inbound.header', when: isHmac, maxlength: 63, spellcheck: false },
  { name: 'prefix', text: 'inbound.prefix', when: isHmac, maxlength: 31, spellcheck: false },
  { name: 'encoding', text: 'inbound.encoding', when: isHmac, as: 'select', options: ['hex', 'base64'] },
  { name: 'algorithm', text: 'inbound.algorithm', when: isHmac, as: 'select', options: ['sha256', 'sha512'] },
  ...(isNew ? [{ name: 'secret', text: 'inbound.own_secret', maxlength: 255, spellcheck: false, autocomplete: 'off' }] : []),
  { name: 'mapping', text: 'inbound.mapping', when: isMapped, as: 'json', required: true, rows: 10, example: ({ kind }) => exampleOf(kind).mapping },
  { name: 'on_conflict', text: 'inbound.on_conflict', when: isMapped, as: 'select', options: ['fail', 'replace'] },
  { name: 'dedupe_header', text: 'inbound.dedupe_header', when: isMapped, maxlength: 63, spellcheck: false },
  { name: 'dedupe_pointer', text: 'inbound.dedupe_pointer', when: isMapped, maxlength: 127, spellcheck: false },
  { name: 'window_seconds', text: 'inbound.window', when: signsTime, as: 'number', min: 1, max: 3600 },
  { name: 'note', text: 'inbound.note', as: 'note', maxlength: 500 },
  { name: 'enabled', text: 'inbound.enabled', as: 'check' },
];
const NEW = fields(true);
const EDIT = fields(false);
const INITIAL = { kind: 'bearer', enabled: true, on_conflict: 'fail', encoding: 'hex', algorithm: 'sha256' };

const nameOf = ({ name }) => visible(name);
const addressOf = ({ url, path }) => url ?? `${location.origin}${path}`;
const EnabledTag = ({ enabled }) => html`<${Tag} kind=${enabled ? 'good' : 'warn'}>${t(enabled ? 'inbound.on' : 'inbound.off')}<//>`;
const SecretDialog = ({ of, onClose }) => html`<${Dialog} title=${t('inbound.secret_of', { what: nameOf(of) })} onClose=${onClose}>
  <${Secret} text=${of.secret} label=${t('inbound.secret')}><p class="hint">${t('inbound.secret_about')}</p><//><//>`;

const columns = () => [
  { key: 'name', kind: 'wide', label: t('inbound.name'), cell: (row) => html`<a href=${href(`/inbound-sources/${row.id}`)}><${Said} text=${row.name} /></a>` },
  { key: 'kind', label: t('inbound.kind'), cell: ({ kind }) => t(`inbound.kind.${kind}`) },
  { key: 'enabled', label: t('inbound.state'), cell: (row) => html`<${EnabledTag} enabled=${row.enabled} />` },
  { key: 'note', label: t('inbound.note'), cell: ({ note }) => html`<${Said} text=${note} />` },
];

export function InboundSourcesPage() {
  const list = useList(PATH, { limit: 200 });
  const [isNew, setNew] = useState(false);
  const [made, setMade] = useState(null);
  // A secret that was given is not shown.
  const show = (source) => { setNew(false); if (source.secret) setMade(source); else go(`/inbound-sources/${source.id}`); };
  return html`<${Page} title=${t('inbound.title')} about=${t('inbound.about')} actions=${html`<${Button} kind="primary" data-key="n" onClick=${() => setNew(true)}>${t('inbound.new')}<//>`}>
    <${ListOf} list=${list} caption=${t('inbound.title')} columns=${columns()} empty=${t('inbound.empty')} />
    ${isNew && html`<${NewDialog} title=${t('inbound.new')} path=${PATH} fields=${NEW} initial=${INITIAL} isOnce onClose=${() => setNew(false)} onMade=${show} />`}
    ${made && html`<${SecretDialog} of=${made} onClose=${() => go(`/inbound-sources/${made.id}`)} />`}
  <//>`;
}

const factsOf = (source) => [
  [t('inbound.state'), html`<${EnabledTag} enabled=${source.enabled} />`],
  [t('inbound.address'), html`<code>${addressOf(source)}</code> <${CopyButton} text=${addressOf(source)} label=${t('inbound.copy_address')} />`],
  [t('inbound.kind'), t(`inbound.kind.${source.kind}`)],
  [t('inbound.note'), source.note && html`<${Said} text=${source.note} />`],
  [t('inbound.on_conflict'), isMapped(source) && t(`inbound.on_conflict.${source.on_conflict}`)],
].filter(([, value]) => value);

const EditDialog = ({ path, source, onClose, onSaved }) => html`<${Dialog} kind="wide" title=${t('inbound.edit_one', { what: nameOf(source) })} onClose=${onClose}>
  <${EditForm} path=${path} fields=${EDIT} onClose=${onClose} onSaved=${onSaved} actions=${(editor) => html`<${RemoveButton} path=${path}
    editor=${{ ...editor, begun: draftOf(EDIT, editor.stored) }} fields=${EDIT} asks=${t('inbound.remove_asks', { what: nameOf(source) })}
    done=${t('inbound.removed')} onDone=${() => go('/inbound-sources')} />`} /><//>`;

export function InboundSourcePage({ id }) {
  const path = `${PATH}/${id}`;
  const { value: source, etag, problem, reload } = useResource(path);
  const [opened, open] = useState(null);
  const [made, setMade] = useState(null);
  const close = () => open(null);
  if (!source) return html`<${Page} title=${t('inbound.title')}>${problem ? html`<${ProblemNote} problem=${problem} />` : html`<${Loading} />`}<//>`;
  const renew = async () => { setMade((await patch(path, { secret: null }, { etag, isOnce: true })).body); reload(); };
  return html`<${Page} title=${nameOf(source)}><p><a href=${href('/inbound-sources')}>${t('inbound.all')}</a></p>
    <${Card} title=${t('inbound.source')}><${Facts} of=${factsOf(source)} /><p class="hint">${t(`inbound.sends.${source.kind}`)}</p>
      <div class="actions"><${Button} onClick=${() => open('edit')}>${t('inbound.edit')}<//><${Button} onClick=${() => open('secret')}>${t('inbound.renew')}<//></div><//>
    ${isMapped(source) && html`<${Tester} path=${path} example=${exampleOf(source.kind).payload} />`}
    <${InboundEvents} path=${path} />
    ${opened === 'edit' && html`<${EditDialog} path=${path} source=${source} onClose=${close} onSaved=${() => { close(); reload(); }} />`}
    ${opened === 'secret' && html`<${Confirm} title=${t('inbound.renew_asks', { what: nameOf(source) })} action=${t('inbound.renew')} run=${renew} onClose=${close}><p>${t('inbound.renew_about')}</p><//>`}
    ${made && html`<${SecretDialog} of=${made} onClose=${() => setMade(null)} />`}
  <//>`;
}
