// The extension policy while it is edited: a draft that outlives a look at another page, in what it differs from what is
// stored, and the order in which its rules are looked at.
import { store } from '../store.js';

export const MEMBERS = ['domain', 'header', 'tag', 'method', 'action', 'enabled', 'note'];
export const NEW_RULE = { domain: '*', header: 'require', tag: '', method: '*', action: 'reject', enabled: true, note: '' };

// { rules, etag, preset (of which all of them are, or null), based (the stored rules that it began with) }, or null.
export const draft = store(null);

export const begin = ({ value, etag }) => draft.set({ rules: value.rules, based: value.rules, etag, preset: null });
// What is stored now is what the draft is compared with.
export const setRules = (rules, preset = null) => draft.set({ ...draft.value, rules, preset });

export const keyOf = ({ domain, header, tag, method }) => [domain, header, tag, method].map((part) => part.toLowerCase()).join(' ');

// 1 to 4, as docs/api/option-tags.md has it.
export const LEVELS = ['exact-domain', 'exact-global', 'any-domain', 'any-global'];
export const levelOf = ({ tag, domain }) => (tag === '*' ? 2 : 0) + (domain === '*' ? 1 : 0);

const rank = (rule) => [levelOf(rule), rule.tag.toLowerCase(), rule.method === '*' ? 1 : 0, rule.method, rule.header === 'both' ? 1 : 0, rule.header];
export function inOrder(rules) {
  return [...rules].sort((one, other) => {
    const [mine, theirs] = [rank(one), rank(other)];
    const i = mine.findIndex((part, at) => part !== theirs[at]);
    return i < 0 ? 0 : mine[i] < theirs[i] ? -1 : 1;
  });
}

const isSame = (one, other) => MEMBERS.every((member) => one[member] === other[member]);

// { added, removed, changed: [{ before, after }] }
export function diff(from, to) {
  const [old, young] = [from, to].map((rules) => new Map(rules.map((rule) => [keyOf(rule), rule])));
  return {
    added: inOrder(to.filter((rule) => !old.has(keyOf(rule)))),
    removed: inOrder(from.filter((rule) => !young.has(keyOf(rule)))),
    changed: inOrder(to.filter((rule) => old.has(keyOf(rule)) && !isSame(rule, old.get(keyOf(rule)))))
      .map((after) => ({ before: old.get(keyOf(after)), after })),
  };
}

export const sizeOf = ({ added, removed, changed }) => added.length + removed.length + changed.length;

// What the draft changed, done to what somebody else stored meanwhile.
export function rebase(fresh) {
  const { rules, based } = draft.value;
  const { added, removed, changed } = diff(based, rules);
  const mine = new Map([...added, ...changed.map(({ after }) => after)].map((rule) => [keyOf(rule), rule]));
  const gone = new Set(removed.map(keyOf));
  const kept = fresh.value.rules.filter((rule) => !gone.has(keyOf(rule)) && !mine.has(keyOf(rule)));
  draft.set({ rules: [...kept, ...mine.values()], based: fresh.value.rules, etag: fresh.etag, preset: null });
}

// As PUT takes it, and simulations and replays.
export const bodyOf = ({ rules, preset }) => (preset ? { preset }
  : { rules: rules.map((rule) => Object.fromEntries(MEMBERS.map((member) => [member, rule[member]]))) });
