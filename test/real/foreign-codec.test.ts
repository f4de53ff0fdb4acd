/** A phone whose codec Asterisk can not translate: no message, and the log says why. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { G729, SipPhone, sipEndpoints } from '../../asterisk/sandbox/sip-phone.ts';
import { RealStage } from '../support/real-stage.ts';

let stage: RealStage;

beforeAll(async () => {
  const files = { 'pjsip.conf': sipEndpoints(['foreign'], 'disallow = all\nallow = g729') };
  stage = await RealStage.start(
    { VM_PROMPTS: 'off', LOG_LEVEL: 'debug' },
    { extras: { modules: [], files } },
  );
});

afterAll(() => stage.stop());

test('leaves no message, whatever the caller does, and names codecs in the log', async () => {
  const phone = await SipPhone.open(stage.sandbox, { user: 'foreign', codec: G729 });
  try {
    const call = await phone.call('405');
    await call.ended;
  } finally {
    await phone.close();
  }
  expect((await stage.conversations.result('405')).words).toMatch(/^FAILED (storage|silence)$/);
  expect(await stage.messages('305')).toEqual([]);
  expect(stage.log.lines.map(({ msg }) => msg)).toContainEqual(expect.stringMatching(/audio.*codec/));
});
