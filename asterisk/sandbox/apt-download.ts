/** Fetches packages and everything they depend on, and unpacks them into a folder: no root, nothing installed. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { AptSource } from './apt-source.ts';
import { openApt, type Progress, unpack } from './apt.ts';

/**
 * Puts the files of `packages`, and of everything they depend on, into `root`, which it makes. `work` is a folder
 * for apt's own files; remove it afterwards. Throws SandboxError with apt's own words when anything is missing.
 */
export async function downloadPackages(
  source: AptSource,
  packages: readonly string[],
  { work, root }: { work: string; root: string },
  progress: Progress,
): Promise<void> {
  const { onProgress, signal } = progress;
  const apt = await openApt(source, { work }, progress);
  onProgress(`Downloading ${packages.join(', ')} and what they need ...`);
  await apt.get(['install', '--yes', '--download-only', ...packages], { onLine: percentages(onProgress) });
  const files = (await readdir(apt.archives)).filter((name) => name.endsWith('.deb'));
  onProgress(`Unpacking ${files.length} packages ...`);
  await mkdir(root);
  await unpackAll(
    files.map((name) => join(apt.archives, name)),
    root,
    signal,
  );
  await rm(apt.archives, { recursive: true });
}

/** Every tenth percent of apt's `dlstatus:<number of the file>:<percent>:<text>`, and the size of it all. */
function percentages(onProgress: (line: string) => void): (line: string) => void {
  let shown = 0;
  return (line) => {
    const size = /^Need to get (.*) of archives/.exec(line)?.[1];
    if (size) onProgress(`  ${size}`);
    const percent = Math.floor(Number(/^dlstatus:\d+:([\d.]+):/.exec(line)?.[1] ?? 0));
    if (percent < shown + 10) return;
    shown = percent;
    onProgress(`  ${percent} %`);
  };
}

async function unpackAll(files: string[], root: string, signal: AbortSignal | undefined): Promise<void> {
  const left = [...files];
  const worker = async () => {
    for (let file = left.pop(); file !== undefined; file = left.pop()) await unpack(file, root, signal);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
}
