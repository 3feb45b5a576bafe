// What stands on the small screen: one scene at a time, drawn from the phone's state.

import { clockOf, element, languageOf, timeOf } from "./dom.js";
import { digitsWanted, outcome } from "./events.js";
import { readable } from "./numbers.js";

const today = () =>
  new Date().toLocaleDateString("en-IN", { weekday: "short", day: "numeric", month: "short" });

const centred = (...parts) => element("div", { class: "scene centred" }, ...parts);
const peerOf = (number) => element("p", { class: "peer", "data-testid": "peer" }, readable(number));
const statusOf = (text) =>
  element("p", { class: "status", "data-testid": "status", role: "status" }, text);

export class Screen {
  #view;
  #labels;
  #envelope;
  #unread;
  #openMic;
  #drawn = "";
  #idle;

  /** actions: {typed(), open(sid)}; `number` is the input that stays over all scenes. */
  constructor(root, actions) {
    this.#view = root.querySelector(".view");
    this.#labels = root.querySelectorAll(".soft-labels span");
    this.#envelope = root.querySelector(".envelope");
    this.#unread = root.querySelector('[data-testid="unread"]');
    this.#openMic = root.querySelector(".open-mic");
    this.actions = actions;
    this.number = element("input", {
      class: "dial-number",
      "data-testid": "dial-number",
      type: "tel",
      inputmode: "none",
      autocomplete: "off",
      maxlength: 20,
      placeholder: "Type a number",
      "aria-label": "Number to call",
      oninput: actions.typed,
    });
    this.#idle = this.#idleScene();
  }

  /** Draw `phone`: {line, inbox, view, mic, softKeys}. */
  draw(phone) {
    const { unread } = phone.inbox;
    this.#envelope.hidden = unread === 0;
    this.#unread.textContent = unread;
    this.#openMic.hidden = phone.mic !== "open";
    phone.softKeys.forEach(({ label }, i) => (this.#labels[i].textContent = label));
    // A scene is made anew only when it shows something else, so that focus and scrolling stay.
    const key = sceneKey(phone);
    if (key !== this.#drawn) {
      this.#view.replaceChildren(this.#scene(phone));
      this.#view.querySelector("textarea")?.focus();
    }
    this.#drawn = key;
    this.tick(phone);
  }

  /** Move the clocks on. */
  tick({ line }) {
    this.#idle.classList.toggle("dialled", this.number.value !== "");
    const timer = this.#view.querySelector(".timer");
    if (timer) timer.textContent = clockOf((Date.now() - line.since) / 1000);
    const tape = this.#view.querySelector(".tape");
    if (tape) tape.textContent = clockOf((Date.now() - line.task.since) / 1000);
    const clock = this.#view.querySelector(".clock");
    if (clock) clock.textContent = timeOf(Date.now(), { short: true });
  }

  scroll(step) {
    this.#view.scrollBy({ top: step * 48 });
  }

  get message() {
    const part = (id) => this.#view.querySelector(`[data-testid="${id}"]`);
    return { to: part("sms-to")?.value.trim(), text: part("sms-text")?.value.trim() };
  }

  #scene(phone) {
    const { line, view, inbox } = phone;
    if (view === "list") return this.#listScene(inbox);
    if (view === "read") return readScene(inbox.current);
    if (view === "write") return writeScene(inbox.current?.from ?? "");
    return line.mode === "idle" ? this.#idle : SCENES[line.mode](line, phone);
  }

  #idleScene() {
    return centred(
      element("p", { class: "operator" }, "Doorvani"),
      element("p", { class: "clock" }),
      element("p", { class: "date" }, today()),
      this.number,
    );
  }

  #listScene({ messages, selected, read }) {
    if (!messages.length) return centred(element("p", {}, "No messages"));
    const items = messages.map((message, i) =>
      element(
        "li",
        {
          "data-testid": "sms-item",
          "data-sid": message.sid,
          "data-unread": String(!read.has(message.sid)),
          "aria-current": i === selected ? "true" : null,
          class: i === selected ? "selected" : null,
          onclick: () => this.actions.open(message.sid),
        },
        element("b", {}, read.has(message.sid) ? "" : "● ", readable(message.from)),
        element("time", {}, timeOf(message.at, { short: true })),
        element("span", { lang: languageOf(message.body) }, message.body),
      ),
    );
    const list = element("ul", { class: "scene", "data-testid": "inbox", "aria-label": "Messages" });
    list.append(...items);
    requestAnimationFrame(() => items[selected]?.scrollIntoView({ block: "nearest" }));
    return list;
  }
}

function sceneKey({ line, view, inbox, mic }) {
  const { messages, selected, read } = inbox;
  if (view === "list") return JSON.stringify([view, messages.map(({ sid }) => sid), selected, [...read]]);
  if (view === "read") return JSON.stringify([view, inbox.current.sid]);
  if (view === "write") return view;
  return JSON.stringify([line, line.mode === "talking" && mic]);
}

const SCENES = {
  calling: (line) => centred(statusOf("Calling…"), peerOf(line.peer)),
  ringing: (line) =>
    centred(
      element("p", { class: "bell", "aria-hidden": "true" }, "☎"),
      statusOf("Incoming call"),
      peerOf(line.peer),
    ),
  talking: (line, { mic }) =>
    centred(
      peerOf(line.peer),
      element("p", { class: "timer", "data-testid": "timer" }),
      taskScene(line.task, mic),
      element("p", { class: "typed", "data-testid": "typed" }, line.typed),
    ),
  ended: (line) =>
    centred(
      statusOf("Call ended"),
      peerOf(line.peer),
      element("p", {}, line.lasted ? clockOf(line.lasted) : outcome(line.outcome)),
    ),
};

function taskScene(task, mic) {
  if (task?.kind === "gathering") return statusOf(`Key in ${digitsWanted(task.maxDigits)}`);
  if (task?.kind === "bridged") return statusOf(`With ${readable(task.peer)}`);
  if (task?.kind !== "recording") return statusOf("Listen…");
  return element(
    "p",
    { class: "status taping", "data-testid": "status", role: "status" },
    element("i", { "aria-hidden": "true" }),
    mic === "off" ? "Rec – mic is off " : "Speak now ",
    element("span", { class: "tape", "aria-hidden": "true" }),
  );
}

const readScene = (message) =>
  element(
    "div",
    { class: "scene message", tabindex: "-1" },
    element("p", { class: "from" }, element("b", { "data-testid": "sms-from" }, readable(message.from))),
    element("time", {}, `${new Date(message.at).toLocaleDateString("en-IN")} ${timeOf(message.at, { short: true })}`),
    element("p", { class: "body", lang: languageOf(message.body), "data-testid": "sms-body" }, message.body),
  );

const writeScene = (to) =>
  element(
    "div",
    { class: "scene write" },
    element("input", { type: "tel", "data-testid": "sms-to", "aria-label": "To", placeholder: "To", value: to }),
    element("textarea", {
      "data-testid": "sms-text",
      "aria-label": "Message",
      placeholder: "Message",
      maxlength: 1600,
    }),
  );
