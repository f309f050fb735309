// [English, Indonesian]; see texts.js.
export default {
  'password.new': ['New password', 'Kata sandi baru'],
  'password.hint': ['8 to 128 characters; a few words are good.', '8 sampai 128 karakter; beberapa kata sudah cukup.'],
  'password.show': ['Show it', 'Tampilkan'],
};
