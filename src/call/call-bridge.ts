/** The bridge in which caller and owner hear each other: what is recorded of it holds both. */
import { AriError, isGone } from '../ari/ari-error.ts';
import type { AriPort, LiveRecordingInfo, RecordOptions } from '../ari/ari-port.ts';
import type { Logger } from '../log.ts';
import type { CallChannel } from './call-channel.ts';
import { bridgeId } from './conversation-ids.ts';
import type { RecordingSource } from './recording-source.ts';
import { insist, ONCE_MORE, retry, unlessGone } from './retry.ts';

/** So often a bridge that Asterisk does not remove is tried again, each time as often as anything. */
const MORE_ROUNDS = 2;

export class CallBridge implements RecordingSource {
  /** It stays, and obeys, whoever leaves it. */
  readonly hungUp = false;
  readonly #ari: AriPort;
  readonly #id: string;
  readonly #caller: CallChannel;
  readonly #log: () => Logger;
  /** Whether it may be there. */
  #exists = false;

  /** @param originId the channel with which the call began */
  constructor(ari: AriPort, originId: string, caller: CallChannel, log: () => Logger) {
    this.#ari = ari;
    this.#id = bridgeId(originId);
    this.#caller = caller;
    this.#log = log;
  }

  /** Whether it may be there. */
  get exists(): boolean {
    return this.#exists;
  }

  /**
   * Joins caller and owner, in a bridge that is made if it is not there.
   * @param owner the owner's channel, as of now
   * @returns false if one of them has left
   * @throws AriError if they are not joined for another reason
   */
  async join(owner: () => string | undefined): Promise<boolean> {
    this.#exists = true;
    try {
      await retry(() => this.#create(), ONCE_MORE);
      await retry(() => this.#add(owner), ONCE_MORE);
      return true;
    } catch (error) {
      if (isGone(error)) return false;
      throw error;
    }
  }

  async #create(): Promise<void> {
    try {
      await this.#ari.createBridge(this.#id);
    } catch (error) {
      if (!(error instanceof AriError) || error.status !== 409) throw error;
    }
  }

  /** Of a channel that is gone, Asterisk says that the request is wrong: nobody has to try that again. */
  async #add(owner: () => string | undefined): Promise<void> {
    const [callerId, ownerId] = [this.#caller.id, owner()];
    if (ownerId === undefined) throw new AriError('the owner has left', 404);
    try {
      await this.#ari.addToBridge(this.#id, [callerId, ownerId]);
    } catch (error) {
      const isRefused = error instanceof AriError && (error.status === 400 || error.status === 422);
      if (!isRefused) throw error;
      // Unless another has taken its place in this very moment.
      if (await this.#caller.hasMovedFrom(callerId)) return this.#add(owner);
      throw new AriError(error.message, 404);
    }
  }

  /** An earlier daemon may have made it. */
  finding(): void {
    this.#exists = true;
  }

  /**
   * Who is in it, if an earlier daemon has made it.
   * @throws AriError if Asterisk does not say; then it is to be called again
   */
  async find(): Promise<string[]> {
    const channels = await unlessGone(() => this.#ari.getBridgeChannels(this.#id), ONCE_MORE);
    if (!channels) this.#exists = false;
    return channels ?? [];
  }

  /** Plays to both. @returns the id of the playback, of which PlaybackFinished will tell */
  async play(media: string): Promise<string> {
    // No earlier daemon can have used it: what it was playing has no part in what comes now.
    const id = `${this.#id}-${Date.now()}`;
    await this.#ari.playOnBridge(this.#id, id, media);
    return id;
  }

  stopPlayback(id: string): Promise<void> {
    return this.#ari.stopPlayback(id);
  }

  record(options: RecordOptions): Promise<void> {
    return this.#ari.recordBridge(this.#id, options);
  }

  stopRecording(name: string): Promise<void> {
    return this.#ari.stopRecording(name);
  }

  cancelRecording(name: string): Promise<void> {
    return this.#ari.cancelRecording(name);
  }

  getLiveRecording(name: string): Promise<LiveRecordingInfo> {
    return this.#ari.getLiveRecording(name);
  }

  /** Removes it; a recording of it ends, and is stored. Never rejects; what takes long is not waited for. */
  async destroy(): Promise<void> {
    if (!this.#exists) return;
    this.#exists = false;
    const destroy = () => this.#ari.destroyBridge(this.#id);
    try {
      await retry(destroy);
    } catch (error) {
      if (isGone(error)) return;
      this.#log().error({ err: error }, 'Could not remove the bridge: trying again');
      // If that does not help, either: at the next connect what is left of conversations is removed.
      let rounds = 0;
      void insist(destroy, () => ++rounds < MORE_ROUNDS);
    }
  }
}
