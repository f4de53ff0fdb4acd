/** On what the bench ran: without it, its times mean nothing. No names, no paths: the results are published. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';

const version = (path: string) =>
  (JSON.parse(readFileSync(path, 'utf8')) as { readonly version: string }).version;

/** Names and values, in the order in which they are shown. */
export function machine(): [name: string, value: string][] {
  const packageJson = createRequire(import.meta.url).resolve;
  return [
    ['CPU', `${cpus()[0]?.model.trim() ?? 'unknown'}, ${availableParallelism()} cores`],
    ['memory', `${(totalmem() / 1024 ** 3).toFixed(1)} GiB`],
    ['kernel', `${type()} ${release()}`],
    ['vm-record', version(packageJson('../../package.json'))],
    ['Node', process.versions.node],
    ['ari-client', version(packageJson('ari-client/package.json'))],
  ];
}
