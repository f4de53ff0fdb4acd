/** Files as they come from Asterisk: piece by piece, over one and the same memory, until the reader has seen enough. */
import type { AriPort, ReadPiece } from '../../src/ari/ari-port.ts';
import { WavHeaderReader } from '../../src/call/wav.ts';

/** @returns how many bytes were read */
export function readInPieces(file: Buffer, read: ReadPiece, pieceBytes = 32_768): number {
  const memory = Buffer.alloc(pieceBytes);
  for (let at = 0; at < file.length; at += pieceBytes) {
    const piece = memory.subarray(0, file.copy(memory, 0, at, at + pieceBytes));
    const hasEnough = read(piece, file.length);
    memory.fill(0xff);
    if (hasEnough) return at + piece.length;
  }
  return file.length;
}

/** A stored recording's file, whole. */
export async function wholeFile(ari: AriPort, name: string): Promise<Buffer> {
  const pieces: Buffer[] = [];
  await ari.getStoredRecordingFile(name, (piece) => {
    pieces.push(Buffer.from(piece));
    return false;
  });
  return Buffer.concat(pieces);
}

/** What the header of a WAV says, and the length of the sound by the size of the file. */
export function readHeader(file: Buffer, pieceBytes?: number) {
  const reader = new WavHeaderReader();
  readInPieces(file, (piece) => (reader.take(piece), reader.isRead), pieceBytes);
  const { header } = reader;
  if (!header) return undefined;
  const bytes = file.length - header.soundAt;
  return { seconds: bytes / header.bytesPerSecond, isFinished: bytes === 0 || header.soundBytes > 0 };
}
