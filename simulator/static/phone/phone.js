// One phone: its keys, its line, its messages, and what its owner hears and says.

import { phoneApi } from "./api.js";
import { Captions } from "./captions.js";
import { element, languageOf, timeOf } from "./dom.js";
import { inWords } from "./events.js";
import { Inbox } from "./inbox.js";
import { listenToKeys } from "./keys.js";
import { IDLE, fromState, next } from "./line.js";
import { Mouthpiece } from "./mouthpiece.js";
import { e164 } from "./numbers.js";
import { Screen } from "./screen.js";
import { SOFT_KEYS } from "./soft-keys.js";
import { Speaker } from "./sound.js";

const ENDED_SHOWN_MS = 4_000;
const LOG_KEPT = 200;
const NOTICE_SHOWN_MS = 8_000;
const MIC_LABELS = { off: "Microphone off", armed: "Microphone on", open: "Microphone open" };

export class Phone {
  #line = IDLE;
  #view = "home";
  #lastDialled = "";
  #hungUpHere = false;
  #noted = 0;

  constructor(root, numbers) {
    this.root = root;
    this.numbers = numbers;
    this.api = phoneApi(root.dataset.number);
    this.inbox = new Inbox(root.dataset.number);
    this.screen = new Screen(root, { typed: () => this.#draw(), open: (sid) => this.open(sid) });
    this.captions = new Captions(this.#part("caption"), this.#part("caption-toggle"));
    this.speaker = new Speaker({
      volume: this.#part("volume").valueAsNumber,
      onPlaying: (url) => {
        root.dataset.playing = url;
        this.captions.mark(url);
      },
    });
    this.mouthpiece = new Mouthpiece({
      say: this.api.say,
      onLevel: (level) => (this.#part("mic-level").value = level),
      onChange: () => this.#draw(),
      onProblem: (message) => this.#notice(message),
    });
    this.#listen();
    setInterval(() => this.screen.tick({ line: this.#line }), 500);
    this.#draw();
  }

  /** Take over what happened before the page was open, without a sound. */
  async remember(events) {
    this.#part("call-log").replaceChildren();
    this.#line = IDLE;
    for (const event of events) this.#note(event);
    if (this.#line.mode === "ended") this.#line = IDLE;
    await this.#synchronise();
  }

  /** Live through one event. */
  live(event) {
    this.#note(event);
    if (event.kind === "sms") this.#synchronise();
    if (event.kind === "dialling" || event.kind === "ringing") this.#view = "home";
    this.#sound(event);
    if (event.kind === "hangup") this.#rest();
    this.#draw();
  }

  #part(id) {
    return this.root.querySelector(`[data-testid="${id}"]`);
  }

  #note(event) {
    this.#noted += 1;
    this.#line = next(this.#line, event);
    this.captions.add(event);
    // Parcels of a live voice would drown everything else.
    if (event.kind === "audio_in") return;
    const words = inWords(event);
    const log = this.#part("call-log");
    log.append(
      element(
        "li",
        { "data-testid": "call-log-item", "data-kind": event.kind, lang: languageOf(words) },
        element("time", {}, timeOf(event.at)),
        words,
      ),
    );
    while (log.children.length > LOG_KEPT) log.firstChild.remove();
  }

  async #synchronise() {
    const noted = this.#noted;
    const state = await this.#try(() => this.api.state());
    if (!state) return;
    // What happened while the answer was on its way is newer than the answer.
    if (noted !== this.#noted) return this.#synchronise();
    this.#line = fromState(state, this.#line);
    this.inbox.fill(state.inbox);
    this.#draw();
  }

  #sound(event) {
    const { speaker } = this;
    const sounds = {
      dialling: () => speaker.stop(),
      ringing: () => [speaker.stop(), speaker.ring()],
      ringback: () => speaker.ringback(),
      answered: () => speaker.hush(),
      prompt: () => [speaker.hush(), speaker.play(event.audio_url)],
      recording: () => event.beep && speaker.beep(),
      bridged: () => [speaker.hush(), speaker.stop()],
      audio_in: () => speaker.voice(event.audio_url),
      keys: () => speaker.stop(),
      sms: () => speaker.message(),
      // Whoever hangs up hears nothing more; the other hears the last words to their end.
      hangup: () => [this.#hungUpHere && speaker.stop(), speaker.ended()],
    };
    sounds[event.kind]?.();
  }

  #rest() {
    this.#hungUpHere = false;
    const ended = this.#line;
    setTimeout(() => {
      if (this.#line !== ended) return;
      this.#line = IDLE;
      this.#draw();
    }, ENDED_SHOWN_MS);
  }

  #draw() {
    const { mode, task } = this.#line;
    const listening = task?.kind === "recording" || task?.kind === "bridged";
    this.mouthpiece.follow({ inCall: mode === "talking", listening });
    const mic = this.mouthpiece.state;
    Object.assign(this.root.dataset, { state: mode, task: task?.kind ?? "", view: this.#view, mic });
    this.#part("mic").setAttribute("aria-pressed", mic !== "off");
    this.root.querySelector(".mic-label").textContent = MIC_LABELS[mic];
    this.screen.draw({
      line: this.#line,
      inbox: this.inbox,
      view: this.#view,
      mic,
      softKeys: this.#softKeys(),
    });
  }

  // ---- keys

  #listen() {
    listenToKeys(this.#part("handset"), {
      onDigit: (digit) => this.#digit(digit),
      onKey: (key) => this.#key(key),
    });
    const { tollFree, missedCall } = this.numbers;
    const on = (id, event, action) => this.#part(id)?.addEventListener(event, action);
    on("quick-dial", "click", () => this.#dial(tollFree));
    on("missed-call", "click", () => this.#try(() => this.api.missedCall(missedCall)));
    on("mic", "click", () => this.toggleMic());
    on("volume", "input", ({ target }) => (this.speaker.volume = target.valueAsNumber));
    on("mute", "click", ({ currentTarget: button }) => {
      const muted = button.getAttribute("aria-pressed") === "false";
      button.setAttribute("aria-pressed", muted);
      this.speaker.muted = muted;
    });
    on("sample-file", "change", ({ target }) => this.#speakFile(target));
  }

  async #digit(digit) {
    const { mode } = this.#line;
    if (mode === "talking" || mode === "calling") await this.#press(digit);
    else if (mode !== "ringing" && this.#view === "home") this.#type(digit);
  }

  async #press(digit) {
    if (digit === "+") return;
    this.speaker.key(digit);
    this.speaker.stop();
    await this.mouthpiece.flush();
    await this.#try(() => this.api.keys(digit));
  }

  #type(digit) {
    const { number } = this.screen;
    this.speaker.key(digit);
    if (this.#line.mode === "ended") this.#line = IDLE;
    if (number.value.length < number.maxLength) number.value += digit;
    this.#draw();
  }

  #key(key) {
    const inMenu = this.#view !== "home";
    const actions = {
      left: () => this.#softKeys()[0].act(),
      right: () => this.#softKeys()[1].act(),
      up: () => this.#move(-1),
      down: () => this.#move(1),
      call: () => this.#green(),
      hangup: () => this.#red(),
      enter: () => (inMenu ? this.#softKeys()[0].act() : this.#green()),
      escape: () => (inMenu ? this.#softKeys()[1].act() : this.#red()),
      back: () => (inMenu ? this.#softKeys()[1].act() : this.clear()),
    };
    actions[key]();
    this.#draw();
  }

  #softKeys() {
    return SOFT_KEYS[this.#view === "home" ? this.#line.mode : this.#view](this);
  }

  #green() {
    if (this.#line.mode === "ringing") return this.answer();
    if (this.#line.mode === "talking" || this.#line.mode === "calling") return null;
    if (this.#view === "read") return this.#dial(this.inbox.current.from);
    const typed = this.screen.number.value;
    if (typed) return this.#dial(e164(typed));
    this.screen.number.value = this.#lastDialled;
    return null;
  }

  #red() {
    const { mode } = this.#line;
    if (mode === "ringing") return this.reject();
    if (mode === "talking" || mode === "calling") return this.hangUp();
    this.screen.number.value = "";
    this.#view = "home";
    this.#line = IDLE;
    return null;
  }

  async #dial(to) {
    this.#view = "home";
    this.#notice("");
    this.#lastDialled = to;
    if (await this.#try(() => this.api.dial(to))) this.screen.number.value = "";
  }

  answer = () => this.#try(() => this.api.answer());
  reject = () => this.#try(() => this.api.reject());

  hangUp() {
    this.#hungUpHere = true;
    this.speaker.stop();
    return this.#try(() => this.api.hangup());
  }

  toggleMic = () => this.mouthpiece.toggle(this.#line.mode === "talking");

  clear() {
    const { number } = this.screen;
    number.value = number.value.slice(0, -1);
  }

  get hasNumber() {
    return this.screen.number.value !== "";
  }

  async #speakFile(input) {
    const [file] = input.files;
    input.value = "";
    const spoken = file && (await this.#try(() => this.mouthpiece.speakFile(file)));
    if (!spoken) return;
    this.#notice(
      spoken.heard
        ? `Speaks ${file.name}, ${spoken.seconds.toFixed(1)} s.`
        : "Nobody listens now: the line neither records nor is connected.",
    );
  }

  // ---- messages

  show(view) {
    // One who opens her messages wants the newest; one who comes back to them stays where she was.
    if (view === "list" && this.#view === "home") this.inbox.selected = 0;
    this.#view = view;
  }

  #move(step) {
    if (this.#view === "list") this.inbox.move(step);
    else this.screen.scroll(step);
  }

  open(sid = this.inbox.current?.sid) {
    if (!sid) return;
    this.inbox.open(sid);
    this.#view = "read";
    this.#draw();
  }

  async send() {
    const { to, text } = this.screen.message;
    if (!to || !text) this.#notice("A message wants a number and some words.");
    else if (await this.#try(() => this.api.sms(e164(to), text))) {
      this.#view = "home";
      this.#draw();
      this.#notice("Message sent.");
    }
  }

  // ---- what goes wrong

  async #try(action) {
    try {
      return await action();
    } catch (error) {
      this.#notice(error.message);
      return null;
    }
  }

  #notice(message) {
    const notice = this.#part("notice");
    notice.textContent = message;
    notice.hidden = message === "";
    clearTimeout(this.noticeTimer);
    if (message) this.noticeTimer = setTimeout(() => (notice.hidden = true), NOTICE_SHOWN_MS);
  }
}
