/** What the README says is what the code does: the diagram, the recipes, what the dialplan is told, what the log says. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { REASONS, resultVariables } from '../../src/call/call-result.ts';
import { NoteSeal } from '../../src/call/note-seal.ts';
import { VoiceMailCall } from '../../src/call/voice-mail-call.ts';
import { loadConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { MessageIndex } from '../../src/mailbox/message-index.ts';
import { APP, FakeAsterisk } from '../support/fake-asterisk.ts';
import { OWN_MAILBOX } from '../support/key-sequence.ts';
import { predict } from '../support/model.ts';
import { fakeWorld, scenarios } from '../support/scenario.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const README = read('README.md');
const quoted = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);

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
  const shown = /```mermaid\n[\s\S]*?\n```/.exec(README)?.[0];
  expect(shown).toBe(diagram());
});

test('the recipes of the README are lines of the shipped dialplan', () => {
  const section = README.split('\n### ').find((text) => text.startsWith('In the dialplan\n'));
  const lines = section?.match(/^ same => .*VM_MAILBOX.*$/gm) ?? [];
  expect(lines).toHaveLength(3);
  const shipped = read('asterisk/extensions-vm-record.conf')
    .replaceAll(/^;same/gm, ' same')
    .split('\n');
  expect(shipped).toEqual(expect.arrayContaining(lines));
});

test('the unit runs the project in the folder, and as the user, of the installation in the README', () => {
  const unit = read('asterisk/vm-record.service');
  const folder = /^WorkingDirectory=(.*)$/m.exec(unit)?.[1];
  const user = /^User=(.*)$/m.exec(unit)?.[1];
  expect(README).toMatch(new RegExp(`^ *git clone REPOSITORY ${folder} `, 'm'));
  expect(README).toMatch(new RegExp(`^ *useradd .* ${user}\\n.*[^]*chown root:${user} \\.env`, 'm'));
});

/** The cells of the table below this heading, row by row; without the heading's own. */
function rowsBelow(heading: string): string[][] {
  const table = README.slice(README.indexOf(`\n| ${heading} `)).trimStart();
  const lines = table.slice(0, table.indexOf('\n\n')).split('\n').slice(2);
  return lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

test('the README says with which VMSTATUS each VMREASON comes', () => {
  const told = new Map(
    rowsBelow('`VMREASON`').map(([reason = '', status = '']) => [quoted(reason)[0], quoted(status)]),
  );
  expect([...told.keys()].sort()).toEqual([...REASONS].sort());
  for (const reason of REASONS) {
    const possible = ['a message', undefined].map((message) => resultVariables(reason, message).VMSTATUS);
    expect(possible, reason).toEqual(expect.arrayContaining(told.get(reason) ?? []));
  }
  const world = fakeWorld(() => 0);
  for (const { actions, settings } of fc.sample(scenarios, { numRuns: 1000, seed: 305 })) {
    const { reason, status } = predict(OWN_MAILBOX, actions, settings, world);
    expect(told.get(reason), reason).toContain(status);
  }
});

test('what stands in the README as a symptom is what the daemon says', () => {
  const files = readdirSync(new URL('../../src', import.meta.url), { recursive: true, encoding: 'utf8' });
  const code = files.filter((file) => file.endsWith('.ts')).map((file) => read(`src/${file}`));
  const said = rowsBelow('symptom')
    .flatMap(([symptom = '']) => quoted(symptom))
    // What a command shows is not the daemon's.
    .filter((text) => !/^(?:\/|systemctl|status=|activating)/.test(text))
    .flatMap((text) => text.split('…').map((part) => part.trim()))
    .filter((part) => part !== '');
  expect(said.length).toBeGreaterThan(15);
  expect(said.filter((part) => !code.some((text) => text.includes(part)))).toEqual([]);
});

test.for(['README.md', 'asterisk/README.md', 'src/README.md', 'test/README.md'])(
  'every link in %s leads to a file, and to a heading of it',
  (page) => {
    const links = [...read(page).matchAll(/\]\((?!https?:)([^)#]*)#?([^)]*)\)/g)];
    const dead = links.filter(([, file = '', heading = '']) => {
      const path = file === '' ? page : join(dirname(page), file);
      const headings = read(path).match(/^#+ .*$/gm) ?? [];
      return heading !== '' && !headings.some((text) => anchor(text) === heading);
    });
    expect(dead.map(([link]) => link)).toEqual([]);
  },
);

/** As web pages of repositories make it of a heading. */
function anchor(heading: string): string {
  return heading
    .replace(/^#+ /, '')
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-');
}
