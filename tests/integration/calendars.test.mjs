// Trips as calendar programs export them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer } from './lib/server.mjs';

let server;
let people = 0;

before(async () => {
  server = await startServer();
  await server.post('/v1/domains', { name: 'example.com' });
});

after(async () => { await server?.stop(); });

const calendar = (...events) => ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Example//EN', ...events, 'END:VCALENDAR', ''].join('\r\n');
const event = (lines, { uid = 'trip-1@example.org' } = {}) =>
  ['BEGIN:VEVENT', `UID:${uid}`, 'DTSTAMP:20290101T000000Z', ...lines, 'END:VEVENT'].join('\r\n');
const PLACE = 'LOCATION:sip:me@hotel.example.net';
const DAYS = ['DTSTART;TZID=Europe/Berlin:20300701T090000', 'DTEND;TZID=Europe/Berlin:20300708T180000'];

// An address of its own, whose calendar is sent.
function person() {
  people += 1;
  const address = `sip:p${people}@example.com`;
  return {
    address, uid: `trip-${people}@example.org`,
    send: (body, query = '') => server.request('POST', `/v1/move-imports?address=${encodeURIComponent(address)}${query}`, body, { type: 'text/calendar; charset=utf-8' }),
    moves: async (state = 'scheduled,active') => (await server.get(`/v1/moves?address=${encodeURIComponent(address)}&state=${state}`)).body.items,
  };
}

const counts = ({ body: { created, updated, unchanged, skipped, failed } }) => [created, updated, unchanged, skipped, failed];

test('an exported trip becomes a move, by its UID the same one when it comes again', async () => {
  const { send, moves, uid } = person();
  const trip = event([...DAYS, PLACE, 'SUMMARY:Berlin\\, and\\nback', 'SEQUENCE:1', 'BEGIN:VALARM', 'ACTION:DISPLAY', 'SUMMARY:not this', 'TRIGGER:-PT15M', 'END:VALARM'], { uid });
  const first = await send(calendar('BEGIN:VTIMEZONE', 'TZID:Europe/Berlin', 'BEGIN:STANDARD', 'DTSTART:19701025T030000', 'TZOFFSETFROM:+0200', 'TZOFFSETTO:+0100', 'END:STANDARD', 'END:VTIMEZONE', trip));

  assert.equal(first.status, 201, first.text);
  assert.equal(first.body.format, 'ics');
  assert.deepEqual(counts(first), [1, 0, 0, 0, 0]);
  const [move] = await moves();
  assert.deepEqual([move.external_id, move.targets[0].uri, move.note], [uid, 'sip:me@hotel.example.net', 'Berlin, and back']);
  assert.deepEqual([move.starts_local, move.ends_local], ['2030-07-01T09:00:00.000+02:00', '2030-07-08T18:00:00.000+02:00']);
  assert.deepEqual(counts(await send(calendar(trip))), [0, 0, 1, 0, 0]);
});

test('a newer version changes the move, an older one is passed over, a cancelled one ends it', async () => {
  const { send, moves, uid } = person();
  const version = (sequence, end, more = []) => calendar(event(['DTSTART:20300701T090000Z', `DTEND:${end}`, PLACE, `SEQUENCE:${sequence}`, ...more], { uid }));

  await send(version(2, '20300708T180000Z'));
  assert.deepEqual(counts(await send(version(3, '20300709T180000Z'))), [0, 1, 0, 0, 0]);
  assert.deepEqual(counts(await send(version(1, '20300701T100000Z'))), [0, 0, 0, 1, 0]);
  assert.equal((await moves())[0].ends_at, '2030-07-09T18:00:00.000Z');
  assert.deepEqual(counts(await send(version(4, '20300709T180000Z', ['STATUS:CANCELLED']))), [0, 1, 0, 0, 0]);
  assert.deepEqual(await moves(), []);
  assert.deepEqual(counts(await send(version(3, '20300709T180000Z'))), [0, 0, 0, 1, 0], 'an old export brings nothing back');
});

test('a calendar with METHOD:CANCEL cancels, and what was never there is no error', async () => {
  const { send, moves, uid } = person();
  await send(calendar(event([...DAYS, PLACE], { uid })));
  assert.deepEqual(counts(await send(calendar('METHOD:CANCEL', event([...DAYS], { uid }), event(DAYS, { uid: 'never@example.org' })))), [0, 1, 1, 0, 0]);
  assert.deepEqual(await moves(), []);
});

