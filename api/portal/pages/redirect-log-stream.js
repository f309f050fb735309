// The redirect log as it is written (server-sent events). The browser itself comes back after a break, and is told what it
// missed; where it gives up (the session is over, there is no room), we ask once in words, and then begin again.
import { useEffect, useRef, useState } from '../vendor/preact.js';
import { get, withQuery } from '../http.js';

const KEPT_MAX = 500;

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

  const put = (list, record) => [record, ...list.filter(({ id }) => id !== record.id)].slice(0, KEPT_MAX);
  useEffect(() => {
    if (!isPaused && waiting.length > 0) {
      setRecords((list) => waiting.reduceRight(put, list));
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
    setState('connecting');
    events.onopen = () => setState('open');
    events.onmessage = ({ data }) => {
      const record = JSON.parse(data);
      (paused.current ? setWaiting : setRecords)((list) => put(list, record));
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
