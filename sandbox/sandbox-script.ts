import { z } from 'zod';

const wireBody = z.record(z.string(), z.unknown());

const exchangeSchema = z.strictObject({
  match: wireBody.optional(),
  submit: z.strictObject({ status: z.int().min(200).max(599).optional(), body: wireBody }),
  webhook: wireBody.optional(),
  fetch: z.array(wireBody).min(1).optional(),
});

/** A submit with scripted responses. They are sent verbatim; faults and validation do not apply. */
export interface ScriptedExchange {
  /** Fields that the submit's body must have; without them, any submit matches. */
  readonly match?: Record<string, unknown> | undefined;
  /** The response; HTTP status 200 by default. `success` and `processing` count as accepted, under the body's `id`. */
  readonly submit: { readonly status?: number | undefined; readonly body: Record<string, unknown> };
  /** POSTed to the submit's `webhook` once the response has been sent. */
  readonly webhook?: Record<string, unknown> | undefined;
  /** Responses of `fetch/{id}` in turn, the last one repeats; if missing, the webhook's body or else the submit's. */
  readonly fetch?: readonly Record<string, unknown>[] | undefined;
}

export interface SandboxScript {
  /** @throws Error if `exchange` is not a ScriptedExchange */
  add(exchange: unknown): void;
  /** Removes and returns the first exchange that matches `body`. */
  take(body: Record<string, unknown>): ScriptedExchange | undefined;
}

export function createScript(): SandboxScript {
  const exchanges: ScriptedExchange[] = [];
  return {
    add: (exchange) => {
      const parsed = exchangeSchema.safeParse(exchange);
      if (!parsed.success) throw new Error(`Invalid scripted exchange:\n${z.prettifyError(parsed.error)}`);
      exchanges.push(parsed.data);
    },
    take: (body) => {
      const found = exchanges.findIndex(({ match = {} }) =>
        Object.entries(match).every(([field, value]) => body[field] === value),
      );
      return found < 0 ? undefined : exchanges.splice(found, 1)[0];
    },
  };
}