test('days without a time are whole days, the last of them not included', async () => {
  const { send, moves, uid } = person();
  await send(calendar(event(['DTSTART;VALUE=DATE:20300701', 'DTEND;VALUE=DATE:20300704', PLACE], { uid })), '&time_zone=Asia/Jakarta');
  assert.deepEqual((await moves()).map((move) => [move.starts_local, move.ends_local]), [['2030-07-01T00:00:00.000+07:00', '2030-07-04T00:00:00.000+07:00']]);
  await send(calendar('X-WR-TIMEZONE:Europe/Berlin', event(['DTSTART;VALUE=DATE:20300801', PLACE], { uid })), '&time_zone=Asia/Jakarta');
  assert.deepEqual((await moves()).map((move) => [move.starts_local, move.ends_local]), [['2030-08-01T00:00:00.000+02:00', '2030-08-02T00:00:00.000+02:00']]);
});

for (const [what, lines, starts, ends] of [
  ['a duration', ['DTSTART:20300701T090000Z', 'DURATION:P1DT2H30M'], '2030-07-01T09:00:00.000Z', '2030-07-02T11:30:00.000Z'],
  ['weeks', ['DTSTART:20300701T090000Z', 'DURATION:P2W'], '2030-07-01T09:00:00.000Z', '2030-07-15T09:00:00.000Z'],
  ['two zones', ['DTSTART;TZID=Europe/Berlin:20300701T090000', 'DTEND;TZID=Asia/Jakarta:20300701T200000'], '2030-07-01T07:00:00.000Z', '2030-07-01T13:00:00.000Z'],
  ["Outlook's names of zones", ['DTSTART;TZID="W. Europe Standard Time":20300701T090000', 'DTEND;TZID=SE Asia Standard Time:20300701T200000'], '2030-07-01T07:00:00.000Z', '2030-07-01T13:00:00.000Z'],
  ['a zone with a prefix', ['DTSTART;TZID=/citadel.org/20210210_1/Europe/Berlin:20300701T090000', 'DTEND:20300702T000000Z'], '2030-07-01T07:00:00.000Z', '2030-07-02T00:00:00.000Z'],
  ['folded lines', ['DTST\r\n ART:2030070\r\n\t1T090000Z', 'DTEND:20300702T0000\r\n 00Z'], '2030-07-01T09:00:00.000Z', '2030-07-02T00:00:00.000Z'],
])
  test(`times are read with ${what}`, async () => {
    const { send, moves, uid } = person();
    const answer = await send(calendar(event([...lines, PLACE], { uid })));
    assert.equal(answer.status, 201, answer.text);
    assert.deepEqual((await moves()).map((move) => [move.starts_at, move.ends_at]), [[starts, ends]]);
  });

test('the target is X-SIPMOVED-TARGET, else a LOCATION that is a URI or a number, else the one for all', async () => {
  for (const [lines, target] of [
    [['X-SIPMOVED-TARGET:sip:x@example.net', PLACE], 'sip:x@example.net'],
    [['LOCATION:+62 811-234 (567)'], 'tel:+62811234567'],
    [['LOCATION:Hotel Adlon\\, Berlin'], 'sip:desk@example.net'],
    [[], 'sip:desk@example.net'],
  ]) {
    const { send, moves, uid } = person();
    assert.equal((await send(calendar(event([...DAYS, ...lines], { uid })), '&target=sip:desk@example.net')).status, 201);
    assert.equal((await moves())[0].targets[0].uri, target);
  }
});

