/** A call that rings phones, on the fake Asterisk: the caller, the phones, and what is recorded of the conversation. */
import { callerOfLeg } from '../../src/call/conversation-ids.ts';
import type { FakeAsterisk } from './fake-asterisk.ts';
import type { FakeCaller } from './fake-stage.ts';
import type { FakeLeg } from './fake-leg.ts';
import type { Stage, StoredMessage } from './stage.ts';

/** What there is of the stage. */
interface ConversationStage extends Stage {
  readonly asterisk: FakeAsterisk;
  call(args: string): Promise<FakeCaller>;
}

export const OWNER = 'PJSIP/305';
export const SECRETARY = 'PJSIP/306';

export class FakeConversation {
  readonly caller: FakeCaller;
  readonly #stage: ConversationStage;

  private constructor(stage: ConversationStage, caller: FakeCaller) {
    this.#stage = stage;
    this.caller = caller;
  }

  /** A caller for mailbox 305, whose phones are {@link OWNER} and {@link SECRETARY}. */
  static async dial(stage: ConversationStage, options = `dial=${OWNER}`): Promise<FakeConversation> {
    stage.asterisk.phones.add(OWNER).add(SECRETARY);
    return new FakeConversation(stage, await stage.call(`305,${options}`));
  }

  /** They talk. */
  static async begin(stage: ConversationStage, options?: string): Promise<FakeConversation> {
    const conversation = await FakeConversation.dial(stage, options);
    await conversation.rings();
    conversation.owner.answer();
    await conversation.caller.until('Entering conversing state');
    await conversation.caller.wait(0.02);
    return conversation;
  }

  get owner(): FakeLeg {
    return this.leg(OWNER);
  }

  leg(endpoint: string): FakeLeg {
    const legs = this.#stage.asterisk.legs.filter(({ legId }) => callerOfLeg(legId) === this.caller.id);
    const leg = legs.findLast((each) => each.endpoint === endpoint);
    if (!leg) throw new Error(`${endpoint} has never rung`);
    return leg;
  }

  /** The phones ring, of which there are some. */
  async rings(): Promise<void> {
    await this.caller.until('Entering dialing state');
    await this.caller.wait(0.01);
  }

  /** The owner presses a key, and it is heard. */
  async press(digit: string, seconds = 0.05): Promise<void> {
    this.owner.press(digit);
    await this.caller.wait(seconds);
  }

  /** The owner presses 0, and the beep is over. */
  record(): Promise<void> {
    return this.press('0', 0.5);
  }

  /** The owner presses 6, and waits for the cue. */
  mute(): Promise<void> {
    return this.press('6', 0.2);
  }

  /** Both speak at once. */
  async talk(seconds = 2): Promise<void> {
    this.owner.speak(440, seconds);
    await this.caller.say(1000, seconds);
  }

  /** What is stored of the mailbox, without messages. */
  async recordings(): Promise<readonly StoredMessage[]> {
    return (await this.#stage.messages('305')).filter(({ name }) => name.includes('/Conversations/'));
  }

  async messages(): Promise<readonly StoredMessage[]> {
    return (await this.#stage.messages('305')).filter(({ name }) => name.includes('/INBOX/'));
  }
}
