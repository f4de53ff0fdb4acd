/**
 * How many random inputs a property is tried with, and which: always the same ones, unless `VM_PROPERTY_RUNS`,
 * `VM_PROPERTY_SEED` and `VM_PROPERTY_PATH` say otherwise.
 */
const { VM_PROPERTY_RUNS, VM_PROPERTY_SEED, VM_PROPERTY_PATH } = process.env;

/** fast-check's parameters. */
export function propertyRuns(otherwise: number) {
  return {
    numRuns: Number(VM_PROPERTY_RUNS ?? otherwise),
    seed: Number(VM_PROPERTY_SEED ?? 305),
    ...(VM_PROPERTY_PATH && { path: VM_PROPERTY_PATH }),
  };
}

/** Many times what so many calls take, and shrinking. */
export const propertyLimit = (runs: number) => ({ timeout: 60_000 + runs * 150 });
