/** G.711 µ-law, as telephones send it: a byte for each 16-bit sample. */

/** What is added to a sample before it is coded, so that the smallest have an exponent, too. */
const BIAS = 0x84;
const LOUDEST = 32_635;

/** The byte of silence. */
export const MULAW_SILENCE = 0xff;

export function toMulaw(sample: number): number {
  const magnitude = Math.min(Math.abs(sample), LOUDEST) + BIAS;
  const exponent = 31 - Math.clz32(magnitude) - 7;
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f;
  return ~((sample < 0 ? 0x80 : 0) | (exponent << 4) | mantissa) & 0xff;
}

export function fromMulaw(byte: number): number {
  const bits = ~byte & 0xff;
  const magnitude = ((((bits & 0x0f) << 3) + BIAS) << ((bits >> 4) & 0x07)) - BIAS;
  return bits & 0x80 ? -magnitude : magnitude;
}
