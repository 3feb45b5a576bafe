// Telephone numbers as typed and as shown in India.

/** Return E.164 for what was typed on the keypad; short codes stay as they are. */
export function e164(typed) {
  const number = typed.replace(/[\s()-]/g, "");
  if (number.startsWith("+")) return number;
  if (number.startsWith("00")) return `+${number.slice(2)}`;
  if (/^0\d{10,}$/.test(number)) return `+91${number.slice(1)}`;
  if (/^91\d{10}$/.test(number)) return `+${number}`;
  return /^\d{10,11}$/.test(number) ? `+91${number}` : number;
}

/** Return a number as people read it: 1800 000 100, 98000 00001; what is no number stays. */
export function readable(number) {
  const national = /^\+91(\d{10,11})$/.exec(number ?? "")?.[1];
  if (!national) return number ?? "";
  if (national.startsWith("1")) return national.replace(/^(\d{4})(\d{3})(\d+)$/, "$1 $2 $3");
  return national.replace(/^(\d{5})(\d+)$/, "$1 $2");
}
