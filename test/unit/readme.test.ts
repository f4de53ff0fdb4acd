/** The README's state diagram is the transition table. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { NoteSeal } from '../../src/call/note-seal.ts';
import { VoiceMailCall } from '../../src/call/voice-mail-call.ts';
import { loadConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { MessageIndex } from '../../src/mailbox/message-index.ts';
import { APP, FakeAsterisk } from '../support/fake-asterisk.ts';

/** The table as a Mermaid diagram: one arrow for each pair of states, with the events that lead along it. */
function diagram(): string {
  const asterisk = new FakeAsterisk();
  const channel = asterisk.dial('305').info;
  const call = new VoiceMailCall({
    ari: asterisk,
    app: APP,
    config: loadConfig({}).config,
    log: createLog('silent'),
    channel,
    origin: { channel, args: ['305'] },
    mailbox: '305',
    plan: undefined,
    seal: new NoteSeal(''),
    index: new MessageIndex(),
    onFound: () => {},
    reserved: () => 0,
    onDone: () => {},
  });
  const arrows = new Map<string, string[]>();
  for (const { from, event, to } of call.transitions) {
    const arrow = `${from.name} --> ${to.name}`;
    arrows.set(arrow, [...(arrows.get(arrow) ?? []), event]);
  }
  const lines = [...arrows].map(([arrow, events]) => `  ${arrow} : ${events.join(' / ')}`);
  const finals = new Set(
    call.transitions.filter(({ to }) => to.done !== undefined).map(({ to }) => `  ${to.name} --> [*]`),
  );
  return [
    '```mermaid',
    'stateDiagram-v2',
    '  [*] --> recording',
    '  [*] --> dialing : dial=',
    ...lines,
    ...finals,
    '```',
  ].join('\n');
}

test('the README shows the diagram of the transition table', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const shown = /```mermaid\n[\s\S]*?\n```/.exec(readme)?.[0];
  expect(shown).toBe(diagram());
});

test('the recipes of the README are lines of the shipped dialplan', () => {
  const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
  const section = read('README.md')
    .split('\n### ')
    .find((text) => text.startsWith('In the dialplan\n'));
  const lines = section?.match(/^ same => .*VM_MAILBOX.*$/gm) ?? [];
  expect(lines).toHaveLength(3);
  const shipped = read('asterisk/extensions-vm-record.conf')
    .replaceAll(/^;same/gm, ' same')
    .split('\n');
  expect(shipped).toEqual(expect.arrayContaining(lines));
});
