/**
 * A channel as Asterisk describes it; or as its variables do, one by one: of a channel that holds what is not UTF-8
 * (an account code in Latin-1), Asterisk answers with success, and nothing else.
 */
import { AriError } from './ari-error.ts';
import type { AriHttp } from './ari-http.ts';
import type { ChannelInDialplan } from './ari-port.ts';

/** An id that Asterisk has made begins with the time, in seconds, perhaps after a system's name. */
const ASTERISKS_ID = /^(?:.*-)?(\d{10})\.\d+$/;

export async function getChannel(http: AriHttp, id: string): Promise<ChannelInDialplan> {
  const { data } = await http.request('GET', ['channels', id]);
  const channel = data.length === 0 ? await describe(http, id) : parse(data);
  if (!isChannel(channel)) throw unreadable('channel');
  const { name, creationtime, dialplan } = channel;
  const { app_name = '', app_data = '' } = dialplan;
  return { id: channel.id, name, creationtime, dialplan: { app_name, app_data } };
}

async function describe(http: AriHttp, id: string): Promise<ChannelInDialplan> {
  const [name, app_name, app_data] = await Promise.all(
    ['name', 'appname', 'appdata'].map((item) => getVariable(http, id, `CHANNEL(${item})`)),
  );
  const created = ASTERISKS_ID.exec(id)?.[1];
  const createdAt = new Date(created === undefined ? Date.now() : Number(created) * 1000);
  return {
    id,
    name: name ?? '',
    creationtime: createdAt.toISOString(),
    dialplan: { app_name: app_name ?? '', app_data: app_data ?? '' },
  };
}

async function getVariable(http: AriHttp, id: string, variable: string): Promise<string> {
  const { data } = await http.request('GET', ['channels', id, 'variable'], { variable });
  const { value } = parse(data) as { value?: unknown };
  if (typeof value !== 'string') throw unreadable(variable);
  return value;
}

function parse(data: Buffer): unknown {
  try {
    return JSON.parse(data.toString()) ?? {};
  } catch {
    throw unreadable('channel');
  }
}

function isChannel(it: unknown): it is ChannelInDialplan {
  const { id, name, creationtime, dialplan } = (it ?? {}) as Partial<Record<string, unknown>>;
  const areStrings = [id, name, creationtime].every((each) => typeof each === 'string');
  return areStrings && typeof dialplan === 'object' && dialplan !== null;
}

function unreadable(what: string): AriError {
  return new AriError(`the ${what}: unreadable answer`);
}
