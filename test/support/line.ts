/** The line between the daemon and Asterisk: a TCP proxy that can be cut, and be down for a while. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Line {
  /** Of ARI, as seen through the line. */
  readonly url: string;
  /** Breaks every connection; new ones work. */
  cut(): void;
  /** Breaks every connection, and refuses new ones until it is up again. */
  down(): void;
  up(): void;
  close(): void;
}

/** @param to the URL of the real ARI */
export async function startLine(to: string): Promise<Line> {
  const port = Number(new URL(to).port);
  const sockets = new Set<Socket>();
  let isDown = false;
  const server = createServer((near) => {
    if (isDown) {
      near.destroy();
      return;
    }
    const far = connect(port, '127.0.0.1');
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => sockets.forEach((socket) => socket.destroy());
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    down: () => {
      isDown = true;
      cut();
    },
    up: () => (isDown = false),
    close: () => {
      cut();
      server.close();
    },
  };
}
