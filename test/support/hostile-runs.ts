/**
 * How many hostile inputs are tried, and which: always the same ones, unless told. As in
 * test/stories/properties.test.ts, `VM_PROPERTY_RUNS`, `VM_PROPERTY_SEED` and `VM_PROPERTY_PATH` say otherwise.
 */
const { VM_PROPERTY_RUNS, VM_PROPERTY_SEED, VM_PROPERTY_PATH } = process.env;

/** fast-check's parameters; `cost` is how many times dearer than a plain function one run is. */
export function hostileRuns(cost = 1) {
  return {
    numRuns: Math.max(5, Math.ceil(Number(VM_PROPERTY_RUNS ?? 1500) / cost)),
    seed: Number(VM_PROPERTY_SEED ?? 305),
    ...(VM_PROPERTY_PATH && { path: VM_PROPERTY_PATH }),
  };
}
