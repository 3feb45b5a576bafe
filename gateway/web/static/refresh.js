// Keeps parts of a page current: fetches a part's own page and swaps it in only when it differs, so
// that nothing flickers and a reader's place, focus and typing stay. Without scripts, a link does it.

const LONGEST_WAIT_MS = 60_000;
// A form's token is another in every answer, and no news.
const TOKEN = /name="csrf_token" value="[^"]*"/g;

function keepCurrent(part) {
  const every = Number(part.dataset.every) * 1000;
  let shown = null;
  let wait = every;

  function inUse() {
    const audio = part.querySelector("audio");
    return part.contains(document.activeElement) || (audio && !audio.paused);
  }

  async function look() {
    if (!document.hidden && !inUse()) {
      try {
        const answer = await fetch(part.dataset.refresh, { headers: { Accept: "text/html" } });
        if (answer.redirected || answer.status === 401) {
          location.reload(); // the session has ended: show the sign-in page
          return;
        }
        if (!answer.ok) throw new Error(String(answer.status));
        const text = await answer.text();
        const said = text.replace(TOKEN, "");
        if (said !== shown) part.innerHTML = text;
        shown = said;
        wait = every;
      } catch {
        wait = Math.min(wait * 2, LONGEST_WAIT_MS); // the server is away: ask less often
      }
    }
    setTimeout(look, wait);
  }
  setTimeout(look, every);
}

document.querySelectorAll("[data-refresh]").forEach(keepCurrent);
