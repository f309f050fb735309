// [English, Indonesian]; see texts.js.
export default {
  'json.bad': ['this is not JSON: {what}', 'ini bukan JSON: {what}'],
  'json.example': ['{what}: an example', '{what}: contoh'],
  'json.begin': ['Begin with this example', 'Mulai dengan contoh ini'],
};
