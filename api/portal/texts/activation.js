// [English, Indonesian]; see texts.js.
export default {
  'activation.title': ['Set your password', 'Buat kata sandi Anda'],
  'activation.about': ['This link is good for one use.', 'Tautan ini berlaku sekali pakai.'],
  'activation.link': ['Link', 'Tautan'],
  'activation.submit': ['Set it and sign in', 'Simpan dan masuk'],
};
