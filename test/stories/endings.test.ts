/** What the dialplan is told for every way a call can end, and what callers hear: on the fake Asterisk. */
import { describe, expect, test } from 'vitest';
import { useVirtualTime } from '../support/virtual-time.ts';
import { FakeStage, type FakeCaller } from '../support/fake-stage.ts';
import { STORY_SETTINGS } from '../support/stage.ts';
import { tones } from './stories.ts';

useVirtualTime();

type Script = (caller: FakeCaller, stage: FakeStage) => Promise<void>;

async function play(
  script: Script,
  settings: Record<string, string> = {},
  prepare?: (stage: FakeStage) => void,
) {
  const stage = new FakeStage({ ...STORY_SETTINGS, ...settings });
  prepare?.(stage);
  const caller = await stage.call('305');
  await script(caller, stage);
  await caller.over();
  expect(stage.leftovers()).toEqual({ calls: 0, channels: 0, liveRecordings: [] });
  const [message] = await stage.messages('305');
  const variables = caller.channel.result;
  return {
    stage,
    caller,
    message,
    variables,
    played: caller.channel.played.map((media) => media.replace('sound:', '')),
  };
}

const record = async (caller: FakeCaller) => {
  await caller.until('Recording voicemail');
  await caller.say(440, 2);
};

const review = async (caller: FakeCaller) => {
  await record(caller);
  await caller.press('#');
  await caller.until('Entering reviewing state');
};

