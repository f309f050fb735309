// [English, Indonesian]; see texts.js.
export default {
  'call.sent_to': ['sent to {target}', 'diteruskan ke {target}'],
  'call.no_answer': ['got no answer', 'tidak mendapat jawaban'],
  'call.told.404': ['was told: no such address', 'diberi tahu: alamat tidak ada'],
  'call.told.420': ['was refused: the phone asked for something that is not supported', 'ditolak: teleponnya meminta sesuatu yang tidak didukung'],
  'call.told.480': ['was not redirected', 'tidak dialihkan'],
  'call.told.other': ['was refused (SIP {status})', 'ditolak (SIP {status})'],
  'call.anonymous': ['unknown caller', 'penelepon tidak dikenal'],
};
