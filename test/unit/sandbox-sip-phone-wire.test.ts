/** How the tests' SIP telephone copes with a server that is slow, or gone. */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SipMessage } from '../../asterisk/sandbox/sip-phone-message.ts';
import { SipWire } from '../../asterisk/sandbox/sip-phone-wire.ts';

let server: Socket;
let wire: SipWire;
const requests: SipMessage[] = [];

beforeEach(async () => {
  requests.length = 0;
  server = createSocket('udp4').bind(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  wire = await SipWire.open({ host: '127.0.0.1', port }, (request) => void requests.push(request));
});

afterEach(async () => {
  wire.close();
  server.close();
  await once(server, 'close');
});

const options = () => ({ method: 'OPTIONS', uri: wire.serverUri('305'), headers: ['CSeq: 1 OPTIONS'] });

/** The next message that the server gets. */
async function got(): Promise<SipMessage> {
  const [data] = (await once(server, 'message')) as [Buffer, RemoteInfo];
  return new SipMessage(data.toString());
}

const send = (text: string) => server.send(text, wire.port, '127.0.0.1');
const answer = (to: SipMessage, status: string) =>
  send(`SIP/2.0 ${status}\r\n${to.repeated('x').join('\r\n')}\r\n\r\n`);

test('a request that is not answered is sent again', async () => {
  const answered = wire.request(options());
  const first = await got();
  const second = await got();
  expect(second.branch).toBe(first.branch);
  answer(second, '200 OK');
  expect((await answered).status).toBe(200);
});

test('a request that comes again gets the same answer again, and is no second one', async () => {
  const bye =
    'BYE sip:phone SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nCSeq: 2 BYE\r\nTo: <sip:a>\r\n\r\n';
  send(bye);
  await expect.poll(() => requests.length).toBe(1);
  const [request] = requests;
  if (request) wire.respond(request, '200 OK', 'tag');
  const first = await got();
  send(bye);
  expect(await got()).toEqual(first);
  expect(requests).toHaveLength(1);
});

test('an answer to an INVITE that comes again is acknowledged again', async () => {
  const invite = { method: 'INVITE', uri: wire.serverUri('305'), headers: ['CSeq: 1 INVITE'] };
  const answered = wire.request(invite);
  const request = await got();
  answer(request, '486 Busy Here');
  wire.acknowledge(await answered, { uri: invite.uri, headers: ['CSeq: 1 ACK'] });
  expect((await got()).method).toBe('ACK');
  answer(request, '486 Busy Here');
  expect((await got()).branch).toBe(request.branch);
});

test('requests to a server that is gone fail at once, also of two in a row', async () => {
  server.close();
  await once(server, 'close');
  const began = performance.now();
  const outcomes = await Promise.allSettled([wire.request(options()), wire.request(options())]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(performance.now() - began).toBeLessThan(400);
  server = createSocket('udp4').bind(0, '127.0.0.1');
});
