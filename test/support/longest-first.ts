/**
 * The order of the test files. Vitest begins with the largest; but of those that only make calls by a script that stands
 * elsewhere, the size tells nothing, and one that begins last keeps all waiting.
 */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const LONG = /\/test\/real\/(?:as-installed|chaos|stories|takeover|spoken|transfers)\.test\.ts$/;

export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => LONG.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
