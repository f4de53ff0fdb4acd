/**
 * How the fake Asterisk puts one channel in the place of another when a call is transferred: as the real one does, in
 * the same order (measured with test/real/transfers.test.ts).
 */
import { APP, type FakeAsterisk } from './fake-asterisk.ts';
import { FakeChannel } from './fake-channel.ts';

/**
 * An attended transfer of a channel that is in no bridge. The other channel goes on with all that this one was doing:
 * what is being played, the variables, and the application's arguments; only the id is another. What is being recorded
 * goes on, too, but often deaf: on the fake, always.
 * @returns the other's id
 */
export function transfer(asterisk: FakeAsterisk, channel: FakeChannel): string {
  const old = channel.info;
  asterisk.rename(channel);
  channel.deafen();
  asterisk.emit({ type: 'StasisStart', channel: channel.info, args: [], replace_channel: old });
  asterisk.emit({ type: 'StasisEnd', channel: old });
  return channel.id;
}

/**
 * A transfer, blind or attended, of a channel that is in a bridge. The other one comes into the bridge with no variables
 * and no arguments; blind, it is a Local channel that rings still. The first is hung up.
 */
export function transferInBridge(asterisk: FakeAsterisk, channel: FakeChannel): FakeChannel {
  const { bridge } = channel;
  if (!bridge) throw new Error('it is in no bridge');
  const other = new FakeChannel(asterisk, asterisk.newId(), APP);
  asterisk.channels.set(other.id, other);
  asterisk.emit({ type: 'StasisStart', channel: other.info, args: [], replace_channel: channel.info });
  bridge.add(other);
  bridge.remove(channel);
  channel.hangup();
  return other;
}
