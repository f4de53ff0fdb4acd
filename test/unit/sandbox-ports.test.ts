/** A port that the user asked for and cannot have is the user's to change, so the error must say how. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { freePort, randomRange } from '../../asterisk/sandbox/ports.ts';

test('a TCP port that another program has is named, with the option that changes it', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    await expect(freePort('tcp', port, '--ari-port')).rejects.toThrow(
      new RegExp(
        `^Port ${port}/tcp on 127.0.0.1 can not be had \\(EADDRINUSE\\). Choose another with --ari-port`,
      ),
    );
  } finally {
    server.close();
  }
});

test('a UDP port that another program has is named too', async () => {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  try {
    await expect(freePort('udp', port, '--sip-port')).rejects.toThrow(`Port ${port}/udp on 127.0.0.1`);
  } finally {
    socket.close();
  }
});

test('a free port that was asked for is the port that is used', async () => {
  const port = await freePort('tcp', undefined, '--ari-port');
  expect(await freePort('tcp', port, '--ari-port')).toBe(port);
});

test('the range for voice begins with an even port and stays below those that systems hand out', () => {
  for (let i = 0; i < 1000; i++) {
    const first = randomRange(2000);
    expect(first % 2).toBe(0);
    expect(first).toBeGreaterThanOrEqual(10_000);
    expect(first + 2000).toBeLessThanOrEqual(32_000);
  }
});
