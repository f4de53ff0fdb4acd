/** What is to be done about every operation of a port, without naming each. */
import type { AriPort } from './ari-port.ts';

export type Operation = (...args: unknown[]) => Promise<unknown>;

/**
 * The same port, with every operation wrapped, each once. What is no operation is asked of the port each time.
 * @param wrap is given the operation's name, too
 */
export function wrapOperations(
  port: AriPort,
  wrap: (operation: Operation, name: string) => Operation,
): AriPort {
  const wrapped = new Map<PropertyKey, Operation>();
  return new Proxy(port, {
    get(target, name) {
      const known = wrapped.get(name);
      if (known) return known;
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      const operation = wrap(value.bind(target) as Operation, String(name));
      wrapped.set(name, operation);
      return operation;
    },
  });
}
