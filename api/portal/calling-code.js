// The country of a number, by its calling code (ITU-T E.164): "tel:+62 21 555" -> "62". Undefined for what is no global number.
const ONE_DIGIT = ['1', '7'];
const TWO_DIGITS = ['20', '27', '30', '31', '32', '33', '34', '36', '39', '40', '41', '43', '44', '45', '46', '47', '48', '49', '51', '52',
  '53', '54', '55', '56', '57', '58', '60', '61', '62', '63', '64', '65', '66', '81', '82', '84', '86', '90', '91', '92', '93', '94', '95', '98'];

export function callingCode(uri) {
  const digits = String(uri).match(/^(?:tel|sips?):\+(\d{4,15})(?=[@;]|$)/)?.[1];
  if (!digits) return undefined;
  if (ONE_DIGIT.includes(digits[0])) return digits[0];
  return TWO_DIGITS.includes(digits.slice(0, 2)) ? digits.slice(0, 2) : digits.slice(0, 3);
}

// The country of a number that none of the others is in; undefined if there are no others to compare with.
export function unusualCountry(uri, others) {
  const usual = others.map(callingCode).filter(Boolean);
  const code = callingCode(uri);
  return code && usual.length > 0 && !usual.includes(code) ? code : undefined;
}
