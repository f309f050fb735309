// [English, Indonesian]; see texts.js.
export default {
  'my_calls.about': ['Who called you, and what they were told.', 'Siapa yang menelepon Anda, dan apa jawaban yang mereka dapat.'],
  'my_calls.when': ['When', 'Kapan'],
  'my_calls.caller': ['Caller', 'Penelepon'],
  'my_calls.address': ['Your address', 'Alamat Anda'],
  'my_calls.outcome': ['What happened', 'Yang terjadi'],
  'my_calls.within': ['Show', 'Tampilkan'],
  'my_calls.within.day': ['Last 24 hours', '24 jam terakhir'],
  'my_calls.within.week': ['Last 7 days', '7 hari terakhir'],
  'my_calls.within.month': ['Last 30 days', '30 hari terakhir'],
  'my_calls.any': ['All', 'Semua'],
  'my_calls.redirected': ['Sent to where I am', 'Diteruskan ke tempat saya'],
  'my_calls.not_available': ['Not redirected', 'Tidak dialihkan'],
  'my_calls.refused': ['Refused', 'Ditolak'],
  'my_calls.none': ['No calls in this time.', 'Tidak ada panggilan dalam kurun ini.'],
};
