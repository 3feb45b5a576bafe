// Elements without markup in strings: whatever a caller or a message says stays text.

/** Return a new element. A key of `attributes` that starts with "on" is a listener. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child != null));
  return made;
}

/** Return the language tag of a text by its script, so that fonts and screen readers fit it. */
export const languageOf = (text) => (/\p{Script=Devanagari}/u.test(text) ? "hi" : "en-IN");

/** Return m:ss. */
export function clockOf(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** Return the wall time of an event, HH:MM:SS in the reader's zone; hours and minutes if `short`. */
export const timeOf = (at, { short = false } = {}) =>
  new Date(at).toLocaleTimeString("en-GB", {
    hour: "2-digit",
    minute: "2-digit",
    ...(short ? {} : { second: "2-digit" }),
  });
