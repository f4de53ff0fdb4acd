/** Finds out from the host's own apt sources which mirror and keyring it trusts, so that none is written here. */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SandboxError } from './sandbox-error.ts';

/** One place to fetch packages from. */
export interface AptSource {
  mirror: string;
  /** Path of the keyring that signs it; undefined = apt's own trusted keys. */
  keyring?: string;
  /** The distribution's release to take the packages from. */
  release: string;
  components: string;
}

interface Entry {
  uris: string[];
  suites: string[];
  signedBy?: string | undefined;
}

/**
 * The source for Asterisk's packages on this host. Debian's stable release has none, so there it is the release
 * `forky` of the same mirror; Ubuntu's own release has them. Throws SandboxError on any other system.
 * `etc` is the host's /etc (tests have their own).
 */
export async function findAptSource(etc = '/etc'): Promise<AptSource> {
  const osRelease = await readFile(join(etc, 'os-release'), 'utf8').catch(() => '');
  const field = (name: string) => new RegExp(`^${name}="?([^"\n]*)"?$`, 'm').exec(osRelease)?.[1];
  const id = field('ID');
  const codename = field('VERSION_CODENAME');
  if (id !== 'debian' && id !== 'ubuntu') {
    throw new SandboxError(
      `this system is ${field('PRETTY_NAME') ?? 'unknown'}, and packages can be fetched only on Debian and Ubuntu`,
    );
  }
  const entries = await readEntries(join(etc, 'apt'));
  const entry =
    entries.find(({ suites }) => suites.some((suite) => suite === codename)) ??
    entries.find(({ suites }) => !suites.some((suite) => suite.includes('security')));
  const mirror = entry?.uris[0];
  if (!mirror || !codename) throw new SandboxError(`no package mirror is named in ${join(etc, 'apt')}`);
  const keyring =
    entry.signedBy ?? (id === 'debian' ? '/usr/share/keyrings/debian-archive-keyring.gpg' : undefined);
  return {
    mirror,
    ...(keyring === undefined ? {} : { keyring }),
    release: id === 'debian' ? 'forky' : codename,
    components: id === 'debian' ? 'main' : 'main universe',
  };
}

async function readEntries(apt: string): Promise<Entry[]> {
  const parts = join(apt, 'sources.list.d');
  const names = (await readdir(parts).catch(() => [])).sort();
  const files = [join(apt, 'sources.list'), ...names.map((name) => join(parts, name))];
  const entries: Entry[] = [];
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch(() => '');
    if (file.endsWith('.list')) entries.push(...parseOneLine(text));
    if (file.endsWith('.sources')) entries.push(...parseDeb822(text));
  }
  return entries.filter(({ uris }) => uris.every((uri) => /^(https?|mirror\+https?|file):/.test(uri)));
}

/** `deb [signed-by=/path arch=amd64] uri suite component...` */
function parseOneLine(text: string): Entry[] {
  return [...text.matchAll(/^deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)/gm)].map(([, options, uri, suite]) => ({
    uris: [uri ?? ''],
    suites: [suite ?? ''],
    signedBy: keyringPath(/signed-by=(\S+)/i.exec(options ?? '')?.[1]),
  }));
}

/** Stanzas of `Field: value`, separated by empty lines; a key that stands in the file itself is left to the default. */
function parseDeb822(text: string): Entry[] {
  const stanzas = text.replace(/^#.*\n/gm, '').split(/\n\s*\n/);
  return stanzas.flatMap((stanza) => {
    const words = (name: string) =>
      new RegExp(`^${name}:[ \t]*(.*)$`, 'im').exec(stanza)?.[1]?.split(/\s+/).filter(Boolean) ?? [];
    if (!words('Types').includes('deb') || words('Enabled')[0] === 'no') return [];
    return [{ uris: words('URIs'), suites: words('Suites'), signedBy: keyringPath(words('Signed-By')[0]) }];
  });
}

function keyringPath(signedBy: string | undefined): string | undefined {
  return signedBy?.startsWith('/') ? signedBy.split(',')[0] : undefined;
}
