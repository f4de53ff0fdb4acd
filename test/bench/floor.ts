/**
 * The floor: what the operations of a call cost when nothing stands between. A bare WebSocket, plain node:http, no
 * state machine, no safety, no log; the operations are those of the tutorial's way. To measure, never to use.
 */
import { Agent, request } from 'node:http';
import WebSocket from 'ws';

const { ARI_URL = '', ARI_USERNAME = '', ARI_PASSWORD = '' } = process.env;
const [app = ''] = process.argv.slice(2);
const auth = `${ARI_USERNAME}:${ARI_PASSWORD}`;
const agent = new Agent({ keepAlive: true });

/** Whatever the answer is. */
function send(method: string, path: string, then: () => void = () => {}): void {
  // Node leaves the length out for DELETE, and Asterisk would wait for a body.
  const options = { method, agent, auth, headers: { 'content-length': 0 } };
  request(`${ARI_URL}/ari/${path}`, options, (response) => response.resume().on('end', then)).end();
}

/** By channel: its recording's name, and whether that is being heard. */
const calls = new Map<string, { name: string; reviewing: boolean }>();

interface Event {
  type: string;
  args: string[];
  channel: { id: string };
  digit: string;
}

function onEvent({ type, args, channel, digit }: Event): void {
  if (type === 'ChannelHangupRequest') calls.delete(channel.id);
  if (type === 'StasisStart') {
    const { id } = channel;
    const name = encodeURIComponent(`voicemail/${args[0] ?? ''}/${Date.now()}-${id}`);
    calls.set(id, { name, reviewing: false });
    send('POST', `channels/${id}/answer`, () =>
      send('POST', `channels/${id}/record?name=${name}&format=wav&beep=true&ifExists=overwrite`),
    );
  }
  const call = calls.get(channel?.id);
  if (type !== 'ChannelDtmfReceived' || digit !== '#' || !call) return;
  const playback = `review-${channel.id}`;
  if (call.reviewing) {
    send('DELETE', `playbacks/${playback}`);
    send('DELETE', `channels/${channel.id}`);
  } else {
    call.reviewing = true;
    send('POST', `recordings/live/${call.name}/stop`, () =>
      send('POST', `channels/${channel.id}/play/${playback}?media=recording:${call.name}`),
    );
  }
}

const url = `${ARI_URL.replace(/^http/, 'ws')}/ari/events?app=${app}`;
const socket = new WebSocket(url, { auth });
socket.on('message', (data: Buffer) => onEvent(JSON.parse(data.toString()) as Event));
socket.on('open', () => process.stdout.write('ready\n'));
