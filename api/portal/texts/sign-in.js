// [English, Indonesian]; see texts.js.
export default {
  'sign_in.title': ['Sign in', 'Masuk'],
  'sign_in.name': ['Name', 'Nama'],
  'sign_in.password': ['Password', 'Kata sandi'],
  'sign_in.totp': ['Code', 'Kode'],
  'sign_in.totp_hint': ['From your authenticator app, or a recovery code, if your account asks for one.', 'Dari aplikasi autentikator Anda, atau kode pemulihan, jika akun Anda memintanya.'],
  'sign_in.submit': ['Sign in', 'Masuk'],
  'sign_in.forgot': ['Forgotten your password? An administrator can give you a new link.', 'Lupa kata sandi? Administrator dapat memberi Anda tautan baru.'],
  'sign_in.again': ['Your session is over', 'Sesi Anda berakhir'],
  'sign_in.again_about': ['Sign in again to go on. Nothing that you typed is lost.', 'Masuk lagi untuk melanjutkan. Tidak ada ketikan Anda yang hilang.'],
};
