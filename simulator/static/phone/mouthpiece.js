// What a phone says: the microphone while the line listens, or an audio file.

import { Microphone, loudness } from "./microphone.js";
import { RATE_HZ, decodeFile, encodeWav } from "./wav.js";

// What is spoken travels in parcels of this length, so that much less of it is lost to a key press.
const PARCEL_SAMPLES = RATE_HZ * 0.3;
const MAX_FILE_S = 120;

export class Mouthpiece {
  #microphone;
  #wanted = false;
  #listening = false;
  #open = false;
  #waiting = [];
  #sent = Promise.resolve();

  /** say(wav): to the carrier. onLevel(0…1), onChange(), onProblem(message): to the page. */
  constructor({ say, onLevel, onChange, onProblem }) {
    Object.assign(this, { say, onLevel, onChange, onProblem });
    this.#microphone = new Microphone((samples) => this.#take(samples));
  }

  /** off | armed (will open with the next call) | open. */
  get state() {
    if (this.#open) return "open";
    return this.#wanted ? "armed" : "off";
  }

  /** Turn the microphone on or off; the first time the browser asks for leave. */
  async toggle(inCall) {
    this.#wanted = !this.#wanted;
    if (this.#wanted) await this.#start();
    this.follow({ inCall, listening: this.#listening });
  }

  /** Follow the line: the microphone is held only in a call, and sent only to a line that listens. */
  follow({ inCall, listening }) {
    if (this.#listening && !listening) this.#waiting = [];
    this.#listening = listening;
    if (this.#wanted && inCall && !this.#open) this.#start();
    if (this.#open && !(this.#wanted && inCall)) this.#stop();
  }

  /** Send what is still in hand, as before a key that ends a recording. */
  flush() {
    const samples = this.#waiting.splice(0);
    if (samples.length) this.#send(samples);
    return this.#sent;
  }

  /** Speak an audio file; return its length in seconds and whether anybody heard it. */
  async speakFile(file) {
    const samples = await decodeFile(file).catch(() => {
      throw new Error("This file is no audio that the browser can read.");
    });
    const seconds = samples.length / RATE_HZ;
    if (seconds > MAX_FILE_S) throw new Error(`Longer than ${MAX_FILE_S} seconds: too much for a call.`);
    const { heard } = await this.say(encodeWav(samples));
    return { seconds, heard };
  }

  async #start() {
    this.#open = true;
    this.onChange();
    try {
      await this.#microphone.open();
    } catch (error) {
      this.#wanted = this.#open = false;
      this.onProblem(error.message);
    }
    this.onChange();
  }

  #stop() {
    this.#open = false;
    this.#microphone.close();
    this.onLevel(0);
    this.onChange();
  }

  #take(samples) {
    this.onLevel(loudness(samples));
    if (!this.#listening) return;
    this.#waiting.push(...samples);
    if (this.#waiting.length >= PARCEL_SAMPLES) this.flush();
  }

  #send(samples) {
    const wav = encodeWav(samples);
    // One after the other, or the words would change places.
    this.#sent = this.#sent.then(() => this.say(wav)).catch(() => {});
  }
}
