/** Several assignments as one, by the dialplan function ARRAY: what is between its commas is taken apart by Asterisk. */
import type { Assignment } from './ari-port.ts';

/** What would end an argument, or begin something that Asterisk reads as more than text. */
const SPECIAL = /[\\,"()[\]]/g;

/** Sets all of these, in their order. */
export function assignAll(assignments: readonly Assignment[]): { variable: string; value: string } {
  const names = assignments.map(([name]) => name).join(',');
  const values = assignments.map(([, value]) => value.replace(SPECIAL, '\\$&')).join(',');
  return { variable: `ARRAY(${names})`, value: values };
}

/** Whether this can be an argument as it is. Who makes a channel over ARI may choose any id. */
export function isPlain(text: string): boolean {
  return /^[\w.:;@/-]+$/.test(text);
}
