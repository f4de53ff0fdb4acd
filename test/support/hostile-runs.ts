/** How many hostile inputs are tried, and which (property-runs.ts). */
import { propertyRuns } from './property-runs.ts';

const PARAMETERS = propertyRuns(1500);

/** Many times what the runs of one test take, and shrinking. */
export const HOSTILE_LIMIT = { timeout: 120_000 + PARAMETERS.numRuns * 40 };

/** fast-check's parameters; `cost` is how many times dearer than a plain function one run is. */
export function hostileRuns(cost = 1) {
  return { ...PARAMETERS, numRuns: Math.max(5, Math.ceil(PARAMETERS.numRuns / cost)) };
}
