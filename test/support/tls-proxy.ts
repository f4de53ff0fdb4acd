/** Speaks TLS for a server that does not, as nginx or stunnel would in front of Asterisk. */
import { connect, type AddressInfo, type Socket } from 'node:net';
import { createServer } from 'node:tls';
import type { Certificate } from './certificate.ts';

export interface TlsProxy extends AsyncDisposable {
  readonly url: string;
  /** Handshakes that the other end broke off, so far. */
  readonly refused: number;
}

/** Hands on to `port` of this machine. */
export async function startTlsProxy(certificate: Certificate, port: number): Promise<TlsProxy> {
  const sockets = new Set<Socket>();
  let refused = 0;
  const server = createServer(certificate, (near) => {
    const far = connect(port, '127.0.0.1');
    near.pipe(far).pipe(near);
    for (const [socket, other] of [[near, far] as const, [far, near] as const]) {
      sockets.add(socket);
      socket
        .on('error', () => {})
        .on('close', () => {
          sockets.delete(socket);
          other.destroy();
        });
    }
  });
  server.on('tlsClientError', () => (refused += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get refused() {
      return refused;
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      sockets.forEach((socket) => socket.destroy());
      await closed;
    },
  };
}
