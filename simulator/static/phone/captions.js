// What is heard on one phone, in writing, and what its owner keys: the call as a conversation.

import { element, languageOf } from "./dom.js";
import { heard } from "./events.js";

const KEPT = 40;

export class Captions {
  #box;

  constructor(box, toggle) {
    this.#box = box;
    toggle.addEventListener("click", () => {
      const shown = toggle.getAttribute("aria-pressed") === "false";
      toggle.setAttribute("aria-pressed", shown);
      box.hidden = !shown;
    });
  }

  /** Add what an event lets the owner hear; a new call begins a new page. */
  add(event) {
    if (event.kind === "dialling" || event.kind === "ringing") this.#box.replaceChildren();
    const line = LINES[event.kind]?.(event);
    // A live voice comes in many parcels; one line stands for them until something else is heard.
    if (!line || (event.kind === "audio_in" && this.#box.lastChild?.className === "voice")) return;
    this.#box.append(line);
    while (this.#box.children.length > KEPT) this.#box.firstChild.remove();
    this.#box.scrollTop = this.#box.scrollHeight;
  }

  /** Show which prompt is sounding. */
  mark(url) {
    for (const line of this.#box.children) {
      line.classList.toggle("sounding", url !== "" && line.dataset.url === url);
    }
  }
}

const LINES = {
  prompt: (event) =>
    element(
      "p",
      { class: "prompt", lang: languageOf(event.text ?? ""), "data-url": event.audio_url },
      event.text ?? heard(event),
    ),
  keys: (event) => element("p", { class: "own" }, `Pressed ${[...event.digits].join(" ")}`),
  recorded: (event) => element("p", { class: "own" }, event.seconds ? "Spoke" : "Said nothing"),
  bridged: () => element("p", { class: "joined" }, "Connected"),
  audio_in: () => element("p", { class: "voice" }, "The other side speaks"),
  error: (event) => element("p", { class: "fault" }, event.message),
};
