// What pages read: one object, or a list page by page.
import { useCallback, useEffect, useRef, useState } from './vendor/preact.js';
import { get, withQuery } from './http.js';

// { value, etag, problem, loading, reload() }; path null: nothing is read.
export function useResource(path) {
  const [state, setState] = useState({ loading: path !== null });
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (path === null) return undefined;
    const leaving = new AbortController();
    setState((before) => ({ ...before, loading: true }));
    get(path, { signal: leaving.signal })
      .then(({ body, etag }) => setState({ value: body, etag, loading: false }))
      .catch((problem) => { if (!leaving.signal.aborted) setState((before) => ({ ...before, problem, loading: false })); });
    return () => leaving.abort();
  }, [path, round]);
  return { ...state, reload: useCallback(() => setRound((n) => n + 1), []) };
}

// { items, more (a next page is there), loading, problem, showMore(), reload(), body (of the first page) } of a list with
// next_cursor. parameters: filters, sort, limit.
export function useList(path, parameters = {}) {
  const query = withQuery(path, parameters);
  const [state, setState] = useState({ items: [], loading: true });
  const [round, setRound] = useState(0);
  const leaving = useRef();

  const read = async (where, before) => {
    const { signal } = leaving.current;
    setState((state) => ({ ...state, loading: true, problem: undefined }));
    try {
      const { body } = await get(where, { signal });
      setState((state) => ({ items: [...before, ...body.items], cursor: body.next_cursor, body: before.length ? state.body : body, loading: false }));
    } catch (problem) {
      if (!signal.aborted) setState((state) => ({ ...state, problem, loading: false }));
    }
  };
  useEffect(() => {
    leaving.current = new AbortController();
    read(query, []);
    return () => leaving.current.abort();
  }, [query, round]);

  return {
    ...state,
    more: Boolean(state.cursor),
    showMore: () => read(withQuery(path, { ...parameters, cursor: state.cursor }), state.items),
    reload: useCallback(() => setRound((n) => n + 1), []),
  };
}

// Calls `run` every so often while the page is in sight.
export function useEvery(milliseconds, run) {
  const latest = useRef(run);
  latest.current = run;
  useEffect(() => {
    const timer = setInterval(() => { if (!document.hidden) latest.current(); }, milliseconds);
    return () => clearInterval(timer);
  }, [milliseconds]);
}

// A value that has been still for a while: for searches that run as one types.
export function useStill(value, milliseconds = 250) {
  const [still, setStill] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setStill(value), milliseconds);
    return () => clearTimeout(timer);
  }, [value, milliseconds]);
  return still;
}
