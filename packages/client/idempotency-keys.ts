import type { SingleFaceSwapInput } from './generated/graphql.js';

/** Adds an idempotency key to requests, so that a request whose response was lost can be retried without a second swap. */
export interface IdempotencyKeys {
  /** The input with a key, if it needs one; the same input gets the same key until the key is forgotten. */
  attach(input: SingleFaceSwapInput): SingleFaceSwapInput;
  /** Call it when the swap has finished: the next request with the same input is a new swap. */
  forget(input: SingleFaceSwapInput, idempotencyKey: string | null | undefined): void;
}

export function createIdempotencyKeys(): IdempotencyKeys {
  const keys = new Map<string, string>();
  return {
    attach(input) {
      // With an explicit `reuse` the gateway decides, and a key would override it.
      const isReusing = input.reuse === 'IN_FLIGHT' || input.reuse === 'COMPLETED';
      if (input.idempotencyKey != null || isReusing) return input;
      if (input.reuse === 'NEVER') return { ...input, idempotencyKey: randomKey() };
      const name = JSON.stringify(input);
      const idempotencyKey = keys.get(name) ?? randomKey();
      keys.set(name, idempotencyKey);
      return { ...input, idempotencyKey };
    },
    forget(input, idempotencyKey) {
      const name = JSON.stringify(input);
      if (keys.get(name) === idempotencyKey) keys.delete(name);
    },
  };
}

/** Browsers provide `crypto.randomUUID` only on https pages. */
function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
