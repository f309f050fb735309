// What happened to a call, in plain words.
import { html, t } from '../kit.js';
import { bare } from '../format.js';
import { addTexts } from '../texts.js';
import texts from '../texts/call-words.js';

addTexts(texts);

const TOLD = [404, 420, 480];

// targets: URIs. What a caller got, or would get: { status, targets }; status null: no answer.
export function outcome({ status, targets }) {
  if (status >= 300 && status < 400)
    return t('call.sent_to', { target: html`<strong>${targets.map(bare).join(', ')}</strong>` });
  if (!status) return t('call.no_answer');
  return TOLD.includes(status) ? t(`call.told.${status}`) : t('call.told.other', { status: String(status) });
}

// '"Budi" <sip:budi@a.example>;tag=1' -> "Budi (budi@a.example)"
export function callerName(from) {
  const uri = bare(from?.match(/<([^>]*)>/)?.[1] ?? from?.split(';')[0] ?? '');
  const name = from?.match(/^\s*"?([^"<]*?)"?\s*</)?.[1];
  return name && name !== uri ? `${name} (${uri})` : uri || t('call.anonymous');
}
