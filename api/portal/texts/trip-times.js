// [English, Indonesian]; see texts.js.
export default {
  'times.both': ['{time} in {city} is {time_here} in {city_here}.', '{time} di {city} adalah {time_here} di {city_here}.'],
  'times.left.day.one': ['{count} day left', 'sisa {count} hari'],
  'times.left.day.other': ['{count} days left', 'sisa {count} hari'],
  'times.left.hour.one': ['{count} hour left', 'sisa {count} jam'],
  'times.left.hour.other': ['{count} hours left', 'sisa {count} jam'],
  'times.left.minute.one': ['{count} minute left', 'sisa {count} menit'],
  'times.left.minute.other': ['{count} minutes left', 'sisa {count} menit'],

  'zone.label': ['Time zone', 'Zona waktu'],
  'zone.hint': ['Type a city to search: Jakarta, Berlin, New York.', 'Ketik nama kota untuk mencari: Jakarta, Berlin, New York.'],
  'zone.unknown': ['There is no such time zone. Choose one from the list.', 'Zona waktu tidak dikenal. Pilih dari daftar.'],
};
