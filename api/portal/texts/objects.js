// [English, Indonesian]; see texts.js.
export default {
  'objects.make': ['Make it', 'Buat'],
  'objects.made': ['Made', 'Sudah dibuat'],
  'objects.remove': ['Delete', 'Hapus'],
  'objects.no_undo': ['This cannot be undone.', 'Ini tidak dapat diurungkan.'],
};
