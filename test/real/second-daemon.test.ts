/** Two daemons of one application: Asterisk tells its events to the later one, and the earlier one makes way. */
import { expect, test } from 'vitest';
import { DaemonLog } from '../../asterisk/sandbox/daemon-log.ts';
import { startDaemonProcess } from '../../asterisk/sandbox/daemon-process.ts';
import { startSandbox } from '../../asterisk/sandbox/sandbox.ts';
import { daemonSettings } from '../support/real-stage.ts';
import { callAndBeAccepted } from '../support/accepted-call.ts';

test('the first says that another has taken over, and ends with status 3; the second takes the calls', async () => {
  await using sandbox = await startSandbox();
  const settings = { ...daemonSettings(sandbox), VM_PROMPTS: 'off' };
  const [first, second] = [new DaemonLog(), new DaemonLog()];
  const earlier = startDaemonProcess(settings, (line) => first.write(line));
  let later: ReturnType<typeof startDaemonProcess> | undefined;
  try {
    await earlier.ready;
    later = startDaemonProcess(settings, (line) => second.write(line));
    expect(await earlier.exited).toEqual({ status: 3, stderr: '' });
    expect(first.lines.at(-1)).toMatchObject({
      level: 'warn',
      msg: 'Another daemon has taken over this application and its calls',
    });
    await later.ready;
    const channel = await callAndBeAccepted(sandbox, second);
    expect(first.of(channel)).toEqual([]);
  } finally {
    await earlier.stop();
    const end = await later?.stop();
    expect(end?.status).toBe(0);
  }
});
