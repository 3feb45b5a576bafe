// The page: one phone for each section, one event log, one feed for them all.

import { EventLog } from "./journal.js";
import { follow } from "./feed.js";
import { readable } from "./numbers.js";
import { Phone } from "./phone.js";
import { isSilenced, unsilence } from "./sound.js";

const { tollFree, missedCall } = document.body.dataset;
const HISTORY_SHOWN = 200;

for (const place of document.querySelectorAll("[data-e164]")) {
  place.textContent = readable(place.dataset.e164);
}

const phones = new Map(
  [...document.querySelectorAll(".phone")].map((root) => [
    root.dataset.number,
    new Phone(root, { tollFree, missedCall }),
  ]),
);
const log = new EventLog(document.querySelector("#event-log"));

follow({
  onHistory(events) {
    log.clear();
    log.add(events.slice(-HISTORY_SHOWN));
    for (const [number, phone] of phones) {
      phone.remember(events.filter((event) => event.phone === number));
    }
  },
  onEvent(event) {
    log.add([event]);
    phones.get(event.phone)?.live(event);
  },
  onLink: (isUp) => (log.linked = isUp),
});

const hint = document.querySelector(".sound-hint");
const showHint = () => (hint.hidden = !isSilenced());
for (const gesture of ["pointerdown", "keydown"]) {
  document.addEventListener(gesture, () => unsilence().then(showHint), { capture: true });
}
showHint();
