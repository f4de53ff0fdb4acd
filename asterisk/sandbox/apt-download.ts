/** Fetches packages with the host's plain apt-get and unpacks them into a folder: no root, nothing installed. */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { AptSource } from './apt-source.ts';
import { run } from './run.ts';
import { SandboxError } from './sandbox-error.ts';

export interface Progress {
  onProgress: (line: string) => void;
  signal?: AbortSignal | undefined;
}

/** Longest that one run of apt-get may take, in ms. */
const APT_LIMIT = 15 * 60_000;

/**
 * Puts the files of `packages`, and of everything they depend on, into `root`, which it makes. `work` is a folder
 * for apt's own files; remove it afterwards. Throws SandboxError with apt's own words when anything is missing.
 */
export async function downloadPackages(
  source: AptSource,
  packages: readonly string[],
  { work, root }: { work: string; root: string },
  { onProgress, signal }: Progress,
): Promise<void> {
  const archives = join(work, 'cache/archives');
  await mkdir(join(work, 'state/lists/partial'), { recursive: true });
  await mkdir(join(archives, 'partial'), { recursive: true });
  await writeFile(join(work, 'status'), '');
  await writeFile(join(work, 'sources.list'), sourceLine(source));
  await writeFile(join(work, 'apt.conf'), aptConf(work));

  const aptGet = async (args: string[], onLine: (line: string) => void) => {
    const apt = { file: 'apt-get', args: ['-c', join(work, 'apt.conf'), '-q', '-o', 'APT::Status-Fd=1'] };
    const env = { ...process.env, LC_ALL: 'C' };
    const { status, output } = await run(apt, args, { timeout: APT_LIMIT, signal, onLine, env });
    if (status === 0) return;
    if (output.includes('ENOENT')) throw new SandboxError('apt-get is not on the PATH');
    const why = output.split('\n').filter((line) => /^(E|Err|W):/.test(line));
    throw new SandboxError(
      `apt-get ${args[0] ?? ''} failed: ${why.slice(-3).join(' ') || output.slice(-300)}`,
    );
  };
  onProgress(`Reading the package list of ${source.release} from ${source.mirror} ...`);
  await aptGet(['update'], () => undefined);
  onProgress(`Downloading ${packages.join(', ')} and what they need ...`);
  await aptGet(['install', '--yes', '--download-only', ...packages], percentages(onProgress));
  const files = (await readdir(archives)).filter((name) => name.endsWith('.deb'));
  onProgress(`Unpacking ${files.length} packages ...`);
  await mkdir(root);
  await unpackAll(
    files.map((name) => join(archives, name)),
    root,
    signal,
  );
  await rm(archives, { recursive: true });
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
    for (let file = left.pop(); file !== undefined; file = left.pop()) {
      const result = await run({ file: 'dpkg-deb', args: [] }, ['-x', file, root], {
        timeout: 120_000,
        signal,
      });
      if (result.status !== 0)
        throw new SandboxError(`dpkg-deb cannot unpack ${file}: ${result.output.trim()}`);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
}

function sourceLine({ mirror, keyring, release, components }: AptSource): string {
  // The release's list may be past its date on a frozen mirror; target= leaves out what only desktops read.
  const options = ['check-valid-until=no', 'target=Packages', ...(keyring ? [`signed-by=${keyring}`] : [])];
  return `deb [${options.join(' ')}] ${mirror} ${release} ${components}\n`;
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
