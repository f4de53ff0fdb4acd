/** The sandbox's one kind of failure, so that callers can tell advice to the user from a defect. */

/** Something on this machine is in the way. The message is one piece of text that says what and what to do. */
export class SandboxError extends Error {
  override name = 'SandboxError';
}