describe('the dialplan is told', () => {
  test.for<[string, string, string, Script]>([
    ['SUCCESS', 'accepted', '# in the review', async (caller) => (await review(caller), caller.press('#'))],
    ['SUCCESS', 'timeout', 'a quiet review', review],
    [
      'SUCCESS',
      'hangup',
      'a hangup in the review',
      async (caller) => (await review(caller), caller.hangup()),
    ],
    [
      'SUCCESS',
      'hangup',
      'a hangup while recording',
      async (caller) => (await record(caller), caller.hangup()),
    ],
    [
      'USEREXIT',
      'discarded',
      '9 while recording',
      async (caller) => (await record(caller), caller.press('9')),
    ],
    ['USEREXIT', 'discarded', '9 in the review', async (caller) => (await review(caller), caller.press('9'))],
  ])('%s, %s after %s', async ([status, reason, , script]) => {
    const { variables, message } = await play(script);
    expect(variables).toEqual({ VMSTATUS: status, VMREASON: reason, VM_MESSAGE: message?.name ?? '' });
    expect(message !== undefined).toBe(status === 'SUCCESS');
  });

  test('FAILED, hangup after a hangup during the beep', async () => {
    const { variables } = await play(async (caller) => {
      await caller.until('Entering recording state');
      await caller.hangup();
    });
    expect(variables).toEqual({ VMSTATUS: 'FAILED', VMREASON: 'hangup', VM_MESSAGE: '' });
  });

  test('FAILED, and no name of a take that was thrown away, after a hangup during the next beep', async () => {
    const { variables } = await play(async (caller) => {
      await record(caller);
      await caller.press('*');
      await caller.until('Entering recording state', 2);
      await caller.wait(0.1);
      await caller.hangup();
    });
    expect(variables).toEqual({ VMSTATUS: 'FAILED', VMREASON: 'hangup', VM_MESSAGE: '' });
  });

  test('FAILED after a pause with too little said before it, and a hangup', async () => {
    const { variables } = await play(async (caller) => {
      await caller.until('Recording voicemail');
      await caller.say(440, 0.3);
      await caller.press('5');
      await caller.wait(3);
      await caller.hangup();
    });
    expect(variables).toEqual({ VMSTATUS: 'FAILED', VMREASON: 'silence', VM_MESSAGE: '' });
  });

  test('again, when it did not hear it at first', async () => {
    const { variables } = await play(
      async (caller) => (await review(caller), caller.press('#')),
      { VM_WHEN_DONE: 'continue' },
      ({ asterisk }) => {
        const refuse = new Set([0, 2, 4, 6, 8, 10, 12, 14]);
        let sets = 0;
        asterisk.faults = (operation) =>
          operation === 'setChannelVars' && refuse.has(sets++) ? { status: 503 } : undefined;
      },
    );
    expect(variables).toMatchObject({ VMSTATUS: 'SUCCESS', VMREASON: 'accepted' });
  });

  test('FAILED, silence when the recording ended with nothing said', async () => {
    const { variables } = await play(() => Promise.resolve(), { VM_MIN_SECONDS: '2' });
    expect(variables).toEqual({ VMSTATUS: 'FAILED', VMREASON: 'silence', VM_MESSAGE: '' });
  });

  test('FAILED, bad-mailbox when the argument is no mailbox, or none of VM_MAILBOXES', async () => {
    for (const [mailbox, settings] of [
      ['..', {}],
      ['306', { VM_MAILBOXES: '305,307' }],
    ] as const) {
      const stage = new FakeStage({ ...STORY_SETTINGS, ...settings });
      const caller = await stage.call(mailbox);
      await caller.over();
      const variables = caller.channel.result;
      expect(variables).toEqual({ VMSTATUS: 'FAILED', VMREASON: 'bad-mailbox', VM_MESSAGE: '' });
      expect(stage.asterisk.stored.size).toBe(0);
    }
  });

  test('FAILED, full when the mailbox holds as many messages as it may, and nothing is recorded', async () => {
    const stage = new FakeStage({ ...STORY_SETTINGS, VM_MAX_MESSAGES: '2' });
    for (const reason of ['hangup', 'hangup', 'full', 'full']) {
      const caller = await stage.call('305');
      if (reason === 'hangup') {
        await record(caller);
        await caller.hangup();
      }
      await caller.over();
      expect(caller.channel.result['VMREASON']).toBe(reason);
      if (reason === 'full') expect(caller.channel.result['VMSTATUS']).toBe('FAILED');
    }
    expect(stage.messagesTold.size).toBe(2);
    const other = await stage.call('306');
    await record(other);
    await other.hangup();
    await other.over();
    expect(await stage.messages('306')).toHaveLength(1);
  });

  test('nothing of a full mailbox with VM_MAX_MESSAGES=0', async () => {
    const stage = new FakeStage({ ...STORY_SETTINGS, VM_MAX_MESSAGES: '0' });
    for (let n = 0; n < 105; n++) {
      const caller = await stage.call('305');
      await record(caller);
      await caller.hangup();
      await caller.over();
    }
    expect(stage.messagesTold.size).toBe(105);
  });

  test('SUCCESS, timeout when somebody takes and reviews for more than an hour: the last take is kept', async () => {
    const began = Date.now();
    const stage = new FakeStage({
      ...STORY_SETTINGS,
      VM_MAX_SECONDS: '60',
      VM_REVIEW_TIMEOUT_SECONDS: '30',
    });
    const caller = await stage.call('305');
    let isOver = false;
    void caller.gone().then(() => (isOver = true));
    for (let hz = 400; !isOver; hz += 1) {
      await caller.wait(1);
      await caller.say(hz, 2);
      await caller.press('#');
      await caller.wait(20);
      await caller.press('*');
      await stage.router.look();
    }
    expect((Date.now() - began) / 1000).toBeCloseTo(3660, -2);
    await caller.over();
    expect(caller.channel.result).toMatchObject({ VMSTATUS: 'SUCCESS', VMREASON: 'timeout' });
    const [message] = await stage.messages('305');
    expect(tones(message?.sounds ?? [])[0]?.hz).toBeGreaterThan(550);
  });

  test('SUCCESS, timeout when somebody speaks for twelve hours, and it is kept', async () => {
    const { variables, message } = await play(
      async (caller, stage) => {
        await caller.until('Recording voicemail');
        await caller.say(440, 12 * 3600 - 1);
        await stage.router.look();
        expect(caller.log()).not.toContain('Call too long');
        await caller.say(440, 2);
        await stage.router.look();
      },
      { VM_MAX_SECONDS: '0', VM_MAX_SILENCE_SECONDS: '0' },
    );
    expect(variables).toMatchObject({ VMSTATUS: 'SUCCESS', VMREASON: 'timeout' });
    expect(message?.seconds).toBeCloseTo(12 * 3600, -1);
  });

  describe('when a call is too long, what it ends with is settled as by a hangup:', () => {
    const LONG = { VM_MAX_SECONDS: '60', VM_MAX_SILENCE_SECONDS: '0', VM_REVIEW_TIMEOUT_SECONDS: '9999' };
    const NOTHING = { VMSTATUS: 'FAILED', VM_MESSAGE: '' };
    const TOO_LONG_SECONDS = 3_660;

    /** Presses `*` again and again, until there are 15 seconds left. */
    async function stall(caller: FakeCaller): Promise<void> {
      await caller.until('Recording voicemail');
      const until = Date.now() + (TOO_LONG_SECONDS - 15) * 1000;
      while (Date.now() < until) {
        await caller.wait(Math.min(50, (until - Date.now()) / 1000));
        await caller.press('*');
      }
    }

    test('FAILED, silence of who says nothing, and nothing is kept', async () => {
      const { variables, stage } = await play(async (caller, stage) => {
        await stall(caller);
        await caller.wait(20);
        await stage.router.look();
      }, LONG);
      expect(variables).toEqual({ ...NOTHING, VMREASON: 'silence' });
      expect(stage.asterisk.stored.size).toBe(0);
    });

    test('FAILED, silence of who has not come to speak', async () => {
      const { variables } = await play(async (caller, stage) => {
        await stall(caller);
        await caller.wait(20);
        await caller.press('*');
        await caller.wait(0.2);
        await stage.router.look();
      }, LONG);
      expect(variables).toEqual({ ...NOTHING, VMREASON: 'silence' });
    });

    test('SUCCESS, timeout of who speaks, and the message is there', async () => {
      const { variables, message } = await play(async (caller, stage) => {
        await stall(caller);
        await caller.say(440, 20);
        await stage.router.look();
      }, LONG);
      expect(variables).toEqual({ VMSTATUS: 'SUCCESS', VMREASON: 'timeout', VM_MESSAGE: message?.name });
      expect(message?.seconds).toBeGreaterThan(19);
    });

    test('SUCCESS, timeout and the message before, of who says nothing more', async () => {
      const { variables, message } = await play(async (caller, stage) => {
        await review(caller);
        await caller.press('*');
        await stall(caller);
        await caller.wait(20);
        await stage.router.look();
      }, LONG);
      expect(variables).toEqual({ VMSTATUS: 'SUCCESS', VMREASON: 'timeout', VM_MESSAGE: message?.name });
    });

    test('FAILED, storage where Asterisk has not kept what was said', async () => {
      const { variables } = await play(async (caller, stage) => {
        await stall(caller);
        await caller.say(440, 20);
        stage.asterisk.empty('305');
        await stage.router.look();
      }, LONG);
      expect(variables).toEqual({ ...NOTHING, VMREASON: 'storage' });
    });

    test.for(['', '0'])(
      'FAILED, storage where somebody removes the message in the review (%s)',
      async (key) => {
        const { variables } = await play(async (caller, stage) => {
          await review(caller);
          await caller.press(key);
          await caller.wait(TOO_LONG_SECONDS);
          stage.asterisk.empty('305');
          await stage.router.look();
        }, LONG);
        expect(variables).toEqual({ ...NOTHING, VMREASON: 'storage' });
      },
    );
  });

  test('FAILED, storage when nothing can be stored, after a second try', async () => {
    const { variables, caller } = await play(
      async (caller) => {
        await caller.until('Recording voicemail');
        await caller.say(440, 2);
        await caller.press('##');
        await caller.until('Recording voicemail', 2);
        await caller.say(440, 2);
        await caller.press('##');
      },
      {},
      ({ asterisk }) => {
        asterisk.faults = (operation) => (operation === 'getStoredRecording' ? { status: 404 } : undefined);
      },
    );
    expect(variables).toEqual({ VMSTATUS: 'FAILED', VMREASON: 'storage', VM_MESSAGE: '' });
    expect(caller.log().filter((line) => line.startsWith('The message is not there'))).toHaveLength(2);
  });

  test('and goes on with the call with VM_WHEN_DONE=continue', async () => {
    const { stage, variables } = await play(async (caller) => (await review(caller), caller.press('#')), {
      VM_WHEN_DONE: 'continue',
    });
    expect(variables).toMatchObject({ VMSTATUS: 'SUCCESS', VMREASON: 'accepted' });
    expect(stage.asterisk.operations.at(-1)).toBe('continueInDialplan');
    expect(stage.asterisk.operations).not.toContain('hangup');
  });
});

