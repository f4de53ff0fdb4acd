/** What the bench adds to the dialplan of the sandbox: each peer gets the calls that are meant for it. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { EXTRAS } from '../bench/peers.ts';

const shipped = (name: string) => readFileSync(new URL(`../../asterisk/${name}`, import.meta.url), 'utf8');

test('no two dialplans have the same extensions', () => {
  const dialplans = [
    shipped('extensions-vm-record.conf'),
    shipped('sandbox/extensions-sandbox.conf'),
    EXTRAS.files['extensions.conf'] ?? '',
  ];
  const patterns = dialplans.flatMap((text) =>
    [...text.matchAll(/^exten => (_\dXX),1,/gm)].map(([, it]) => it),
  );
  expect(patterns.sort()).toEqual([...new Set(patterns)]);
  expect(patterns).toEqual(expect.arrayContaining(['_3XX', '_6XX', '_7XX', '_8XX']));
});
