// Runs on the audio thread: the microphone's samples, brought down to 8 kHz as they come.
//
// The contexts of some browsers cannot hold a microphone at another rate than its own, and resampling
// each parcel by itself would put a click on every seam; so one filter runs over the whole stream.

const RATE_HZ = 8_000;
const PARCEL = RATE_HZ / 10;
const TAPS_EACH_SIDE = 16; // zero crossings of the kernel, in output samples
const PASS_BAND = 0.9; // of the telephone's 4 kHz

const sinc = (x) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));
const hann = (x) => 0.5 + 0.5 * Math.cos(Math.PI * x);

class Telephone extends AudioWorkletProcessor {
  constructor() {
    super();
    this.ratio = sampleRate / RATE_HZ;
    this.reach = Math.ceil(TAPS_EACH_SIDE * this.ratio);
    this.heard = new Array(this.reach).fill(0); // input samples still within the kernel's reach
    this.at = this.reach; // place in `heard` of the next output sample
    this.parcel = [];
  }

  process([input]) {
    if (!input.length) return true;
    this.heard.push(...input[0]);
    while (this.at + this.reach < this.heard.length) {
      this.parcel.push(this.sampleAt(this.at));
      this.at += this.ratio;
    }
    const spent = Math.floor(this.at) - this.reach;
    if (spent > 0) {
      this.heard.splice(0, spent);
      this.at -= spent;
    }
    if (this.parcel.length >= PARCEL) {
      this.port.postMessage(Float32Array.from(this.parcel));
      this.parcel = [];
    }
    return true;
  }

  /** Return the low-passed input at the fractional place `at`: a windowed-sinc kernel. */
  sampleAt(at) {
    const scale = PASS_BAND / this.ratio;
    let sum = 0;
    for (let i = Math.ceil(at - this.reach); i <= at + this.reach; i++) {
      sum += this.heard[i] * sinc((i - at) * scale) * hann((i - at) / this.reach);
    }
    return sum * scale;
  }
}

registerProcessor("telephone", Telephone);
