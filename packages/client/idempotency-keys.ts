import type { SingleFaceSwapInput } from './generated/graphql.js';

/** Gives requests a key, so that one whose answer was lost can be sent again without a second swap. */
export interface IdempotencyKeys {
  /** The input with a key, where it needs one; the same input gets the same key until it is forgotten. */
  attach(input: SingleFaceSwapInput): SingleFaceSwapInput;
  /** To be called when the swap has ended: the next one of the same input is a new one. */
  forget(input: SingleFaceSwapInput, idempotencyKey: string | null | undefined): void;
}

export function createIdempotencyKeys(): IdempotencyKeys {
  const keys = new Map<string, string>();
  return {
    attach(input) {
      // Reuse that was asked for is the gateway's to decide, and a key would overrule it.
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

/** Browsers have `crypto.randomUUID` on https pages only. */
function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
