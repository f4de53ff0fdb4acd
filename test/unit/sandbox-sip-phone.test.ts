/** The packets of the tests' SIP telephone: what it sends to the millisecond, and what it makes of those it gets. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { fromMulaw, toMulaw } from '../../asterisk/sandbox/mulaw.ts';
import { G729, PCMU } from '../../asterisk/sandbox/sip-phone-codec.ts';
import { Ear } from '../../asterisk/sandbox/sip-phone-ear.ts';
import { Mouth } from '../../asterisk/sandbox/sip-phone-mouth.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A packet's fields, of those that count. */
const read = (packet: Buffer) => ({
  payload: packet.readUInt8(1) & 0x7f,
  marked: packet.readUInt8(1) >= 0x80,
  sequence: packet.readUInt16BE(2),
  time: packet.readUInt32BE(4),
  content: packet.subarray(12),
});

function mouth(codec = PCMU): { mouth: Mouth; sent: ReturnType<typeof read>[] } {
  const sent: ReturnType<typeof read>[] = [];
  return { mouth: new Mouth(codec, (packet) => sent.push(read(packet))), sent };
}

/** A packet of one sample's value, as PCMU. */
function packet(time: number, sample: number, payload = 0): Buffer {
  const header = Buffer.from([0x80, payload, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(time, 4);
  return Buffer.concat([header, Buffer.alloc(160, toMulaw(sample))]);
}

test('µ-law there and back is right to a 32nd, and to 4 near silence', () => {
  for (let sample = -32_000; sample <= 32_000; sample += 7) {
    const error = Math.abs(fromMulaw(toMulaw(sample)) - sample);
    expect(error).toBeLessThanOrEqual(Math.max(4, (Math.abs(sample) + 132) / 32));
  }
});

test('sends a packet every 20 ms, of silence when nothing is said', () => {
  const { mouth: self, sent } = mouth();
  vi.advanceTimersByTime(100);
  expect(sent).toHaveLength(5);
  vi.advanceTimersByTime(900);
  expect(sent).toHaveLength(50);
  expect(sent.map(({ time }) => time)).toEqual(sent.map((_, i) => i * 160));
  expect(sent.every(({ content }) => content.equals(Buffer.alloc(160, 0xff)))).toBe(true);
  expect(sent.map(({ marked }) => marked)).toEqual(sent.map((_, i) => i === 0));
  self.close();
  vi.advanceTimersByTime(100);
  expect(sent).toHaveLength(50);
});

test('what a late timer has missed is sent at once', () => {
  const now = vi.spyOn(performance, 'now').mockReturnValue(0);
  const { mouth: self, sent } = mouth();
  now.mockReturnValue(1_000);
  vi.advanceTimersByTime(5);
  expect(sent).toHaveLength(50);
  self.close();
  now.mockRestore();
});

test('says one thing after the other, and tells when each is sent', async () => {
  const { mouth: self, sent } = mouth();
  const over: string[] = [];
  void self.say(new Int16Array(320).fill(1_000)).then(() => over.push('one'));
  void self.say(new Int16Array(161).fill(-1_000)).then(() => over.push('two'));
  await vi.advanceTimersByTimeAsync(40);
  expect(over).toEqual(['one']);
  await vi.advanceTimersByTimeAsync(60);
  expect(over).toEqual(['one', 'two']);
  const first = sent.map(({ content }) => Math.sign(fromMulaw(content[0] ?? 0)));
  expect(first).toEqual([1, 1, -1, -1, 0]);
  self.close();
});

test.for(['muted', 'held'] as const)('%s it sends nothing, and what is said is lost', async (how) => {
  const { mouth: self, sent } = mouth();
  await vi.advanceTimersByTimeAsync(40);
  self[how] = true;
  const said = self.say(new Int16Array(1_600).fill(1_000));
  await vi.advanceTimersByTimeAsync(200);
  await said;
  expect(sent).toHaveLength(2);
  self[how] = false;
  await vi.advanceTimersByTimeAsync(20);
  // The clock has gone on, the numbers have not: no packet was lost.
  expect(sent[2]).toMatchObject({ marked: true, time: 12 * 160, sequence: (sent[1]?.sequence ?? 0) + 1 });
  expect(fromMulaw(sent[2]?.content[0] ?? 0)).toBe(0);
  self.close();
});

test('a key is one event with one time, its end said three times, instead of speech', async () => {
  const { mouth: self, sent } = mouth();
  self.muted = true;
  const pressed = self.press('#');
  await vi.advanceTimersByTimeAsync(100);
  await pressed;
  expect(sent.map(({ payload, marked, time }) => ({ payload, marked, time }))).toEqual(
    sent.map((_, i) => ({ payload: 101, marked: i === 0, time: 0 })),
  );
  const events = sent.map(({ content }) => [
    content[0],
    content.readUInt8(1) >= 0x80,
    content.readUInt16BE(2),
  ]);
  const held = [160, 320, 480, 640].map((ticks) => [11, false, ticks]);
  expect(events).toEqual([...held, ...Array.from({ length: 3 }, () => [11, true, 800])]);
  await expect(self.press('x')).rejects.toThrow(RangeError);
  self.close();
});

test('what is not said when the call ends fails', async () => {
  const { mouth: self } = mouth();
  const said = self.say(new Int16Array(1_600));
  self.close();
  await expect(said).rejects.toThrow('the call ended before all was said');
});

test('a packet of G.729 has 20 bytes and its payload type', () => {
  const { mouth: self, sent } = mouth(G729);
  vi.advanceTimersByTime(20);
  expect(sent[0]).toMatchObject({ payload: 18 });
  expect(sent[0]?.content).toHaveLength(20);
  self.close();
});

test('hears packets one after the other, gaps as silence, and nothing of another payload', () => {
  const ear = new Ear(PCMU);
  ear.hear(packet(0, 1_000));
  ear.hear(packet(160, 1_000));
  ear.hear(packet(320, 1_000, 101));
  vi.advanceTimersByTime(500);
  ear.hear(packet(4_000, -1_000));
  ear.close();
  vi.advanceTimersByTime(500);
  const { samples, seconds } = ear.recording();
  expect(seconds).toBe(4_160 / 8_000);
  const at = (sample: number) => Math.sign(samples[sample] ?? NaN);
  expect([0, 319, 320, 3_999, 4_000, 4_159].map(at)).toEqual([1, 1, 0, 0, -1, -1]);
});

test('packets that are read late, because the test was busy, leave no gap', () => {
  const ear = new Ear(PCMU);
  ear.hear(packet(0, 1_000));
  vi.advanceTimersByTime(500);
  for (let i = 1; i <= 25; i++) ear.hear(packet(i * 160, 1_000));
  ear.close();
  expect(ear.recording().samples.every((sample) => sample > 0)).toBe(true);
});
