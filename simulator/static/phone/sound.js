// What one phone lets its owner hear: the line, its ring tone and its keys. All tones are made here.

let context = null;

/** Return the page's audio context; browsers let it sound only after the first gesture. */
function audio() {
  context ??= new AudioContext();
  return context;
}

export const isSilenced = () => audio().state === "suspended";
export const unsilence = () => audio().resume();

// ITU-T Q.23: each key sounds a row and a column frequency.
const ROWS_HZ = [697, 770, 852, 941];
const COLUMNS_HZ = [1209, 1336, 1477];
const KEYS = "123456789*0#";

// India's ring-back: 400 Hz modulated by 25 Hz, twice 0.4 s in 3 s (ITU-T E.180 supplement 2).
const RINGBACK = { hz: [375, 425], bursts_s: [[0, 0.4], [0.6, 1]], period_s: 3, type: "sine" };
const ENDED = { hz: [400], bursts_s: [[0, 0.2], [0.35, 0.55]], type: "sine" };
const BEEP = { hz: [1000], bursts_s: [[0, 0.35]], type: "sine" };
// A tune of our own, as a cheap phone's single voice would play it.
const MELODY_HZ = [659, 784, 988, 784, 880, 659, 587, 659];
const NOTE_S = 0.14;
const MELODY_PERIOD_S = 2.6;
const MESSAGE_HZ = [1319, 1568];
const IN_HAND_S = 0.15;

export class Speaker {
  #gain;
  #stopTone = () => {};
  #queue = [];
  #playing = null;
  #arriving = Promise.resolve();
  #voiceEnds = 0;
  #volume;
  #muted = false;

  /** onPlaying(url): told what is being heard, or "" when the line falls silent. */
  constructor({ volume, onPlaying }) {
    this.#gain = audio().createGain();
    this.#gain.connect(audio().destination);
    this.#volume = volume;
    this.onPlaying = onPlaying;
    this.#apply();
  }

  set volume(level) {
    this.#volume = level;
    this.#apply();
  }

  set muted(flag) {
    this.#muted = flag;
    this.#apply();
  }

  #apply() {
    const level = this.#muted ? 0 : this.#volume;
    this.#gain.gain.value = level;
    if (this.#playing) this.#playing.volume = level;
  }

  key(digit) {
    const at = KEYS.indexOf(digit);
    if (at < 0) return;
    const hz = [ROWS_HZ[Math.floor(at / 3)], COLUMNS_HZ[at % 3]];
    this.#sound({ hz, bursts_s: [[0, 0.09]], type: "sine" }, 0.12);
  }

  beep = () => this.#sound(BEEP, 0.15);
  message = () => MESSAGE_HZ.forEach((hz, i) => this.#note(hz, i * 0.16, 0.12));

  ring() {
    this.#repeat(MELODY_PERIOD_S, () =>
      MELODY_HZ.forEach((hz, i) => this.#note(hz, i * NOTE_S, NOTE_S * 0.9)),
    );
  }

  ringback = () => this.#repeat(RINGBACK.period_s, () => this.#sound(RINGBACK, 0.12));

  ended() {
    this.hush();
    this.#sound(ENDED, 0.1);
  }

  /** Stop ringing and ring-back. */
  hush() {
    this.#stopTone();
    this.#stopTone = () => {};
  }

  /** Play `url` after what is playing now: the carrier sends prompts in the order of hearing. */
  play(url) {
    this.#queue.push(url);
    if (!this.#playing) this.#next();
  }

  /** Play a parcel of somebody's live voice, joined to the parcel before without a gap. */
  voice(url) {
    this.#arriving = this.#arriving.then(() => this.#join(url)).catch(() => {});
  }

  async #join(url) {
    const parcel = await audio().decodeAudioData(await (await fetch(url)).arrayBuffer());
    const source = new AudioBufferSourceNode(audio(), { buffer: parcel });
    source.connect(this.#gain);
    // A little in hand hides the jitter of the way; one who has fallen silent begins anew.
    const now = audio().currentTime;
    const start = this.#voiceEnds > now ? this.#voiceEnds : now + IN_HAND_S;
    source.start(start);
    this.#voiceEnds = start + parcel.duration;
  }

  /** Stop what is heard and forget what was to follow, as a key does to a prompt. */
  stop() {
    this.#queue = [];
    this.#playing?.pause();
    this.#finish(this.#playing);
  }

  #next() {
    const url = this.#queue.shift();
    if (!url) return;
    const prompt = new Audio(url);
    this.#playing = prompt;
    this.#apply();
    this.onPlaying(url);
    const over = () => this.#finish(prompt);
    prompt.addEventListener("ended", over);
    prompt.addEventListener("error", over);
    // Refused while the browser waits for a gesture: the caption still tells what was said.
    prompt.play().catch(over);
  }

  #finish(prompt) {
    if (!prompt || this.#playing !== prompt) return;
    this.#playing = null;
    this.onPlaying("");
    this.#next();
  }

  #repeat(period_s, sound) {
    this.hush();
    sound();
    const timer = setInterval(sound, period_s * 1000);
    // What is scheduled sounds through the gain; muting the rest of a bar is not worth a node each.
    this.#stopTone = () => clearInterval(timer);
  }

  #note(hz, start_s, length_s) {
    this.#sound({ hz: [hz], bursts_s: [[start_s, start_s + length_s]], type: "square" }, 0.06);
  }

  #sound({ hz, bursts_s, type }, level) {
    if (isSilenced()) return;
    const now = audio().currentTime;
    for (const [from, to] of bursts_s) {
      for (const frequency of hz) this.#burst({ frequency, type, level }, now + from, now + to);
    }
  }

  #burst({ frequency, type, level }, from, to) {
    const tone = new OscillatorNode(audio(), { frequency, type });
    const envelope = new GainNode(audio(), { gain: 0 });
    // A ramp of a few milliseconds at each end keeps the tone from clicking.
    envelope.gain.setTargetAtTime(level, from, 0.004);
    envelope.gain.setTargetAtTime(0, to - 0.012, 0.004);
    tone.connect(envelope).connect(this.#gain);
    tone.start(from);
    tone.stop(to);
  }
}
