/** The real stage as every story of a conversation has it, and what must not be left when all are told. */
import { expect } from 'vitest';
import type { Extras } from '../../asterisk/sandbox/configuration.ts';
import { RealStage } from './real-stage.ts';

/** Asterisk as distributions ship it: with this module, keys in a bridge are lost to who does not ask for them. */
const MODULES = ['bridge_native_rtp'];

export function startConversationStage(
  settings?: Record<string, string>,
  files: Extras['files'] = {},
  mailboxes?: boolean,
): Promise<RealStage> {
  return RealStage.start(settings, { extras: { modules: MODULES, files }, mailboxes });
}

/** Stops it, and expects that no channel, bridge, live recording, call or error is left. */
export async function expectNothingLeft(stage: RealStage): Promise<void> {
  let left: string[] = [];
  try {
    left = await stage.conversations.leftBehind();
  } finally {
    const { status, stderr } = await stage.stop();
    expect({ status, stderr, left }).toEqual({ status: 0, stderr: '', left: [] });
  }
  expect(stage.log.lines.filter(({ msg }) => msg === 'Stopping')).toEqual([
    expect.objectContaining({ calls: 0 }),
  ]);
  expect(stage.log.lines.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
}
