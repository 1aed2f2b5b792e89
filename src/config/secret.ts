/** A value that must not be printed: logs, errors and JSON show `[redacted]` instead. */
export interface Secret {
  reveal(): string;
}

export function secret(value: string): Secret {
  const redacted = (): string => '[redacted]';
  return {
    reveal: () => value,
    toString: redacted,
    toJSON: redacted,
    [Symbol.for('nodejs.util.inspect.custom')]: redacted,
  } as Secret;
}
