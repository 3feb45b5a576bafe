// One feed of events for the whole page.
//
// A browser opens at most six connections to a server, over all its tabs. One event stream for each
// phone would use them up at three tabs of two phones, and every key press would then hang; so the
// page reads the carrier's whole log over a single long poll and hands each event to its phone.

import { eventsAfter } from "./api.js";

const WAIT_S = 20;
const PAUSE_MS = 30; // a burst of events comes as one answer, not as one answer each
const PAUSE_AFTER_FAILURE_MS = 2_000;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Call `onHistory(events)` with all that happened before, then `onEvent(event)` for each later one, and
 * `onLink(isUp)` whenever the carrier is lost or found again. Never returns.
 *
 * A carrier that was lost may have been restarted and count its events anew, so its history is told
 * again when it is found.
 */
export async function follow({ onHistory, onEvent, onLink }) {
  let last = null;
  let up = true;
  for (;;) {
    try {
      const events = await eventsAfter(last ?? 0, last === null ? 0 : WAIT_S);
      if (!up) onLink((up = true));
      if (last === null) onHistory(events);
      else events.forEach(onEvent);
      last = events.at(-1)?.id ?? last ?? 0;
      await pause(PAUSE_MS);
    } catch {
      if (up) onLink((up = false));
      last = null;
      await pause(PAUSE_AFTER_FAILURE_MS);
    }
  }
}
