/** The tones that scripted callers speak, each written once and shared by all of them. */
import { join } from 'node:path';
import { TONE_DB, writeToneWav } from './wav.ts';

/** Makes a tone's sound file, and resolves with its path as Asterisk wants it: without the extension. */
export type ToneFile = (hz: number, seconds: number, toneDb?: number) => Promise<string>;

/** The tones that lie in `dir`. */
export function toneFiles(dir: string): ToneFile {
  const made = new Map<string, Promise<string>>();
  return (hz, seconds, toneDb = TONE_DB) => {
    const path = join(dir, `tone-${hz}-${seconds}-${-toneDb}`);
    const file = made.get(path) ?? writeToneWav(`${path}.wav`, hz, seconds, toneDb).then(() => path);
    made.set(path, file);
    return file;
  };
}
