// [English, Indonesian]; see texts.js.
export default {
  'unfollowed.title': ['Redirects that were not followed', 'Pengalihan yang tidak diikuti'],
  'unfollowed.about': ['Phones and trunks that probably take a redirect for a failure: no confirmation (ACK) came, or the same caller called again within a minute. A person who dials again looks the same, so judge by the share.', 'Telepon dan trunk yang mungkin menganggap pengalihan sebagai kegagalan: tidak ada konfirmasi (ACK), atau penelepon yang sama menelepon lagi dalam satu menit. Orang yang menelepon ulang tampak sama, jadi lihat porsinya.'],
  'unfollowed.source': ['Came from', 'Datang dari'],
  'unfollowed.agent': ['User agent', 'User agent'],
  'unfollowed.share': ['Not followed', 'Tidak diikuti'],
  'unfollowed.of': ['{unfollowed} of {redirected} ({share})', '{unfollowed} dari {redirected} ({share})'],
  'unfollowed.of_few': ['{unfollowed} of {redirected}, too few to judge', '{unfollowed} dari {redirected}, terlalu sedikit untuk dinilai'],
  'unfollowed.again': ['Called again', 'Menelepon lagi'],
  'unfollowed.no_ack': ['No ACK', 'Tanpa ACK'],
  'unfollowed.last': ['Last', 'Terakhir'],
  'unfollowed.example': ['Example', 'Contoh'],
  'unfollowed.see': ['See a call', 'Lihat panggilan'],
  'unfollowed.empty': ['Every redirect of this time seems to have been followed.', 'Semua pengalihan pada waktu ini tampaknya diikuti.'],
  'unfollowed.what_to_do': ['What to do: the phone or trunk may have a switch for redirection (“follow 302”). Else let its calls pass through a proxy that follows redirects itself.', 'Yang bisa dilakukan: telepon atau trunk mungkin punya setelan pengalihan (“follow 302”). Jika tidak, lewatkan panggilannya melalui proxy yang mengikuti pengalihan.'],
};
