/**
 * The voicemail application as the tutorial writes it, in the fewest lines, to be measured beside the daemon: bare
 * ari-client, a state's listeners on the channel, Asterisk's own beep, the same operations and waits.
 *
 * What it needs beyond that to live through a load: the channel's id in the recording's name, because two calls may
 * come in the same millisecond; and errors caught, because Asterisk refuses what comes for a caller who has gone.
 */
import ari, { type Channel, type Client, type Playback } from 'ari-client';

const { ARI_URL = '', ARI_USERNAME = '', ARI_PASSWORD = '' } = process.env;
const [app = ''] = process.argv.slice(2);

const print = (text: string) => process.stdout.write(`${text}\n`);
const refused = (error: Error | null) => error && print(error.message);

function recording(client: Client, channel: Channel, name: string): void {
  const live = client.LiveRecording(name);
  print('Entering recording state');
  channel.on('ChannelHangupRequest', onHangup);
  channel.on('ChannelDtmfReceived', onDtmf);
  channel.record({ name, format: 'wav', beep: true, ifExists: 'overwrite' }, live, refused);

  function cleanup() {
    channel.removeListener('ChannelHangupRequest', onHangup);
    channel.removeListener('ChannelDtmfReceived', onDtmf);
  }
  function onHangup() {
    print(`Accepted recording ${name} on hangup`);
    cleanup();
    print(`Channel ${channel.name} hung up`);
  }
  function onDtmf({ digit }: { digit: string }) {
    if (digit !== '#' && digit !== '*') return;
    print(`${digit === '#' ? 'Accepted' : 'Canceling'} recording ${name}`);
    cleanup();
    if (digit === '#') live.stop((error) => (refused(error), reviewing(client, channel, name)));
    else live.cancel((error) => (refused(error), recording(client, channel, name)));
  }
}

function reviewing(client: Client, channel: Channel, name: string): void {
  let playback: Playback | undefined = client.Playback();
  print('Entering reviewing state');
  channel.on('ChannelHangupRequest', onHangup);
  channel.on('ChannelDtmfReceived', onDtmf);
  client.on('PlaybackFinished', onPlaybackFinished);
  channel.play({ media: `recording:${name}` }, playback, refused);

  function cleanup() {
    channel.removeListener('ChannelHangupRequest', onHangup);
    channel.removeListener('ChannelDtmfReceived', onDtmf);
    client.removeListener('PlaybackFinished', onPlaybackFinished);
    playback?.stop(refused);
  }
  function onHangup() {
    print(`Accepted recording ${name} on hangup`);
    playback = undefined;
    cleanup();
    print(`Channel ${channel.name} hung up`);
  }
  function onPlaybackFinished(event: { playback: Playback }) {
    if (playback?.id === event.playback.id) playback = undefined;
  }
  function onDtmf({ digit }: { digit: string }) {
    if (digit !== '#' && digit !== '*') return;
    print(`${digit === '#' ? 'Accepted' : 'Canceling'} recording ${name}`);
    cleanup();
    if (digit === '#') return ending(channel);
    client.recordings.deleteStored({ recordingName: name }, refused);
    recording(client, channel, name);
  }
}

function ending(channel: Channel): void {
  print(`Ending voice mail call from ${channel.name}`);
  channel.hangup(refused);
}

ari.connect(ARI_URL, ARI_USERNAME, ARI_PASSWORD).then((client) => {
  client.on('StasisStart', ({ args }, channel) => {
    const name = `voicemail/${args[0] ?? ''}/${Date.now()}-${channel.id}`;
    channel.answer((error) => {
      if (error) return void refused(error);
      print(`Channel ${channel.name} recording voicemail for ${args[0] ?? ''}`);
      recording(client, channel, name);
    });
  });
  client.start(app, () => print('ready'));
}, refused);
