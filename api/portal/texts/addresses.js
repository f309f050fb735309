// [English, Indonesian]; see texts.js.
export default {
  'addresses.title': ['Addresses', 'Alamat'],
  'addresses.about': ['Known addresses. A caller to one that has no move now is told 480, “temporarily unavailable”; to an unknown one 404, “not found”.', 'Alamat yang dikenal. Tanpa pengalihan, penelepon menerima 480, “sementara tidak tersedia”; alamat yang tidak dikenal menerima 404, “tidak ditemukan”.'],
  'addresses.new': ['New address', 'Alamat baru'],
  'addresses.edit': ['{what}', '{what}'],
  'addresses.empty': ['No address is known here. Making a move makes its address known.', 'Belum ada alamat. Membuat pengalihan juga mendaftarkan alamatnya.'],
  'addresses.removed': ['The address is deleted', 'Alamat sudah dihapus'],
  'addresses.name': ['Address', 'Alamat'],
  'addresses.uri': ['Address', 'Alamat'],
  'addresses.uri_hint': ['name@example.com, or a number.', 'nama@example.com, atau nomor.'],
  'addresses.find': ['Address, in full', 'Alamat, lengkap'],
  'addresses.domain': ['Domain', 'Domain'],
  'addresses.number': ['number', 'nomor'],
  'addresses.note': ['Note', 'Catatan'],
  'addresses.created': ['Known since', 'Dikenal sejak'],
  'addresses.moves': ['Its moves', 'Pengalihannya'],
};