describe('with VM_PROMPTS=on the caller hears', () => {
  const prompts = { VM_PROMPTS: 'on' };

  test('the introduction, the beep, that the message is saved, and goodbye', async () => {
    const { played, message } = await play(
      async (caller) => (await review(caller), caller.press('#')),
      prompts,
    );
    expect(played).toEqual(['vm-intro', 'beep', `recording:${message?.name}`, 'vm-msgsaved', 'vm-goodbye']);
  });

  test('no goodbye where the call goes on', async () => {
    const settings = { ...prompts, VM_WHEN_DONE: 'continue' };
    const { played } = await play(async (caller) => (await review(caller), caller.press('#')), settings);
    expect(played.at(-1)).toBe('vm-msgsaved');
  });

  test('what the keys do, after the message', async () => {
    const { played } = await play(review, prompts);
    const menu = ['if-correct-press', 'digits/pound', 'to-rerecord-it', 'vm-press', 'digits/star'];
    expect(played.slice(3, 9)).toEqual([...menu, 'vm-msgsaved']);
  });

  test('the menu of app_voicemail with VM_KEYS=asterisk', async () => {
    const settings = { ...prompts, VM_KEYS: 'asterisk' };
    const { played } = await play(review, settings);
    expect(played.slice(3, 5)).toEqual(['vm-review', 'vm-msgsaved']);
  });

  test('that the message is deleted after 9', async () => {
    const { played } = await play(async (caller) => (await record(caller), caller.press('9')), prompts);
    expect(played.slice(2)).toEqual(['vm-deleted', 'vm-goodbye']);
  });

  test('that the message is too short, and the beep again', async () => {
    const { played } = await play(async (caller) => {
      await caller.until('Recording voicemail');
      await caller.press('#');
      await caller.until('Recording voicemail', 2);
      await caller.say(440, 2);
      await caller.hangup();
    }, prompts);
    expect(played).toEqual(['vm-intro', 'beep', 'vm-tooshort', 'beep']);
  });

  test('what became of a copy, before the message again', async () => {
    const { played, message } = await play(async (caller) => {
      await review(caller);
      for (const [n, keys] of ['306#', '305#', '306#', '*'].entries()) {
        await caller.press(`0${keys}`);
        await caller.until('Entering reviewing state', n + 2);
        await caller.wait(1.5);
      }
      await caller.hangup();
    }, prompts);
    const heard = played.filter((media) => !media.startsWith('recording:')).slice(2);
    const spoken = heard.filter(
      (media) => !['vm-extension', 'astcc-followed-by-the-pound-key'].includes(media),
    );
    expect(spoken).toEqual(['vm-msgforwarded', 'im-sorry', 'cancelled', 'vm-msgforwarded', 'cancelled']);
    expect(played.at(-1)).toBe(`recording:${message?.name}`);
  });

  test('the same of every number after three wrong ones: nobody finds out by trying which there are', async () => {
    const { stage, played } = await play(
      async (caller) => {
        await review(caller);
        for (const [n, keys] of ['0399#', '0400#', '0305#', '0306#'].entries()) {
          await caller.press(keys);
          await caller.until('Entering reviewing state', n + 2);
          await caller.wait(2);
        }
        await caller.hangup();
      },
      { ...prompts, VM_MAILBOXES: '300-310' },
    );
    expect(played.filter((media) => media === 'im-sorry')).toHaveLength(4);
    expect(played).not.toContain('vm-msgforwarded');
    expect(stage.asterisk.stored.size).toBe(1);
  });

  test('that there are no more copies after five', async () => {
    const { stage } = await play(async (caller) => {
      await review(caller);
      for (let n = 0; n < 8; n++) {
        await caller.press(`031${n}#`);
        await caller.until('Entering reviewing state', n + 2);
      }
      await caller.hangup();
    }, prompts);
    expect(stage.asterisk.stored.size).toBe(1 + 5);
  });

  test('that a copy is there already, however many were tried since', async () => {
    const { stage, played } = await play(async (caller) => {
      await review(caller);
      for (const [n, target] of ['310', '311', '312', '313', '314', '315', '310'].entries()) {
        await caller.press(`0${target}#`);
        await caller.until('Entering reviewing state', n + 2);
      }
      await caller.wait(1);
      await caller.hangup();
    }, prompts);
    expect(stage.asterisk.stored.size).toBe(1 + 5);
    // Not of the sixth mailbox; and of the first, twice.
    expect(played.filter((media) => media === 'vm-msgforwarded')).toHaveLength(6);
  });

  test('that there are no more copies after five that failed', async () => {
    const { stage } = await play(
      async (caller) => {
        await review(caller);
        for (let n = 0; n < 8; n++) {
          await caller.press('0306#');
          await caller.until('Entering reviewing state', n + 2);
        }
        await caller.hangup();
      },
      prompts,
      ({ asterisk }) => {
        asterisk.faults = (operation) => (operation === 'copyStoredRecording' ? { status: 500 } : undefined);
      },
    );
    const tries = stage.asterisk.operations.filter((operation) => operation === 'copyStoredRecording');
    expect(tries).toHaveLength(5);
  });

  test('an apology when the mailbox that is to have a copy is full', async () => {
    const stage = new FakeStage({ ...STORY_SETTINGS, ...prompts, VM_MAX_MESSAGES: '1' });
    const other = await stage.call('306');
    await record(other);
    await other.hangup();
    await other.over();
    const caller = await stage.call('305');
    await review(caller);
    await caller.press('0306#');
    await caller.until('Entering reviewing state', 2);
    await caller.wait(2);
    await caller.hangup();
    await caller.over();
    expect(caller.channel.played).toContain('sound:cancelled');
    expect(stage.asterisk.stored.size).toBe(2);
  });

  test('no question for a mailbox where every name is one', async () => {
    const { stage, played } = await play(
      async (caller) => {
        await review(caller);
        await caller.press('0306#');
        await caller.over();
      },
      { ...prompts, VM_MAILBOXES: '' },
    );
    expect(played).not.toContain('vm-extension');
    expect(stage.asterisk.stored.size).toBe(1);
  });

  test.for([{ status: 500 }, { never: 'done' }] as const)(
    'an apology when a copy fails with %j, and there is none',
    async (fault) => {
      const { stage, played, message } = await play(
        async (caller) => {
          await review(caller);
          await caller.press('0306#');
          await caller.until('Entering reviewing state', 2);
          await caller.wait(0.5);
          await caller.hangup();
        },
        prompts,
        ({ asterisk }) => {
          asterisk.faults = (operation) => (operation === 'copyStoredRecording' ? fault : undefined);
        },
      );
      expect(played).toContain('im-sorry');
      expect(played).not.toContain('vm-msgforwarded');
      expect(message).toBeDefined();
      expect(await stage.messages('306')).toEqual([]);
      expect(stage.messagesTold.size).toBe(1);
    },
  );

  test('an apology when the mailbox is none', async () => {
    const stage = new FakeStage({ ...STORY_SETTINGS, ...prompts });
    const caller = await stage.call('../x');
    await caller.over();
    expect(caller.channel.played).toEqual(['sound:ss-noservice', 'sound:vm-goodbye']);
  });

  test('that the mailbox is full, and no beep', async () => {
    const stage = new FakeStage({ ...STORY_SETTINGS, ...prompts, VM_MAX_MESSAGES: '1' });
    const first = await stage.call('305');
    await record(first);
    await first.hangup();
    await first.over();
    const second = await stage.call('305');
    await second.over();
    expect(second.channel.played).toEqual(['sound:vm-mailboxfull', 'sound:vm-goodbye']);
  });

  test('nothing more of a prompt when a key is pressed, and the key counts', async () => {
    const { caller, message } = await play(async (caller) => {
      await caller.until('Entering recording state');
      await caller.press('#'); // cuts vm-intro short, and there is no recording yet
      await caller.until('Recording voicemail');
      await caller.say(440, 2);
      await caller.press('#');
      await caller.until('Entering reviewing state');
      await caller.press('0306#'); // the first digit cuts the question short
      await caller.until('Entering reviewing state', 2);
      await caller.press('#'); // cuts "forwarded" short, and accepts
      await caller.until('Ending voice mail call');
      await caller.press('1'); // cuts "saved" short
    }, prompts);
    expect(message?.seconds).toBeGreaterThanOrEqual(2);
    const heard = caller.channel.heard.filter(({ hz }) => hz === undefined);
    expect(heard.reduce((sum, { seconds }) => sum + seconds, 0)).toBeLessThan(1);
  });

  test('the next prompt where one is missing: one warning, and the call goes on', async () => {
    const { stage, message, played } = await play(
      async (caller) => (await review(caller), caller.press('#')),
      prompts,
      ({ asterisk }) => asterisk.sounds.delete('sound:vm-msgsaved'),
    );
    expect(message).toBeDefined();
    expect(played.at(-1)).toBe('vm-goodbye');
    const warnings = stage.log.lines.filter(({ level }) => level === 'warn');
    expect(warnings).toEqual([
      expect.objectContaining({ msg: 'Could not play', media: 'sound:vm-msgsaved' }),
    ]);
  });
});

