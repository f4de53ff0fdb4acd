/** Runs the host's plain apt-get under a configuration of its own: no root, and the host's own lists stay as they are. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AptSource } from './apt-source.ts';
import { run } from './run.ts';
import { SandboxError } from './sandbox-error.ts';

export interface Progress {
  onProgress: (line: string) => void;
  signal?: AbortSignal | undefined;
}

/** An apt-get that knows the packages of one source. */
export interface Apt {
  /** Where it puts the packages that it downloads for an installation. */
  readonly archives: string;
  /** Runs one of its commands in `cwd`. Throws SandboxError with apt's own words when it fails. */
  get(args: readonly string[], options?: { cwd?: string; onLine?: (line: string) => void }): Promise<void>;
}

/** Longest that one run of apt-get may take, in ms. */
const APT_LIMIT = 15 * 60_000;

/**
 * Reads the source's list of packages, those of source code too if `sourceCode` says so. `work` is a folder for apt's
 * own files; remove it afterwards.
 */
export async function openApt(
  source: AptSource,
  { work, sourceCode = false }: { work: string; sourceCode?: boolean },
  { onProgress, signal }: Progress,
): Promise<Apt> {
  const archives = join(work, 'cache/archives');
  await mkdir(join(work, 'state/lists/partial'), { recursive: true });
  await mkdir(join(archives, 'partial'), { recursive: true });
  await writeFile(join(work, 'status'), '');
  const lines = [sourceLine('deb', source), ...(sourceCode ? [sourceLine('deb-src', source)] : [])];
  await writeFile(join(work, 'sources.list'), lines.join(''));
  await writeFile(join(work, 'apt.conf'), aptConf(work));

  const get: Apt['get'] = async (args, options = {}) => {
    const apt = { file: 'apt-get', args: ['-c', join(work, 'apt.conf'), '-q', '-o', 'APT::Status-Fd=1'] };
    const { status, output } = await run(apt, args, { ...options, timeout: APT_LIMIT, signal });
    if (status === 0) return;
    if (output.includes('ENOENT')) throw new SandboxError('apt-get is not on the PATH');
    const why = output.split('\n').filter((line) => /^(E|Err|W):/.test(line));
    throw new SandboxError(
      `apt-get ${args[0] ?? ''} failed: ${why.slice(-3).join(' ') || output.slice(-300)}`,
    );
  };
  onProgress(`Reading the package list of ${source.release} from ${source.mirror} ...`);
  await get(['update']);
  return { archives, get };
}

/** Unpacks a package's files into the folder `root`. */
export async function unpack(file: string, root: string, signal: AbortSignal | undefined): Promise<void> {
  const limits = { timeout: 120_000, signal };
  const result = await run({ file: 'dpkg-deb', args: [] }, ['-x', file, root], limits);
  if (result.status !== 0) throw new SandboxError(`dpkg-deb cannot unpack ${file}: ${result.output.trim()}`);
}

function sourceLine(type: 'deb' | 'deb-src', { mirror, keyring, release, components }: AptSource): string {
  // The release's list may be past its date on a frozen mirror; target= leaves out what only desktops read.
  const target = type === 'deb' ? 'Packages' : 'Sources';
  const options = ['check-valid-until=no', `target=${target}`, ...(keyring ? [`signed-by=${keyring}`] : [])];
  return `${type} [${options.join(' ')}] ${mirror} ${release} ${components}\n`;
}

/** Read by apt after the host's own settings, of which a proxy must stay and the hooks must not run. */
function aptConf(work: string): string {
  return `Dir::State "${work}/state";
Dir::State::status "${work}/status";
Dir::Cache "${work}/cache";
Dir::Etc::sourcelist "${work}/sources.list";
Dir::Etc::sourceparts "-";
Dir::Etc::preferences "-";
Dir::Etc::preferencesparts "-";
APT::Sandbox::User "";
APT::Install-Recommends "false";
APT::Update::Error-Mode "any";
Acquire::Retries "2";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
Debug::NoLocking "true";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Pre-Install-Pkgs;
#clear DPkg::Post-Invoke;
`;
}
