/** The cure for swagger-client, on the real swagger-client: errors keep their status, and nothing is printed. */
import { createRequire } from 'node:module';
import { beforeAll, expect, test, vi } from 'vitest';
import { AriError } from '../../src/ari/ari-error.ts';
import { AriHttp } from '../../src/ari/ari-http.ts';
import { type HttpAnswer, HttpClient } from '../../src/ari/http.ts';
import { cureSwaggerClient } from '../../src/ari/swagger-cure.ts';

interface SwaggerHttp {
  execute(request: {
    method: string;
    url: string;
    on: { response: (answer: { data: Buffer }) => void; error: (error: AriError) => void };
  }): void;
}

const send = vi.spyOn(HttpClient.prototype, 'send');
const http = new AriHttp({ ariUrl: 'https://pbx:8089', ariUsername: 'asterisk', ariPassword: 'asterisk' });
let execute: SwaggerHttp['execute'];

beforeAll(() => {
  cureSwaggerClient(http, () => {});
  const require = createRequire(createRequire(import.meta.url).resolve('ari-client'));
  const { SwaggerHttp } = require('swagger-client') as { SwaggerHttp: new () => SwaggerHttp };
  execute = (request) => new SwaggerHttp().execute(request);
});

/** What swagger-client's callbacks are told when Asterisk answers so. */
function outcome(
  answer: Promise<HttpAnswer>,
  onResponse: (data: string) => void = () => {},
): Promise<AriError | string> {
  send.mockReturnValueOnce(answer);
  return new Promise((resolve) => {
    execute({
      method: 'delete',
      url: 'http://pbx:8089/ari/channels/1?reason=normal',
      on: {
        response: ({ data }) => {
          onResponse(data.toString());
          resolve(data.toString());
        },
        error: resolve,
      },
    });
  });
}

const answer = (status: number, body: string) => Promise.resolve({ status, data: Buffer.from(body) });

test('hands on an answer, asked for at our own origin', async () => {
  await expect(outcome(answer(200, '{"a":1}'))).resolves.toBe('{"a":1}');
  expect(send).toHaveBeenLastCalledWith({ method: 'DELETE', path: '/ari/channels/1?reason=normal' });
});

test.for([
  [404, '{"message":"Channel not found"}', 'Channel not found', true],
  [409, '{"message":"Recording not in session"}', 'Recording not in session', false],
  [500, '"bare"', '"bare"', false],
  [503, '<html>Asterisk not booted</html>', '<html>Asterisk not booted</html>', false],
] as const)(
  'an error keeps its status and Asterisk’s own words: %i %s',
  async ([status, body, words, isGone]) => {
    const error = await outcome(answer(status, body));
    expect(error).toBeInstanceOf(AriError);
    expect(error).toMatchObject({ status, isGone, message: `DELETE /ari/channels/1: ${status} ${words}` });
    expect(error).not.toHaveProperty('data'); // or ari-client would replace it by one without a status
  },
);

test('no answer is handed on as it is', async () => {
  const error = new AriError('reset');
  await expect(outcome(Promise.reject(error))).resolves.toBe(error);
});

test('an answer that ari-client cannot read is an error, not a promise that never settles', async () => {
  const error = await outcome(answer(200, 'not JSON'), (data) => void JSON.parse(data));
  expect(error).toBeInstanceOf(AriError);
});

test('prints nothing on stdout', () => {
  const write = vi.spyOn(process.stdout, 'write');
  (globalThis as unknown as { log: (...words: string[]) => void }).log(
    'This API is using a deprecated version',
  );
  expect(write).not.toHaveBeenCalled();
  write.mockRestore();
});
