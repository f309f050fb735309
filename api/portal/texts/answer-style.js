// [English, Indonesian]; see texts.js.
export default {
  'style.status': ['Status', 'Status'],
  'style.status.none': ['302, and 301 for moves for good', '302, dan 301 untuk pengalihan permanen'],
  'style.status.300': ['Always 300', 'Selalu 300'],
  'style.status.302': ['Always 302', 'Selalu 302'],
  'style.contacts_max': ['At most so many targets', 'Paling banyak sekian tujuan'],
  'style.contacts_max_hint': ['1 to 8; the best ones by q.', '1 sampai 8; yang terbaik menurut q.'],
  'style.one_header': ['All targets in one Contact line', 'Semua tujuan dalam satu baris Contact'],
  'style.contact_expires': ['How long a target is good', 'Berapa lama tujuan berlaku'],
  'style.contact_expires.off': ['For this call alone', 'Hanya untuk panggilan ini'],
  'style.contact_expires.next_change': ['Until the move changes', 'Sampai pengalihan berubah'],
  'style.diversion': ['Say who forwarded: Diversion (RFC 5806)', 'Sebutkan siapa yang mengalihkan: Diversion (RFC 5806)'],
  'style.history_info': ['History-Info (RFC 7044)', 'History-Info (RFC 7044)'],
  'style.cause': ['Put the cause into the target (RFC 4458)', 'Cantumkan cause pada tujuan (RFC 4458)'],
  'style.contact_template': ['What each target becomes', 'Bentuk akhir tiap tujuan'],
  'style.contact_template_hint': ['Empty: as it is. {user}, {host}, {port} and {params} stand for its parts: sip:{user}@gw.example.net', 'Kosong: apa adanya. {user}, {host}, {port} dan {params} mewakili bagiannya: sip:{user}@gw.example.net'],
};
