/**
 * Measures the ARI operations from outside: how long Asterisk took for each, and what came of it. Neither the
 * port nor those who use it know of it.
 */
import { AriError } from './ari-error.ts';
import type { AriPort } from './ari-port.ts';
import { type Operation, wrapOperations } from './wrap-operations.ts';

/** `refused`: Asterisk said no (4xx), as it does when the caller has hung up. `failed`: 5xx, or no answer. */
export type Outcome = 'ok' | 'refused' | 'failed';

/** Is told of each operation when it has settled. */
export interface OperationObserver {
  ariOperation(operation: string, outcome: Outcome, seconds: number): void;
}

/** The same port, with every operation measured. */
export function measurePort(port: AriPort, observer: OperationObserver): AriPort {
  return wrapOperations(port, (operation, name) => measure(name, operation, observer));
}

function measure(name: string, operation: Operation, observer: OperationObserver): Operation {
  return (...args) => {
    const start = performance.now();
    // The caller gets the very promise of the port, which settles no later than it would unmeasured.
    const answer = operation(...args);
    answer.then(
      () => observer.ariOperation(name, 'ok', secondsSince(start)),
      (error: unknown) => observer.ariOperation(name, outcomeOf(error), secondsSince(start)),
    );
    return answer;
  };
}

function secondsSince(start: number): number {
  return (performance.now() - start) / 1000;
}

function outcomeOf(error: unknown): Outcome {
  const status = error instanceof AriError ? error.status : undefined;
  return status !== undefined && status >= 400 && status < 500 ? 'refused' : 'failed';
}
