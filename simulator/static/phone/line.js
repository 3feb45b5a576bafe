// The state of one phone's line, as a function of its events: no element, no sound, no network.

export const IDLE = Object.freeze({
  mode: "idle", // idle | calling | ringing | talking | ended
  peer: "", // the other party's number
  since: null, // when talking began, in ms
  task: null, // {kind: gathering | recording | bridged, ...} while the line waits for something
  typed: "", // keys pressed since the line began to speak
  outcome: "", // why it ended
  lasted: 0, // seconds of talk
});

/** Return the line as the carrier describes it (GET /phones/<number>). */
export function fromState({ state, call }, line) {
  if (state === "idle") return line.mode === "ended" ? line : IDLE;
  if (state === "ringing") return { ...IDLE, mode: "ringing", peer: call.with };
  const mode = call.status === "in-progress" ? "talking" : "calling";
  const known = line.mode === mode ? line : { ...IDLE, mode, since: Date.now() };
  return { ...known, peer: call.with };
}

const STEPS = {
  dialling: (_line, event) => ({ ...IDLE, mode: "calling", peer: event.to }),
  ringing: (_line, event) => ({ ...IDLE, mode: "ringing", peer: event.from }),
  answered: (line, event) => ({ ...line, mode: "talking", since: Date.parse(event.at) }),
  // The carrier speaks to a bridged leg only when the bridge is over.
  prompt: (line) => ({ ...line, task: null, typed: "" }),
  gathering: (line, event) => ({
    ...line,
    task: { kind: "gathering", maxDigits: event.max_digits },
  }),
  keys: (line, event) => ({ ...line, typed: line.typed + event.digits }),
  gathered: (line) => ({ ...line, task: null }),
  recording: (line, event) => ({
    ...line,
    typed: "",
    task: { kind: "recording", maxS: event.max_s, since: Date.parse(event.at) },
  }),
  recorded: (line) => ({ ...line, task: null }),
  bridged: (line, event) => ({ ...line, typed: "", task: { kind: "bridged", peer: event.with } }),
  hangup: (line, event) => ({
    ...line,
    mode: "ended",
    task: null,
    outcome: event.reason,
    lasted: line.since === null ? 0 : (Date.parse(event.at) - line.since) / 1000,
  }),
};

/** Return the line after `event`; events that say nothing about the line leave it as it is. */
export const next = (line, event) => STEPS[event.kind]?.(line, event) ?? line;
