/**
 * What `Stasis(vm-record,305,dial=PJSIP/305&PJSIP/306,timeout=20,record=yes)` asks for after the mailbox: whom to
 * ring, for how long, and whether to record the conversation from its first word.
 */

export interface DialPlan {
  /** As `PJSIP/305`; all ring at once. */
  readonly endpoints: readonly string[];
  /** How long they ring. */
  readonly timeoutSeconds: number;
  /** Whether the conversation is recorded from the beginning. */
  readonly recordsAtOnce: boolean;
}

export interface ReadDialPlan {
  /** Nothing if nobody is to be rung: the caller leaves a message. */
  readonly plan: DialPlan | undefined;
  /** What is wrong with the options, and what would be right; what is right of them counts. */
  readonly problems: readonly string[];
}

/** More than nine phones at once would be a hunt, and each costs Asterisk a channel. */
export const MOST_ENDPOINTS = 9;
const DEFAULT_TIMEOUT_SECONDS = 20;
const LONGEST_TIMEOUT_SECONDS = 300;
const OPTIONS = ['dial', 'timeout', 'record'];

/** @param args those of `Stasis()` after the mailbox */
export function readDialPlan(args: readonly string[]): ReadDialPlan {
  const problems: string[] = [];
  const options = new Map<string, string>();
  for (const arg of args.filter((text) => text.trim() !== '')) {
    const [, name = '', value = ''] = /^\s*([^=]*?)\s*(?:=\s*(.*?)\s*)?$/s.exec(arg) ?? [];
    if (!OPTIONS.includes(name)) problems.push('an option is dial=, timeout= or record=');
    else if (options.has(name)) problems.push(`${name}= may be given once`);
    else options.set(name, value);
  }
  const timeoutSeconds = readTimeout(options.get('timeout'), problems);
  const recordsAtOnce = readRecord(options.get('record'), problems);
  const endpoints = readEndpoints(options, problems);
  const plan = endpoints.length > 0 ? { endpoints, timeoutSeconds, recordsAtOnce } : undefined;
  return { plan, problems: [...new Set(problems)] };
}

function readTimeout(text: string | undefined, problems: string[]): number {
  if (text === undefined) return DEFAULT_TIMEOUT_SECONDS;
  const seconds = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (seconds >= 1 && seconds <= LONGEST_TIMEOUT_SECONDS) return seconds;
  problems.push(`timeout= is a whole number of seconds from 1 to ${LONGEST_TIMEOUT_SECONDS}`);
  return DEFAULT_TIMEOUT_SECONDS;
}

function readRecord(text: string | undefined, problems: string[]): boolean {
  if (text !== undefined && text !== 'yes' && text !== 'no') problems.push('record= is yes or no');
  return text === 'yes';
}

function readEndpoints(options: ReadonlyMap<string, string>, problems: string[]): string[] {
  const text = options.get('dial');
  if (text === undefined) {
    if (options.size > 0) problems.push('timeout= and record= need dial=');
    return [];
  }
  const named = text.split('&').map((endpoint) => endpoint.trim());
  const endpoints = named.filter((endpoint) => endpoint !== '');
  if (endpoints.length < named.length || endpoints.length > MOST_ENDPOINTS) {
    problems.push(`dial= is 1 to ${MOST_ENDPOINTS} endpoints with & between, as PJSIP/305&PJSIP/306`);
  }
  return endpoints.slice(0, MOST_ENDPOINTS);
}
