/** The shipped dialplan, as an administrator may adapt it. */
import { readFile } from 'node:fs/promises';

const FILE = new URL('../../asterisk/extensions-vm-record.conf', import.meta.url);

/** The lines of its context [vm-record], with this pattern. */
export async function takesMessages(pattern = '_3XX'): Promise<string> {
  const lines = /^\[vm-record\]\n(.*?)^\[/ms.exec(await readFile(FILE, 'utf8'))?.[1] ?? '';
  return lines.replace('_3XX', pattern);
}

/** The same with the lines that ring the owner first, at a telephone `Local/<mailbox>@<phones>`. */
export async function ringsFirst(phones: string, pattern?: string): Promise<string> {
  const lines = await takesMessages(pattern);
  return lines
    .replaceAll('PJSIP/${VM_MAILBOX}', `Local/\${VM_MAILBOX}@${phones}/n`)
    .replace(/^ same => n\(known\).*\n/m, '')
    .replaceAll(/^;same/gm, ' same');
}
