// 16-bit mono WAV at the telephone's 8 kHz.

export const RATE_HZ = 8_000;
const HEADER_BYTES = 44;

/** Return a WAV file (Blob) of samples between -1 and 1. Source: RIFF/WAVE, PCM format 1. */
export function encodeWav(samples) {
  const view = new DataView(new ArrayBuffer(HEADER_BYTES + samples.length * 2));
  const tag = (at, text) => [...text].forEach((c, i) => view.setUint8(at + i, c.charCodeAt(0)));
  tag(0, "RIFF");
  view.setUint32(4, view.byteLength - 8, true);
  tag(8, "WAVEfmt ");
  view.setUint32(16, 16, true); // size of the format block
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, 1, true); // channels
  view.setUint32(24, RATE_HZ, true);
  view.setUint32(28, RATE_HZ * 2, true); // bytes a second
  view.setUint16(32, 2, true); // bytes a frame
  view.setUint16(34, 16, true); // bits a sample
  tag(36, "data");
  view.setUint32(40, samples.length * 2, true);
  samples.forEach((sample, i) => {
    const clipped = Math.max(-1, Math.min(1, sample));
    view.setInt16(HEADER_BYTES + i * 2, Math.round(clipped * 32_767), true);
  });
  return new Blob([view], { type: "audio/wav" });
}

/** Return the samples of any audio file that the browser can decode, mono at 8 kHz. */
export async function decodeFile(file) {
  const bytes = await file.arrayBuffer();
  // Decoding in a context of 8 kHz makes the browser resample, with its own low-pass filter.
  const audio = await new OfflineAudioContext(1, 1, RATE_HZ).decodeAudioData(bytes);
  const mono = new Float32Array(audio.length);
  for (let c = 0; c < audio.numberOfChannels; c++) {
    audio.getChannelData(c).forEach((sample, i) => (mono[i] += sample / audio.numberOfChannels));
  }
  return mono;
}
