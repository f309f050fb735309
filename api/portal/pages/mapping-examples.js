// Of each kind of source what it may send, and a mapping that makes a move of it: to begin with.
const TARGET = 'sip:reception@example.net';

// A calendar's event, as automation tools hand it on.
const calendar = {
  mapping: [
    { to: 'action', from: '/status', map: { cancelled: 'cancel', '*': 'upsert' } },
    { to: 'external_id', from: '/id' },
    { to: 'user_email', from: '/creator/email' },
    { to: 'target', from: '/location', regex_extract: '(sips?:\\S+|tel:\\+?\\d+)' },
    { to: 'target', default: TARGET },
    { to: 'starts_at', from: '/start/dateTime' },
    { to: 'starts_at', from: '/start/date', type: 'date' },
    { to: 'ends_at', from: '/end/dateTime' },
    { to: 'ends_at', from: '/end/date', type: 'date' },
    { to: 'time_zone', from: '/start/timeZone' },
    { to: 'note', from: '/summary' },
  ],
  payload: {
    id: '7rq2c0sdlkbp', status: 'confirmed', summary: 'Lisbon', location: 'Hotel, sip:alice@lisbon.example.net', creator: { email: 'alice@example.com' },
    start: { dateTime: '2035-05-06T09:00:00+02:00', timeZone: 'Europe/Berlin' }, end: { dateTime: '2035-05-10T18:00:00+02:00', timeZone: 'Europe/Berlin' },
  },
};

// A leave tool of whole days.
const leave = {
  mapping: [
    { to: 'action', from: '/status', map: { approved: 'upsert', rejected: 'cancel', '*': 'ignore' } },
    { to: 'external_id', concat: ['leave-', { from: '/id' }] },
    { to: 'user_email', from: '/employee/email', lower: true },
    { to: 'target', from: '/reachable_at' },
    { to: 'target', default: TARGET },
    { to: 'starts_at', from: '/first_day', type: 'date' },
    { to: 'ends_at', from: '/last_day', type: 'date_end' },
    { to: 'time_zone', default: 'Europe/Berlin' },
  ],
  payload: { id: 7, status: 'approved', employee: { email: 'alice@example.com' }, first_day: '2035-06-01', last_day: '2035-06-05', reachable_at: 'sip:alice@hotel.example.net' },
};

const standard = {
  mapping: [
    { to: 'action', from: '/type', map: { 'trip.cancelled': 'cancel', '*': 'upsert' } },
    { to: 'external_id', from: '/data/id' },
    { to: 'user_email', from: '/data/traveller' },
    { to: 'target', from: '/data/phone' },
    { to: 'starts_at', from: '/data/starts_at' },
    { to: 'ends_at', from: '/data/ends_at' },
    { to: 'note', from: '/data/city' },
  ],
  payload: {
    type: 'trip.booked', timestamp: '2035-01-01T00:00:00Z',
    data: { id: 'trip-1', traveller: 'alice@example.com', phone: 'tel:+6221555010', city: 'Jakarta', starts_at: '2035-07-01T09:00:00Z', ends_at: '2035-07-05T18:00:00Z' },
  },
};

const stripe = {
  mapping: [
    { to: 'action', from: '/type', map: { 'booking.cancelled': 'cancel', '*': 'upsert' } },
    { to: 'external_id', from: '/data/object/id' },
    { to: 'user_email', from: '/data/object/metadata/email' },
    { to: 'target', default: TARGET },
    { to: 'starts_at', from: '/data/object/starts', type: 'unix_seconds' },
    { to: 'ends_at', from: '/data/object/ends', type: 'unix_seconds' },
  ],
  payload: { id: 'evt_1', type: 'booking.created', data: { object: { id: 'bkg_1', starts: 2070000000, ends: 2070360000, metadata: { email: 'alice@example.com' } } } },
};

// Somebody's status: a palm tree is away, until the status ends by itself.
const slack = {
  mapping: [
    { to: 'action', from: '/event/user/profile/status_emoji', map: { ':palm_tree:': 'upsert', '': 'cancel', '*': 'ignore' } },
    { to: 'external_id', concat: ['slack-', { from: '/event/user/id' }] },
    { to: 'user_email', from: '/event/user/profile/email' },
    { to: 'target', default: TARGET },
    { to: 'ends_at', from: '/event/user/profile/status_expiration', type: 'unix_seconds' },
    { to: 'note', from: '/event/user/profile/status_text' },
  ],
  payload: {
    type: 'event_callback', event_id: 'Ev1',
    event: { type: 'user_profile_changed', user: { id: 'U1', profile: { email: 'alice@example.com', status_emoji: ':palm_tree:', status_text: 'On leave', status_expiration: 2070000000 } } },
  },
};

const EXAMPLES = { bearer: calendar, 'standard-webhooks': standard, github: leave, stripe, slack, hmac: leave };

export const exampleOf = (kind) => EXAMPLES[kind] ?? {};
