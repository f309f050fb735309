// The time of the redirect log that is looked at: { when: 'hour', 'day', 'week' or 'span', from, until }.
export const HOURS = { hour: 1, day: 24, week: 168 };

// { from, until (Unix milliseconds), isOpen (it has no end: what comes belongs to it) }
export function spanOf({ when, from, until }, now) {
  if (when !== 'span') return { from: now - (HOURS[when] ?? HOURS.day) * 3600000, until: now, isOpen: true };
  const start = Date.parse(from);
  const end = Date.parse(until);
  return { from: start || (end || now) - HOURS.day * 3600000, until: end || now, isOpen: !end };
}
