// The carrier's event log at the foot of the page.

import { element, languageOf, timeOf } from "./dom.js";
import { finePrint, inWords } from "./events.js";
import { readable } from "./numbers.js";

const KEPT_ROWS = 500;

export class EventLog {
  #root;
  #body;
  #scroller;
  #count;
  #filter;
  #paused = false;
  #held = [];

  constructor(root) {
    const part = (id) => root.querySelector(`[data-testid="event-${id}"]`);
    this.#root = root;
    this.#body = root.querySelector("tbody");
    this.#scroller = root.querySelector(".rows");
    this.#count = part("count");
    this.#filter = part("filter");
    this.#filter.addEventListener("input", () => this.#refilter());
    part("clear").addEventListener("click", () => this.clear());
    part("pause").addEventListener("click", ({ currentTarget }) => this.#pause(currentTarget));
  }

  add(events) {
    if (this.#paused) this.#held = [...this.#held, ...events].slice(-KEPT_ROWS);
    else this.#append(events);
    this.#recount();
  }

  clear() {
    this.#held = [];
    this.#body.replaceChildren();
    this.#recount();
  }

  #append(events) {
    // A reader who has scrolled up is reading: only one who is at the end is taken along.
    const { scrollTop, clientHeight, scrollHeight } = this.#scroller;
    const atEnd = scrollTop + clientHeight >= scrollHeight - 8;
    for (const event of events.slice(-KEPT_ROWS)) {
      if (!this.#isOneMoreParcel(event)) this.#body.append(this.#row(event));
    }
    while (this.#body.rows.length > KEPT_ROWS) this.#body.rows[0].remove();
    if (atEnd) this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  /** A live voice comes in many parcels: one row stands for those that follow each other. */
  #isOneMoreParcel({ kind, phone }) {
    const last = this.#body.lastElementChild?.dataset;
    return kind === "audio_in" && last?.kind === kind && last.phone === phone;
  }

  #row(event) {
    const words = inWords(event);
    const line = event.phone ? readable(event.phone) : (event.call ?? "").slice(-6);
    const row = element(
      "tr",
      { "data-testid": "event-row", "data-kind": event.kind, "data-phone": event.phone ?? "" },
      element("td", { title: event.at }, timeOf(event.at)),
      element("td", { title: event.call ?? "" }, line),
      element("td", {}, element("span", { class: "kind" }, event.kind)),
      element("td", { lang: languageOf(words) }, ...withFinePrint(words, finePrint(event))),
    );
    row.hidden = !this.#matches(row);
    return row;
  }

  #matches(row) {
    const wanted = this.#filter.value.trim().toLowerCase();
    return !wanted || `${row.dataset.phone} ${row.textContent}`.toLowerCase().includes(wanted);
  }

  #refilter() {
    for (const row of this.#body.rows) row.hidden = !this.#matches(row);
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#recount();
  }

  #pause(button) {
    this.#paused = !this.#paused;
    button.setAttribute("aria-pressed", this.#paused);
    if (!this.#paused) this.#append(this.#held.splice(0));
    this.#recount();
  }

  #recount() {
    const shown = [...this.#body.rows].filter((row) => !row.hidden).length;
    const held = this.#held.length ? `, ${this.#held.length} waiting` : "";
    this.#count.textContent = `${shown} event${shown === 1 ? "" : "s"}${held}`;
  }

  set linked(isUp) {
    this.#root.classList.toggle("lost", !isUp);
    if (isUp) this.#recount();
    else this.#count.textContent = "The carrier does not answer; trying again…";
  }
}

function withFinePrint(words, print) {
  if (!print) return [words];
  return [element("details", {}, element("summary", {}, words), element("pre", {}, print))];
}
