/** StateMachine alone, with states that only write down what they are asked. */
import { expect, test } from 'vitest';
import { Event } from '../../src/call/event.ts';
import { type State, StateMachine } from '../../src/call/state-machine.ts';

function setUp() {
  const said: string[] = [];
  const state = (name: string, entering?: Event): State => ({
    name,
    enter: () => {
      said.push(`enter ${name}`);
      return entering;
    },
    exit: () => void said.push(`exit ${name}`),
  });
  const machine = new StateMachine<State>({
    entering: ({ name }, by) => said.push(by ? `${by.from.name} -> ${by.event} -> ${name}` : `start ${name}`),
    ignored: ({ name }, event) => said.push(`ignored ${event} in ${name}`),
  });
  return { machine, said, state };
}

test('leaves a state, says so, and enters the next', async () => {
  const { machine, said, state } = setUp();
  const [recording, ending] = [state('recording'), state('ending')];
  machine.addTransition(recording, Event.DTMF_OCTOTHORPE, ending);
  await machine.start(recording);
  await machine.changeState(Event.DTMF_OCTOTHORPE);
  expect(machine.current).toBe(ending);
  expect(said).toEqual([
    'start recording',
    'enter recording',
    'exit recording',
    'recording -> DTMF_OCTOTHORPE -> ending',
    'enter ending',
  ]);
});

test('leaves and enters a state that leads to itself', async () => {
  const { machine, said, state } = setUp();
  const recording = state('recording');
  machine.addTransition(recording, Event.DTMF_STAR, recording);
  await machine.start(recording);
  await machine.changeState(Event.DTMF_STAR);
  expect(said.slice(2)).toEqual(['exit recording', 'recording -> DTMF_STAR -> recording', 'enter recording']);
});

test('changes nothing at an event without a transition, and mentions it', async () => {
  const { machine, said, state } = setUp();
  const recording = state('recording');
  await machine.start(recording);
  await expect(machine.changeState(Event.TIMEOUT)).resolves.toBeUndefined();
  expect(machine.current).toBe(recording);
  expect(said.at(-1)).toBe('ignored TIMEOUT in recording');
});

test('hands on the event that happened while a state was entered', async () => {
  const { machine, state } = setUp();
  await expect(machine.start(state('recording', Event.FAILED))).resolves.toBe(Event.FAILED);
});

test('is in the new state when entering it fails', async () => {
  const { machine, state } = setUp();
  const recording = state('recording');
  const broken: State = { name: 'broken', enter: () => Promise.reject(new Error('no')) };
  machine.addTransition(recording, Event.DTMF_STAR, broken);
  await machine.start(recording);
  await expect(machine.changeState(Event.DTMF_STAR)).rejects.toThrow('no');
  expect(machine.current).toBe(broken);
});

test('refuses a second transition for the same event, a second start, and an event before the start', async () => {
  const { machine, state } = setUp();
  const [recording, ending] = [state('recording'), state('ending')];
  machine.addTransition(recording, Event.HANGUP, ending);
  expect(() => machine.addTransition(recording, Event.HANGUP, recording)).toThrow(
    'recording already has a transition for HANGUP',
  );
  await expect(machine.changeState(Event.HANGUP)).rejects.toThrow('not started');
  await machine.start(recording);
  await expect(machine.start(ending)).rejects.toThrow('already started');
});
