// The mouthpiece: this computer's microphone as parcels of 8 kHz samples.

const WORKLET = new URL("./microphone-worklet.js", import.meta.url);
const WANTED = { audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true } };

const REFUSALS = {
  NotAllowedError: "The browser does not let this page use the microphone. Speak a file instead.",
  NotFoundError: "This computer has no microphone. Speak a file instead.",
  NotReadableError: "Another program holds the microphone. Speak a file instead.",
};

export class Microphone {
  #context = null;
  #stream = null;
  #opening = null;

  /** onParcel(samples): called about ten times a second while the microphone is open. */
  constructor(onParcel) {
    this.onParcel = onParcel;
  }

  /** Open it; asks the person's leave the first time. Throws an Error fit to be shown. */
  open() {
    this.#opening ??= this.#open().catch((error) => {
      this.close();
      throw new Error(REFUSALS[error.name] ?? `The microphone failed: ${error.message}`);
    });
    return this.#opening;
  }

  async #open() {
    if (!navigator.mediaDevices) {
      throw new Error("browsers give it only to https pages and to localhost");
    }
    this.#stream = await navigator.mediaDevices.getUserMedia(WANTED);
    this.#context = new AudioContext();
    await this.#context.audioWorklet.addModule(WORKLET);
    const node = new AudioWorkletNode(this.#context, "telephone", { channelCount: 1 });
    node.port.onmessage = ({ data }) => this.onParcel(data);
    this.#context.createMediaStreamSource(this.#stream).connect(node);
    // Without a way to the speakers some browsers do not run the node; it plays silence.
    node.connect(this.#context.destination);
  }

  close() {
    this.#stream?.getTracks().forEach((track) => track.stop());
    this.#context?.close();
    this.#stream = this.#context = this.#opening = null;
  }
}

/** Return the loudness of samples, root mean square on a scale that a meter can show (0 to 1). */
export function loudness(samples) {
  const square = samples.reduce((sum, sample) => sum + sample * sample, 0) / (samples.length || 1);
  return Math.min(1, Math.sqrt(square) * 4);
}
