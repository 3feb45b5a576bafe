// The carrier's phone API over HTTP. Every call answers with JSON, or throws an Error that says why.

const PATIENCE_MS = 20_000;

async function request(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { signal: AbortSignal.timeout(PATIENCE_MS), ...options });
  } catch (error) {
    throw new Error("The carrier does not answer. Is the simulator running?", { cause: error });
  }
  const text = await response.text();
  if (!response.ok) throw new Error(refusalOf(text) ?? `The carrier answered ${response.status}.`);
  return text ? JSON.parse(text) : null;
}

function refusalOf(text) {
  try {
    const body = JSON.parse(text);
    return body.message ?? body.error ?? null;
  } catch {
    return null;
  }
}

const post = (path, body) =>
  request(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body ?? {}),
  });

/** Return what one phone can do; `number` is E.164. */
export function phoneApi(number) {
  const root = `/phones/${encodeURIComponent(number)}`;
  return {
    state: () => request(root),
    dial: (to) => post(`${root}/dial`, { to }),
    missedCall: (to) => post(`${root}/missed_call`, { to }),
    answer: () => post(`${root}/answer`),
    reject: () => post(`${root}/reject`),
    hangup: () => post(`${root}/hangup`),
    keys: (digits) => post(`${root}/keys`, { digits }),
    sms: (to, body) => post(`${root}/sms`, { to, body }),
    say: (wav) =>
      request(`${root}/audio`, {
        method: "POST",
        headers: { "Content-Type": "audio/wav" },
        body: wav,
      }),
  };
}

/** Return the carrier's events later than `after`, waiting up to `wait` seconds for the first. */
export const eventsAfter = (after, wait) =>
  request(`/log?after=${after}&wait=${wait}`, {
    signal: AbortSignal.timeout(wait * 1000 + PATIENCE_MS),
  });
