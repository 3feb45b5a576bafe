// The keys of a handset, under a finger, a mouse or a keyboard.

const LONG_PRESS_MS = 600;
const DIGIT = /^[0-9*#+]$/;
const KEYBOARD = {
  Enter: "enter",
  Escape: "escape",
  Backspace: "back",
  ArrowUp: "up",
  ArrowDown: "down",
};
// In a field of the screen these still belong to the phone; all else is for writing.
const ALSO_IN_FIELDS = new Set(["Enter", "Escape"]);

/** Call onDigit(0-9, *, #, +) and onKey(name): left, right, up, down, call, hangup, enter, escape, back. */
export function listenToKeys(handset, { onDigit, onKey }) {
  // A press with the mouse must not leave the focus on a key, or Enter would press it again.
  handset.addEventListener("pointerdown", (event) => {
    if (!event.target.closest("button")) return;
    event.preventDefault();
    handset.focus({ preventScroll: true });
  });
  handset.addEventListener("keydown", (event) => onKeyDown(event, { onDigit, onKey }));
  for (const button of handset.querySelectorAll("[data-key]")) {
    button.addEventListener("click", () => onKey(button.dataset.key));
  }
  for (const button of handset.querySelectorAll("[data-digit]")) {
    if (button.dataset.digit === "0") listenToZero(button, onDigit);
    else button.addEventListener("click", () => onDigit(button.dataset.digit));
  }
}

function onKeyDown(event, { onDigit, onKey }) {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const writes = target.matches("input, textarea");
  const belongsToTarget = key === "Enter" && target.matches("button, textarea");
  if (belongsToTarget || (writes && !ALSO_IN_FIELDS.has(key))) return;
  if (key in KEYBOARD) onKey(KEYBOARD[key]);
  else if (DIGIT.test(key)) onDigit(key);
  else return;
  event.preventDefault();
}

/** A long press on 0 gives +, as on every such phone. */
function listenToZero(button, onDigit) {
  let timer;
  let long = false;
  button.addEventListener("pointerdown", () => {
    long = false;
    timer = setTimeout(() => {
      long = true;
      onDigit("+");
    }, LONG_PRESS_MS);
  });
  for (const end of ["pointerup", "pointerleave", "pointercancel"]) {
    button.addEventListener(end, () => clearTimeout(timer));
  }
  button.addEventListener("click", () => {
    if (!long) onDigit("0");
    long = false;
  });
}
