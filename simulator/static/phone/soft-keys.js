// The two keys below the screen: what they are called and what they do, scene by scene.

const NO_KEY = { label: "", act: () => {} };
const messages = (phone) => ({ label: "Messages", act: () => phone.show("list") });
const end = (phone) => ({ label: "End", act: () => phone.hangUp() });

/** Return [left, right] for a phone, by what its screen shows: a view, or the line's mode. */
export const SOFT_KEYS = {
  idle: (phone) => [messages(phone), phone.hasNumber ? { label: "Clear", act: () => phone.clear() } : NO_KEY],
  ended: (phone) => [messages(phone), NO_KEY],
  calling: (phone) => [NO_KEY, end(phone)],
  ringing: (phone) => [
    { label: "Answer", act: () => phone.answer() },
    { label: "Reject", act: () => phone.reject() },
  ],
  talking: (phone) => [{ label: "Mic", act: () => phone.toggleMic() }, end(phone)],
  list: (phone) => [
    phone.inbox.current
      ? { label: "Read", act: () => phone.open() }
      : { label: "Write", act: () => phone.show("write") },
    { label: "Back", act: () => phone.show("home") },
  ],
  read: (phone) => [
    { label: "Reply", act: () => phone.show("write") },
    { label: "Back", act: () => phone.show("list") },
  ],
  write: (phone) => [
    { label: "Send", act: () => phone.send() },
    { label: "Cancel", act: () => phone.show("list") },
  ],
};