describe('with VM_KEYS=asterisk', () => {
  const keys = { VM_KEYS: 'asterisk' };

  test.for(['1', '#'])('%s accepts', async (key) => {
    const { variables } = await play(async (caller) => (await review(caller), caller.press(key)), keys);
    expect(variables).toMatchObject({ VMREASON: 'accepted' });
  });

  test.for(['3', '*'])('%s records again', async (key) => {
    const { message } = await play(async (caller) => {
      await review(caller);
      await caller.press(key);
      await caller.until('Recording voicemail', 2);
      await caller.say(600, 2);
      await caller.hangup();
    }, keys);
    expect(tones(message?.sounds ?? []).map(({ hz }) => hz)).toEqual([600]);
  });

  test('2 plays the message again, 8 copies it, 9 throws it away, and 0 does nothing', async () => {
    const { stage, played, variables } = await play(async (caller) => {
      await review(caller);
      await caller.press('02');
      await caller.until('Entering reviewing state', 2);
      await caller.press('8306#');
      await caller.until('Entering reviewing state', 3);
      await caller.press('9');
    }, keys);
    expect(played.filter((media) => media.startsWith('recording:'))).toHaveLength(3);
    expect(await stage.messages('306')).toHaveLength(1);
    expect(variables).toMatchObject({ VMSTATUS: 'USEREXIT' });
  });
});
