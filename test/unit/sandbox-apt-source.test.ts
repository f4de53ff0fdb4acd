/** The mirror and keyring must come from the host's own apt sources, in whichever of apt's two formats they are. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findAptSource } from '../../asterisk/sandbox/apt-source.ts';
import { SandboxError } from '../../asterisk/sandbox/sandbox-error.ts';

const BOOKWORM = 'PRETTY_NAME="Debian GNU/Linux 12"\nID=debian\nVERSION_CODENAME=bookworm\n';
const NOBLE = 'PRETTY_NAME="Ubuntu 24.04"\nID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=noble\n';
const DEBIAN_KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

let etc: string;
beforeEach(async () => {
  etc = await mkdtemp(join(tmpdir(), 'apt-source-'));
});
afterEach(() => rm(etc, { recursive: true }));

async function host(files: Record<string, string>): Promise<string> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(etc, name)), { recursive: true });
    await writeFile(join(etc, name), text);
  }
  return etc;
}

test('a one-line source gives its mirror and its keyring', async () => {
  const source = await findAptSource(
    await host({
      'os-release': BOOKWORM,
      'apt/sources.list':
        '# deb http://old.example/debian bookworm main\n' +
        'deb http://security.example/debian-security bookworm-security main\n' +
        'deb [arch=amd64 signed-by=/keys/a.gpg] http://mirror.example/debian bookworm main contrib\n' +
        'deb-src http://source.example/debian bookworm main\n',
    }),
  );
  expect(source).toEqual({
    mirror: 'http://mirror.example/debian',
    keyring: '/keys/a.gpg',
    release: 'forky',
    components: 'main',
  });
});

test('a deb822 source gives its mirror and its keyring, and a disabled one gives nothing', async () => {
  const source = await findAptSource(
    await host({
      'os-release': BOOKWORM,
      'apt/sources.list.d/a.sources':
        'Enabled: no\nTypes: deb\nURIs: http://off.example/debian\nSuites: bookworm\nComponents: main\n\n' +
        'Types: deb deb-src\n# a comment within\nURIs: http://mirror.example/debian http://second.example/debian\n' +
        'Suites: bookworm bookworm-updates\nComponents: main\nSigned-By: /keys/b.gpg\n',
    }),
  );
  expect(source).toMatchObject({ mirror: 'http://mirror.example/debian', keyring: '/keys/b.gpg' });
});

test('a key that stands in the source itself is replaced by the keyring that Debian installs', async () => {
  const source = await findAptSource(
    await host({
      'os-release': BOOKWORM,
      'apt/sources.list.d/a.sources':
        'Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm\nComponents: main\n' +
        'Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc\n -----END PGP PUBLIC KEY BLOCK-----\n',
    }),
  );
  expect(source.keyring).toBe(DEBIAN_KEYRING);
});

test("Ubuntu's own release has Asterisk, in universe, signed by the keys that apt trusts", async () => {
  const source = await findAptSource(
    await host({ 'os-release': NOBLE, 'apt/sources.list': 'deb http://mirror.example/ubuntu noble main\n' }),
  );
  expect(source).toEqual({
    mirror: 'http://mirror.example/ubuntu',
    release: 'noble',
    components: 'main universe',
  });
});

test('another system is named in the error', async () => {
  const promise = findAptSource(await host({ 'os-release': 'ID=fedora\nPRETTY_NAME="Fedora Linux 42"\n' }));
  await expect(promise).rejects.toThrow(SandboxError);
  await expect(promise).rejects.toThrow('Fedora Linux 42');
});

test('a host without any source says where one is missing', async () => {
  const promise = findAptSource(await host({ 'os-release': BOOKWORM }));
  await expect(promise).rejects.toThrow(`no package mirror is named in ${etc}/apt`);
});
