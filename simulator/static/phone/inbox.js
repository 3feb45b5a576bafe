// The messages of one phone, newest first, which one is chosen, and which have been read.

export class Inbox {
  #key;

  /** What was read is remembered by this browser: the carrier does not know it. */
  constructor(number) {
    this.#key = `doorvani.read.${number}`;
    this.messages = [];
    this.selected = 0;
  }

  /** Take the carrier's list; the message that was chosen stays chosen. */
  fill(messages) {
    const chosen = this.current?.sid;
    this.messages = messages.toSorted((a, b) => b.at.localeCompare(a.at));
    this.selected = Math.max(0, this.messages.findIndex(({ sid }) => sid === chosen));
  }

  get current() {
    return this.messages[this.selected];
  }

  get unread() {
    const read = this.read;
    return this.messages.filter(({ sid }) => !read.has(sid)).length;
  }

  get read() {
    return new Set(JSON.parse(localStorage.getItem(this.#key) ?? "[]"));
  }

  open(sid) {
    this.selected = this.messages.findIndex((message) => message.sid === sid);
    // Only what is still in the inbox is kept, so that the list does not grow for ever.
    const kept = [...this.read].filter((old) => this.messages.some((message) => message.sid === old));
    localStorage.setItem(this.#key, JSON.stringify([...kept, sid]));
  }

  move(step) {
    const count = this.messages.length;
    if (count) this.selected = (this.selected + step + count) % count;
  }
}
