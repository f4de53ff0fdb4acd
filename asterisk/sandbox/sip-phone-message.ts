/** A SIP message on the wire: as much of RFC 3261's grammar as Asterisk and the tests' telephone use between them. */

/** A request or a response, as it came. */
export class SipMessage {
  readonly startLine: string;
  readonly body: string;
  readonly #lines: readonly string[];

  constructor(text: string) {
    const [head = '', ...body] = text.split('\r\n\r\n');
    [this.startLine = '', ...this.#lines] = head.split('\r\n');
    this.body = body.join('\r\n\r\n');
  }

  /** Of a response; undefined for a request. */
  get status(): number | undefined {
    return this.startLine.startsWith('SIP/2.0 ') ? Number(this.startLine.split(' ')[1]) : undefined;
  }

  /** Of a response, the method that it answers. */
  get method(): string {
    return this.status === undefined ? this.startLine.split(' ', 1)[0]! : this.header('CSeq').split(' ')[1]!;
  }

  /** Tells transactions apart. */
  get branch(): string {
    return /;branch=([^;,\s]+)/.exec(this.header('Via'))?.[1] ?? '';
  }

  /** Its first header of that name; empty when there is none. */
  header(name: string): string {
    const start = `${name.toLowerCase()}:`;
    const line = this.#lines.find((line) => line.toLowerCase().startsWith(start)) ?? '';
    return line.slice(start.length).trim();
  }

  /** What an answer must repeat, with `tag` in the To that has none yet. */
  repeated(tag: string): string[] {
    return this.#lines
      .filter((line) => /^(Via|From|To|Call-ID|CSeq):/i.test(line))
      .map((line) => (/^To:/i.test(line) && !line.includes(';tag=') ? `${line};tag=${tag}` : line));
  }
}

/** The address within a From, To or Contact. */
export function uriOf(header: string): string {
  return /<([^>]+)>/.exec(header)?.[1] ?? header.split(';', 1)[0]!;
}

export function tagOf(header: string): string {
  return /;tag=([^;\s]+)/.exec(header)?.[1] ?? '';
}

/** The text of a message. `body` is SDP. */
export function compose(startLine: string, headers: readonly string[], body = ''): string {
  return [
    startLine,
    ...headers,
    ...(body ? ['Content-Type: application/sdp'] : []),
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}
