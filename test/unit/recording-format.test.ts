/** The port that falls back to wav is the real one in all else, also in what is known only after the connect. */
import { expect, test } from 'vitest';
import { RecordingFormat } from '../../src/ari/recording-format.ts';
import { createLog } from '../../src/log.ts';
import { FakeAsterisk } from '../support/fake-asterisk.ts';

test('what Asterisk can do is asked each time, and not kept from before the connect', () => {
  const asterisk = new FakeAsterisk();
  asterisk.hearsTalk = false;
  const port = new RecordingFormat(createLog('silent')).of(asterisk);
  expect(port.hearsTalk).toBe(false);
  asterisk.hearsTalk = true;
  expect(port.hearsTalk).toBe(true);
});
