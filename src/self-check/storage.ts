/** Could a message be kept? */
import type { Finding } from './finding.ts';
import { type Trial, tryRecording } from './trial-recording.ts';

/**
 * Records as for a message; if that fails, the other way round it is found out why.
 * @throws AriError if Asterisk does not answer
 */
export async function checkStorage(trial: Trial): Promise<Finding[]> {
  let result = await tryRecording(trial, 'voicemail/');
  // It may have been a hiccup.
  if (result === 'refused') result = await tryRecording(trial, 'voicemail/');
  if (result === 'kept') return [];
  if (result === 'unknown format')
    return [nothingIsKept('Asterisk cannot write wav files', 'load format_wav.so')];
  const folder = `${await trial.ari.getGlobalVar('ASTSPOOLDIR')}/recording`;
  if ((await tryRecording(trial, '')) !== 'kept') {
    const mend = `make it, as root: install -d -o asterisk -g asterisk -m 750 ${folder}`;
    return [nothingIsKept(`the folder ${folder} is missing, or Asterisk may not write there`, mend)];
  }
  const mend =
    `if it is a link to another disk, which Asterisk refuses to follow, make ${folder} itself the link, or mount the ` +
    'disk there; else make it a folder of the user who runs Asterisk';
  return [nothingIsKept(`Asterisk refuses to record in ${folder}/voicemail`, mend)];
}

function nothingIsKept(why: string, mend: string): Finding {
  return { what: `no message can be kept: ${why}`, mend, keepsNothing: true };
}
