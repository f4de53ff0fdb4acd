/** The options of Stasis(): what is asked for, and what is said of what can't be. */
import { describe, expect, test } from 'vitest';
import { MOST_ENDPOINTS, readDialPlan } from '../../src/call/dial-plan.ts';

const read = (options: string) => readDialPlan(options === '' ? [] : options.split(','));

describe('reads', () => {
  test.for<[string, readonly string[], number, boolean]>([
    ['dial=PJSIP/305', ['PJSIP/305'], 20, false],
    ['dial=PJSIP/305&PJSIP/306,timeout=7,record=yes', ['PJSIP/305', 'PJSIP/306'], 7, true],
    ['record=no,timeout=300,dial=Local/1@a/n', ['Local/1@a/n'], 300, false],
    [' dial = PJSIP/305 & PJSIP/306 , timeout = 1 ', ['PJSIP/305', 'PJSIP/306'], 1, false],
    ['dial=PJSIP/305/sip:a=b@10.0.0.1', ['PJSIP/305/sip:a=b@10.0.0.1'], 20, false],
    ['dial=PJSIP/305,', ['PJSIP/305'], 20, false],
  ])('%s', ([options, endpoints, timeoutSeconds, recordsAtOnce]) => {
    expect(read(options)).toEqual({ plan: { endpoints, timeoutSeconds, recordsAtOnce }, problems: [] });
  });

  test.for(['', ' ', ','])('nothing in %o', (options) => {
    expect(read(options)).toEqual({ plan: undefined, problems: [] });
  });
});

const ENDPOINTS = 'dial= is 1 to 9 endpoints with & between, as PJSIP/305&PJSIP/306';
const TIMEOUT = 'timeout= is a whole number of seconds from 1 to 300';

describe('what is wrong is told, and what is right counts', () => {
  test.for<[string, number, string]>([
    ['dial=', 0, ENDPOINTS],
    ['dial', 0, ENDPOINTS],
    ['dial=&', 0, ENDPOINTS],
    ['dial=PJSIP/305&', 1, ENDPOINTS],
    [`dial=${Array.from({ length: 12 }, (_, n) => `PJSIP/${n}`).join('&')}`, MOST_ENDPOINTS, ENDPOINTS],
    ['dial=PJSIP/305,dial=PJSIP/306', 1, 'dial= may be given once'],
    ['dial=PJSIP/305,colour=red', 1, 'an option is dial=, timeout= or record='],
    ['PJSIP/305', 0, 'an option is dial=, timeout= or record='],
    ['dial=PJSIP/305,record=Yes', 1, 'record= is yes or no'],
    ['timeout=5', 0, 'timeout= and record= need dial='],
    ...['', '0', '-1', '1.5', '301', '1e2', '0x10', 'soon', '99999999999'].map(
      (seconds) => [`dial=PJSIP/305,timeout=${seconds}`, 1, TIMEOUT] as [string, number, string],
    ),
  ])('%s', ([options, endpoints, problem]) => {
    const { plan, problems } = read(options);
    expect(problems).toEqual([problem]);
    expect(plan?.endpoints.length ?? 0).toBe(endpoints);
    if (plan) expect(plan).toMatchObject({ timeoutSeconds: 20, recordsAtOnce: false });
  });
});