test('what is wrong with an event is told by property; with mode=partial the others are taken', async () => {
  const { send, moves, uid } = person();
  const body = calendar(
    event([...DAYS, PLACE, 'RRULE:FREQ=DAILY'], { uid: 'a' }), event([PLACE], { uid: 'b' }), event(['DTSTART:tomorrow', 'DTEND:20300231T000000Z', PLACE], { uid: 'c' }),
    event(['DTSTART:20300701T090000Z', PLACE], { uid: 'd' }), event(['DTSTART:20300701T090000Z', 'DURATION:5 days', PLACE], { uid: 'e' }),
    event(['DTSTART;TZID=Mars/Base:20300701T090000', 'DTEND;TZID=Mars/Base:20300702T090000', PLACE], { uid: 'f' }), event([...DAYS], { uid: 'g' }),
    event(['DTSTART:20300702T090000Z', 'DTEND:20300701T090000Z', 'LOCATION:sip:me@127.0.0.1'], { uid: 'h' }), event([...DAYS, PLACE], { uid }));
  const refused = await send(body);
  const partial = await send(body, '&mode=partial');

  assert.equal(refused.status, 422);
  assert.equal(partial.status, 201);
  assert.deepEqual(counts(partial), [1, 0, 0, 0, 8]);
  assert.deepEqual(partial.body.errors.map(({ row, column, code }) => [row, column, code]), [
    [1, 'RRULE', 'BAD_FORMAT'], [2, 'DTSTART', 'MISSING_MEMBER'], [3, 'DTSTART', 'BAD_TIME'], [3, 'DTEND', 'BAD_TIME'], [4, 'DTEND', 'MISSING_MEMBER'],
    [5, 'DURATION', 'BAD_TIME'], [6, 'TZID', 'UNKNOWN_TIME_ZONE'], [7, 'LOCATION', 'MISSING_MEMBER'], [8, 'LOCATION', 'BAD_TARGET'], [8, 'DTEND', 'END_BEFORE_START']]);
  assert.equal((await moves()).length, 1);
  assert.equal(partial.body.errors[0].line, 4);
});

test('trips that are over are passed over, and end what goes on', async () => {
  const { send, moves, uid } = person();
  await send(calendar(event(['DTSTART:20200701T090000Z', 'DTEND:20300708T180000Z', PLACE], { uid })));
  assert.equal((await moves('active')).length, 1);
  assert.deepEqual(counts(await send(calendar(event(['DTSTART:20200701T090000Z', 'DTEND:20200708T180000Z', PLACE], { uid }), event(['DTSTART:20200701T090000Z', 'DTEND:20200708T180000Z', PLACE], { uid: 'over' })))), [0, 1, 1, 0, 0]);
  assert.deepEqual(await moves('active'), []);
});

test('a UID that is long, or not ASCII, is kept as its hash', async () => {
  for (const uid of [`0400${'8'.repeat(200)}`, 'Ausflug nach Köln']) {
    const { send, moves } = person();
    await send(calendar(event([...DAYS, PLACE], { uid })));
    assert.match((await moves())[0].external_id, /^uid-[0-9a-f]{64}$/);
    assert.deepEqual(counts(await send(calendar(event([...DAYS, PLACE], { uid })))), [0, 0, 1, 0, 0]);
  }
});

test('the events may say whose they are, and nobody else may', async () => {
  const made = await server.request('POST', '/v1/move-imports', calendar(event([...DAYS, PLACE, 'X-SIPMOVED-ADDRESS:sip:said@example.com'], { uid: 'said' })), { type: 'text/calendar' });
  assert.equal(made.status, 201, made.text);
  const unsaid = await server.request('POST', '/v1/move-imports', calendar(event([...DAYS, PLACE], { uid: 'unsaid' })), { type: 'text/calendar' });
  assert.deepEqual(unsaid.body.errors.map(({ column }) => column), ['X-SIPMOVED-ADDRESS']);
});

for (const [what, body] of [
  ['nothing', ' '], ['HTML', '<html>sign in: now</html>'], ['half a calendar', calendar(event(DAYS)).slice(0, -20)], ['a line without a colon', calendar('nonsense')],
  ['an END too many', `${calendar()}END:VCALENDAR\r\n`], ['components without end', Array.from({ length: 40 }, (_, i) => (i === 0 ? 'BEGIN:VCALENDAR' : 'BEGIN:X')).join('\r\n')],
])
  test(`${what} is no calendar, and changes nothing`, async () => {
    const answer = await person().send(body);
    assert.equal(answer.status, 422, answer.text);
    assert.equal(answer.body.errors.at(-1).code, 'MALFORMED_CALENDAR');
  });

test('parameters of calendars are checked, and are none of the other formats', async () => {
  const { send } = person();
  assert.equal((await send(calendar(), '&time_zone=Mars/Base')).body.errors[0].parameter, 'time_zone');
  assert.equal((await server.request('POST', '/v1/move-imports?target=sip:x@example.net', '[]', { type: 'application/json' })).status, 400);
  assert.equal((await send(calendar(event([...DAYS, PLACE], { uid: 'dry' })), '&dry_run=true')).body.created, 1);
});
