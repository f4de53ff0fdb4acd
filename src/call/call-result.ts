/** How a call ended, as the dialplan is told in channel variables. */

/** The word in `VMREASON`. */
export type Reason =
  'accepted' | 'hangup' | 'timeout' | 'discarded' | 'silence' | 'bad-mailbox' | 'storage' | 'error';

/**
 * The channel variables of the contract.
 * @param message the stored recording's name, if there is a message
 */
export function resultVariables(reason: Reason, message: string | undefined): Record<string, string> {
  const status = reason === 'discarded' ? 'USEREXIT' : message === undefined ? 'FAILED' : 'SUCCESS';
  return { VMSTATUS: status, VMREASON: reason, VM_MESSAGE: message ?? '' };
}
