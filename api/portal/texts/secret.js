// [English, Indonesian]; see texts.js.
export default {
  'secret.once': ['This is shown once. Copy it now: nobody can read it again.', 'Ini hanya ditampilkan sekali. Salin sekarang: tidak ada yang dapat membacanya lagi.'],
};
