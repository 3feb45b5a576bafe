// Events in words, for the log of a phone and for the carrier's event log.

import { readable } from "./numbers.js";

const NAME_SHOWN = 60;
const seconds = (value) => `${Number(value).toFixed(1)} s`;
const quoted = (text) => `“${text}”`;
const WORDS = {
  dialling: (e) => `Dials ${readable(e.to)}`,
  ringing: (e) => `Rings: call from ${readable(e.from)}`,
  ringback: (e) => `Hears ring-back: ${[e.to].flat().map(readable).join(", ")} rings`,
  answered: () => "Answered",
  prompt: (e) => `${heard(e)}${e.seconds ? ` (${seconds(e.seconds)})` : ""}`,
  gathering: (e) => `Line waits for ${digitsWanted(e.max_digits)}, ${e.timeout_s} s`,
  keys: (e) => `Presses ${[...e.digits].join(" ")}`,
  joined: (e) => `Joins the conference ${e.conference}`,
  gathered: (e) => (e.digits ? `Keys received: ${e.digits}` : "No key was pressed"),
  recording: (e) => `Line records, ${e.max_s} s at most`,
  recorded: (e) => (e.seconds ? `Recorded ${seconds(e.seconds)}` : "Nothing was said"),
  bridged: (e) => `Connected with ${readable(e.with)}`,
  audio_in: () => "Hears the other side",
  silence: (e) => `Silence${e.seconds ? `, ${seconds(e.seconds)}` : ""}`,
  hangup: (e) => `Call ended: ${outcome(e.reason)}`,
  sms: (e) => `SMS from ${readable(e.from)}: ${quoted(e.body)}`,
  error: (e) => `Error: ${e.message}`,
  warning: (e) => `Warning: ${e.message}`,
  webhook: exchanged,
  callback: exchanged,
  rest: exchanged,
  message: (e) => `SMS ${readable(e.from)} → ${readable(e.to)}: ${e.status}`,
};

const OUTCOMES = {
  completed: "over",
  "no-answer": "no answer",
  canceled: "given up",
  not_in_service: "number not in service",
};

/** Return one HTTP exchange in words; what a callback tells is what changed, so it is named. */
function exchanged({ url, path, method, params, status, error, ms }) {
  const place = path ?? new URL(url).pathname;
  const told = TOLD.map((name) => params?.[name]).filter(Boolean).flat().join(", ");
  const came = error ? `failed: ${error.message}` : status;
  return `${method} ${place}${told && ` (${told})`} → ${came}, ${Math.round(ms)} ms`;
}

const TOLD = ["Digits", "CallStatus", "DialCallStatus", "MessageStatus", "Status", "RecordingDuration"];
const SHOWN_ELSEWHERE = new Set(["id", "at", "kind", "phone", "call"]);

/** Return what a prompt event lets the owner hear; of a recording only its address is known here. */
export const heard = (event) => (event.text ? quoted(event.text) : `♪ ${fileOf(event)}`);

/** Return the name of the gateway's file; the simulator serves it under an address of its own. */
function fileOf({ audio_url: url }) {
  const original = new URL(new URL(url, location.href).searchParams.get("url") ?? url, location.href);
  const name = decodeURIComponent(original.pathname).replace(/^\//, "");
  return name.length > NAME_SHOWN ? `${name.slice(0, NAME_SHOWN)}…` : name;
}

export const digitsWanted = (count) =>
  count == null ? "digits" : `${count} digit${count === 1 ? "" : "s"}`;

/** Return why a call ended, in words. */
export const outcome = (reason) => OUTCOMES[reason] ?? (reason || "over").replaceAll("_", " ");

/** Return an event in words; a kind without words of its own shows its facts. */
export const inWords = (event) => WORDS[event.kind]?.(event) ?? facts(event);

/** Return the fine print of an HTTP exchange: its parameters and its answer; "" for all else. */
export function finePrint({ params = {}, answer = "" }) {
  const told = Object.entries(params).filter(([, value]) => value !== "");
  const lines = told.map(([name, value]) => `${name} = ${[value].flat().join(", ")}`);
  return [...lines, answer].filter(Boolean).join("\n");
}

function facts(event) {
  return Object.entries(event)
    .filter(([name, value]) => !SHOWN_ELSEWHERE.has(name) && value !== null && value !== "")
    .map(([name, value]) => `${name}=${typeof value === "object" ? JSON.stringify(value) : value}`)
    .join("  ");
}
