/** The shipped dialplan must light a telephone's lamp on an Asterisk that has no ARI resource for it. */
import { expect, test } from 'vitest';
import { Lamp } from '../../asterisk/sandbox/lamp.ts';
import { type Sandbox, startSandbox } from '../../asterisk/sandbox/sandbox.ts';

/** What the daemon does: a Local channel into the shipped context. */
async function publish({ ari }: Sandbox, ...lamps: string[]): Promise<void> {
  const authorization = `Basic ${Buffer.from(`${ari.username}:${ari.password}`).toString('base64')}`;
  const response = await fetch(`${ari.url}/ari/channels?endpoint=Local/lamps@vm-mwi/n&app=vm-record`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({
      variables: Object.fromEntries(lamps.map((lamp, n) => [`VM_LAMP_${n + 1}`, lamp])),
    }),
  });
  expect(response.status).toBe(200);
}

test('the context vm-mwi lights the lamp of its mailbox, clears it, and leaves others alone', async () => {
  await using sandbox = await startSandbox();
  using lamp = await Lamp.watch(sandbox, '101');
  using other = await Lamp.watch(sandbox, '102');
  await expect.poll(() => lamp.state).toEqual({ lit: false, newMessages: 0, oldMessages: 0 });
  await publish(sandbox, '305@default,0,3,1');
  await expect.poll(() => lamp.state).toEqual({ lit: true, newMessages: 3, oldMessages: 1 });
  await publish(sandbox, '305@default,0,0,1');
  await expect.poll(() => lamp.state).toEqual({ lit: false, newMessages: 0, oldMessages: 1 });
  expect(other.state).toEqual({ lit: false, newMessages: 0, oldMessages: 0 });
});

test('the context vm-mwi sees to many lamps in one call, the first and the last like the others', async () => {
  await using sandbox = await startSandbox();
  using first = await Lamp.watch(sandbox, '101');
  using last = await Lamp.watch(sandbox, '102');
  const between = Array.from({ length: 18 }, (_, n) => `4${n}@default,0,1,0`);
  await publish(sandbox, '305@default,0,3,0', ...between, '306@default,0,2,0');
  await expect.poll(() => first.state).toEqual({ lit: true, newMessages: 3, oldMessages: 0 });
  await expect.poll(() => last.state).toEqual({ lit: true, newMessages: 2, oldMessages: 0 });
  await publish(sandbox, '306@default,0,0,0', ...between, '305@default,0,0,0');
  await expect.poll(() => [first.state?.lit, last.state?.lit]).toEqual([false, false]);
});

test('an account that does not exist has no lamp', async () => {
  await using sandbox = await startSandbox();
  await expect(Lamp.watch(sandbox, '999')).rejects.toThrow('404 Not Found');
});
