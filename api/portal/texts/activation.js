// [English, Indonesian]; see texts.js.
export default {
  'activation.title': ['Set your password', 'Buat kata sandi Anda'],
  'activation.about': ['This link is good for one use.', 'Tautan ini berlaku sekali pakai.'],
  'activation.link': ['Link', 'Tautan'],
  'activation.over': ['This link was used, or is too old', 'Tautan ini sudah dipakai, atau terlalu lama'],
  'activation.over_about': ['If you have set a password with it, sign in. Else ask an administrator for a new link.', 'Jika Anda sudah membuat kata sandi dengannya, silakan masuk. Jika belum, minta tautan baru kepada administrator.'],
  'activation.submit': ['Set it and sign in', 'Simpan dan masuk'],
};
