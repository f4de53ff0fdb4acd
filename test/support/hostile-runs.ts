/**
 * How many hostile inputs are tried, and which: always the same ones, unless told. As in
 * test/stories/properties.test.ts, `VM_PROPERTY_RUNS`, `VM_PROPERTY_SEED` and `VM_PROPERTY_PATH` say otherwise.
 */
const { VM_PROPERTY_RUNS, VM_PROPERTY_SEED, VM_PROPERTY_PATH } = process.env;

const RUNS = Number(VM_PROPERTY_RUNS ?? 1500);

/** Many times what the runs of one test take, and shrinking. */
export const HOSTILE_LIMIT = { timeout: 120_000 + RUNS * 40 };

/** fast-check's parameters; `cost` is how many times dearer than a plain function one run is. */
export function hostileRuns(cost = 1) {
  return {
    numRuns: Math.max(5, Math.ceil(RUNS / cost)),
    seed: Number(VM_PROPERTY_SEED ?? 305),
    ...(VM_PROPERTY_PATH && { path: VM_PROPERTY_PATH }),
  };
}
