/** Finds ports on the loopback interface for a sandbox's servers. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { SandboxError } from './sandbox-error.ts';

/**
 * `wanted`, or any free port. The port is free now; another program may still take it before Asterisk does.
 * Throws SandboxError, naming `option`, when `wanted` is taken.
 */
export async function freePort(
  protocol: 'tcp' | 'udp',
  wanted: number | undefined,
  option: string,
): Promise<number> {
  try {
    return await (protocol === 'tcp' ? freeTcpPort(wanted ?? 0) : freeUdpPort(wanted ?? 0));
  } catch (error) {
    if (wanted === undefined) throw error;
    throw new SandboxError(
      `Port ${wanted}/${protocol} on 127.0.0.1 can not be had (${String((error as NodeJS.ErrnoException).code)}). ` +
        `Choose another with ${option}, or leave it out for any free one.`,
    );
  }
}

async function freeTcpPort(wanted: number): Promise<number> {
  const server = createServer().listen(wanted, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : wanted;
}

async function freeUdpPort(wanted: number): Promise<number> {
  const socket = createSocket('udp4').bind(wanted, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}

/** Start of a range of `size` ports below those that systems hand out; Asterisk passes over the taken ones in it. */
export function randomRange(size: number): number {
  const first = 10_000;
  return first + 2 * Math.floor((Math.random() * (32_000 - first - size)) / 2);
}
