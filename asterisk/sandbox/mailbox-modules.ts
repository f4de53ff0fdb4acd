/**
 * Gives an Asterisk the ARI resource /mailboxes, whose three modules most builds leave out: compiles them against the
 * same version's headers, from the distribution's own source package, into the user's cache. Nothing is installed.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { findAptSource } from './apt-source.ts';
import { openApt, type Progress, unpack } from './apt.ts';
import type { AsteriskInstall } from './asterisk-install.ts';
import { cachedFolder } from './cache.ts';
import { MAILBOX_MODULES } from './modules.ts';
import { run } from './run.ts';
import { SandboxError } from './sandbox-error.ts';

/** What each module is made of, in Asterisk's source. */
const SOURCES: Readonly<Record<string, readonly string[]>> = {
  res_mwi_external: ['res/res_mwi_external.c'],
  res_stasis_mailbox: ['res/res_stasis_mailbox.c'],
  res_ari_mailboxes: ['res/res_ari_mailboxes.c', 'res/ari/resource_mailboxes.c'],
};
const HEADERS = ['res/ari/resource_mailboxes.h'];

const GCC = { file: 'gcc', args: [] };

/** Longest that one compilation, or the unpacking of the source, may take, in ms. */
const LIMIT = 120_000;

/**
 * The same Asterisk with the modules of /mailboxes: as it is when it has them, otherwise with freshly compiled ones.
 * Throws SandboxError, with what is missing, when that can not be.
 */
export async function withMailboxes(install: AsteriskInstall, progress: Progress): Promise<AsteriskInstall> {
  if (MAILBOX_MODULES.every((name) => install.modules.includes(name))) return install;
  try {
    const version = await packageVersion(install);
    const folder = {
      // Without the epoch, as in the names of packages.
      name: `mailboxes-${version.replace(/^\d+:/, '')}-${process.arch}`,
      inspect: inspectModules,
      make: (fresh: string, work: string) => build(version, fresh, work, progress),
    };
    const { files } = await cachedFolder(folder, progress);
    return { ...install, modules: [...install.modules, ...MAILBOX_MODULES], addedModules: files };
  } catch (error) {
    if (progress.signal?.aborted) throw error;
    throw new SandboxError(
      `/mailboxes can not be proven: ${install.version} has no ${MAILBOX_MODULES.join(', ')}, ` +
        `and they can not be compiled: ${(error as Error).message}.`,
      { cause: error },
    );
  }
}

/** The same Asterisk without them, as most are. */
export function withoutMailboxes(install: AsteriskInstall): AsteriskInstall {
  return { ...install, modules: install.modules.filter((name) => !MAILBOX_MODULES.includes(name)) };
}

/** As the distribution calls it: modules of another version would crash it. */
async function packageVersion({ dataDir }: AsteriskInstall): Promise<string> {
  const changelog = join(dataDir, '../doc/asterisk/changelog.Debian.gz');
  const text = existsSync(changelog) ? gunzipSync(await readFile(changelog)).toString() : '';
  const version = /^asterisk \(([^)\s]+)\)/.exec(text)?.[1];
  if (!version) {
    throw new SandboxError(
      'it is not a package of Debian or Ubuntu, so build it with them (make menuselect), ' +
        'or set ASTERISK_BIN to "download" for a private copy',
    );
  }
  return version;
}

async function inspectModules(root: string): Promise<{ files: string[] } | string> {
  const there = await readdir(root).catch((): string[] => []);
  const names = MAILBOX_MODULES.map((name) => `${name}.so`);
  const missing = names.filter((name) => !there.includes(name));
  if (missing.length > 0) return `it has no ${missing.join(', ')}`;
  return { files: names.map((name) => join(root, name)) };
}

async function build(version: string, fresh: string, work: string, progress: Progress): Promise<void> {
  const { onProgress, signal } = progress;
  // First, because the rest is a download.
  const { status } = await run(GCC, ['--version'], { timeout: LIMIT, signal });
  if (status !== 0) throw new SandboxError('there is no C compiler: install gcc and libc6-dev');

  const apt = await openApt(await findAptSource(), { work, sourceCode: true }, progress);
  const downloads = join(work, 'downloads');
  const headers = join(work, 'headers');
  const source = join(work, 'source');
  for (const folder of [downloads, headers, source, fresh]) await mkdir(folder);
  onProgress(`Downloading the source of Asterisk ${version} ...`);
  try {
    await apt.get(['source', '--download-only', `asterisk=${version}`], { cwd: downloads });
    await apt.get(['download', `asterisk-dev=${version}`], { cwd: downloads });
  } catch (error) {
    signal?.throwIfAborted();
    const advice =
      'if the mirror has only a newer Asterisk by now, rm -r ~/.cache/vm-record and that is downloaded';
    throw new SandboxError(`${(error as Error).message} (${advice})`, { cause: error });
  }

  const file = async (pattern: RegExp) => {
    const name = (await readdir(downloads)).find((name) => pattern.test(name));
    if (!name) throw new SandboxError(`the source package has no file like ${pattern.source}`);
    return join(downloads, name);
  };
  await unpack(await file(/^asterisk-dev_.*\.deb$/), headers, signal);
  // By tar, because dpkg-source is no part of a plain system. No patch of Debian's touches these files.
  const tarball = await file(/\.orig\.tar\.\w+$/);
  const wanted = [...Object.values(SOURCES).flat(), ...HEADERS].map((path) => `*/${path}`);
  await succeed(
    'tar',
    ['-xf', tarball, '-C', source, '--strip-components=1', '--wildcards', ...wanted],
    signal,
  );
  onProgress(`Compiling ${MAILBOX_MODULES.join(', ')} ...`);
  await Promise.all(
    Object.entries(SOURCES).map(([name, files]) =>
      succeed(
        'gcc',
        [
          ...['-O2', '-shared', '-fPIC', '-pthread', '-D_GNU_SOURCE'],
          ...[`-DAST_MODULE="${name}"`, `-DAST_MODULE_SELF_SYM=__internal_${name}_self`],
          ...['-I', join(headers, 'usr/include'), '-I', join(source, 'res')],
          ...['-o', join(fresh, `${name}.so`), ...files.map((path) => join(source, path))],
        ],
        signal,
      ),
    ),
  );
}

async function succeed(file: string, args: string[], signal: AbortSignal | undefined): Promise<void> {
  const { status, output } = await run({ file, args: [] }, args, { timeout: LIMIT, signal });
  if (status === 0) return;
  const first = output.split('\n').find((line) => /error/i.test(line)) ?? output.trim();
  throw new SandboxError(`${file} failed: ${first}`);
}
