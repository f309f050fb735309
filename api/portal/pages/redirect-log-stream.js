// The redirect log as it is written (server-sent events). The browser itself comes back after a break, and is told what it
// missed; where it gives up (the session is over, there is no room), we ask once in words, and then begin again.
import { useEffect, useRef, useState } from '../vendor/preact.js';
import { get, withQuery } from '../http.js';

const KEPT_MAX = 500;
// Many calls a second are shown a few times a second.
const SHOW_EVERY_MS = 100;

// { records (newest first), waiting (how many came while paused), dropped, state: 'off', 'connecting' or 'open', forget() };
// onLost: it could not go on where it was, so that the log is to be read again.
export function useStream(path, parameters, { isOn, isPaused, onLost }) {
  const url = isOn ? withQuery(path, parameters) : null;
  const [records, setRecords] = useState([]);
  const [dropped, setDropped] = useState(0);
  const [state, setState] = useState('off');
  const [round, setRound] = useState(0);
  const [waiting, setWaiting] = useState([]);
  const paused = useRef(isPaused);
  paused.current = isPaused;

  // Both: newest first.
  const put = (list, fresh) => {
    const ids = new Set(fresh.map(({ id }) => id));
    return [...fresh, ...list.filter(({ id }) => !ids.has(id))].slice(0, KEPT_MAX);
  };
  useEffect(() => {
    if (!isPaused && waiting.length > 0) {
      setRecords((list) => put(list, waiting));
      setWaiting([]);
    }
  }, [isPaused]);
  useEffect(() => {
    setRecords([]);
    setWaiting([]);
    setDropped(0);
  }, [url]);
  useEffect(() => {
    if (!url) { setState('off'); return undefined; }
    const leaving = new AbortController();
    const events = new EventSource(url);
    let come = [];
    const show = () => {
      const fresh = come;
      come = [];
      (paused.current ? setWaiting : setRecords)((list) => put(list, fresh));
    };
    setState('connecting');
    events.onopen = () => setState('open');
    events.onmessage = ({ data }) => {
      if (come.length === 0) setTimeout(() => { if (!leaving.signal.aborted) show(); }, SHOW_EVERY_MS);
      come = put(come, [JSON.parse(data)]);
    };
    events.addEventListener('gap', ({ data }) => setDropped((sum) => sum + JSON.parse(data).dropped));
    events.onerror = async () => {
      setState('connecting');
      if (events.readyState !== EventSource.CLOSED) return;
      try { await get('/v1/redirect-logs?limit=1', { signal: leaving.signal }); } catch { return; }
      setTimeout(() => { if (!leaving.signal.aborted) { onLost(); setRound((n) => n + 1); } }, 3000);
    };
    return () => { leaving.abort(); events.close(); };
  }, [url, round]);

  return { records, waiting: waiting.length, dropped, state, forget: () => { setRecords([]); setDropped(0); } };
}
