// A value that pages watch: store(1) has .value, .set(2) and .watch(fn) -> stop.
import { useEffect, useState } from './vendor/preact.js';

export function store(initial) {
  const watchers = new Set();
  const self = {
    value: initial,
    set(value) {
      if (value === self.value) return;
      self.value = value;
      for (const watcher of [...watchers]) watcher(value);
    },
    watch(watcher) {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
  };
  return self;
}

// Of a component: the value, and drawn again whenever it changes.
export function useStore(watched) {
  const [, draw] = useState(0);
  useEffect(() => watched.watch(() => draw((n) => n + 1)), [watched]);
  return watched.value;
}

// What this browser remembers between visits; nothing secret. Without storage it lasts as long as the page.
export function kept(name, initial, isGood = () => true) {
  const key = `sipmoved.${name}`;
  let value = initial;
  try {
    const text = localStorage.getItem(key);
    if (text !== null && isGood(JSON.parse(text))) value = JSON.parse(text);
  } catch { /* storage is off, or holds what is none of ours: the initial value */ }
  const self = store(value);
  self.watch((fresh) => {
    try { localStorage.setItem(key, JSON.stringify(fresh)); } catch { /* as above */ }
  });
  return self;
}
