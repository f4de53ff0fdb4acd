/** What is said at the start of settings that let strangers in. */
import { expect, test } from 'vitest';
import { insecureSettings } from '../../src/insecure-settings.ts';

const SAFE = { ariUrl: 'http://127.0.0.1:8088', ariPassword: 'S3CRET' };

test('safe settings are no warning', () => {
  expect(insecureSettings(SAFE, 0o100640)).toEqual([]);
  expect(insecureSettings({ ...SAFE, ariUrl: 'https://pbx.example:8089' }, undefined)).toEqual([]);
  expect(insecureSettings({ ...SAFE, ariUrl: 'http://[::1]:8088' }, undefined)).toEqual([]);
});

test('the default password, http to another machine, and a .env for everybody are a warning each', () => {
  const settings = { ariUrl: 'http://pbx.example:8088', ariPassword: 'asterisk' };
  const warnings = insecureSettings(settings, 0o100644);
  expect(warnings.map((text) => text.split(' ')[0])).toEqual(['ARI_PASSWORD', 'ARI_URL', '.env']);
});

test('no warning shows a password', () => {
  expect(insecureSettings({ ...SAFE, ariUrl: 'http://pbx.example' }, 0o100777).join()).not.toContain(
    'S3CRET',
  );
});
