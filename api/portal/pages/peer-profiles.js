// How redirects are written for callers that come from somewhere: a profile a network or listener.
import { html } from '../vendor/preact.js';
import { Card, Page, Tag, t } from '../kit.js';
import { ANSWER_STYLE } from '../answer-style.js';
import { visible } from '../format.js';
import { useResource } from '../lists.js';
import { Objects } from '../objects.js';
import { may } from '../session.js';
import { addTexts, hasText } from '../texts.js';
import texts from '../texts/peer-profiles.js';

addTexts(texts);

const PRESETS = ['', 'generic', 'asterisk', 'freeswitch', 'baresip', 'kamailio', 'twilio'];
const BEGIN = [
  { name: 'name', text: 'profiles.name', maxlength: 63 },
  { name: 'preset', text: 'profiles.preset', as: 'select', options: PRESETS },
  { name: 'network', text: 'profiles.network', spellcheck: false },
  { name: 'listener', text: 'profiles.listener', spellcheck: false },
  { name: 'enabled', text: 'profiles.enabled', as: 'check' },
  { name: 'note', text: 'profiles.note', as: 'note', maxlength: 500 },
];
// A new one takes its style from a preset; without one, from its own members.
const NEW = [...BEGIN, ...ANSWER_STYLE.map((field) => ({ ...field, when: ({ preset }) => preset === '' }))];
const EDIT = [...BEGIN.filter(({ name }) => name !== 'preset'), ...ANSWER_STYLE];
const PLAIN = { enabled: true, preset: 'generic', answer_style: { contacts_max: 8, contact_expires: 'off' } };

const columns = () => [
  { key: 'network', label: t('profiles.network'), cell: ({ network }) => network ?? t('profiles.any') },
  { key: 'listener', label: t('profiles.listener'), cell: ({ listener }) => listener ?? t('profiles.any') },
  { key: 'preset', label: t('profiles.preset'), cell: ({ preset }) => preset ?? t('profiles.own') },
  { key: 'enabled', label: t('profiles.enabled'), cell: ({ enabled }) => html`<${Tag} kind=${enabled ? 'good' : 'plain'}>${t(enabled ? 'kit.yes' : 'kit.no')}<//>` },
  { key: 'note', label: t('profiles.note'), cell: ({ note }) => html`<bdi>${visible(note)}</bdi>` },
];

// A preset that there are no words for here is told as the server has it, in English.
const presetText = ({ name, text }) => (hasText(`profiles.preset_about.${name}`) ? t(`profiles.preset_about.${name}`) : text);

function Presets() {
  const { value } = useResource('/v1/peer-profiles/presets');
  return html`<${Card} title=${t('profiles.presets')}><dl class="facts">${value?.items.map((preset) => html`<div key=${preset.name}>
    <dt>${preset.name}</dt><dd>${presetText(preset)}</dd></div>`)}</dl><//>`;
}

export const PeerProfilesPage = () => html`<${Objects} frame=${Page} words="profiles" path="/v1/peer-profiles" parameters=${{ limit: 100 }} columns=${columns()} fields=${NEW} editFields=${EDIT}
  initial=${PLAIN} nameOf=${(row) => visible(row.name)} mayWrite=${may('system:admin')} /><${Presets} />`;
