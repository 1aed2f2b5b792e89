import { z } from 'zod';

/** The fields that requests of every operation may have. */
export interface CommonRequest {
  trackId?: number;
  /** The client's own webhook, told of the end. */
  webhook?: string;
  /** The client confirmed that the people shown agreed. Kept as evidence; changes nothing about the swap. */
  consent?: true;
}

type OwnField<Request> = Exclude<keyof Request, keyof CommonRequest | 'operation'>;
type OwnFields<Request> = { [Name in OwnField<Request>]: z.ZodType<Request[Name]> };

/** One thing that a swap can ask a provider for. */
export interface Operation<Request extends CommonRequest & { operation?: string }> {
  /** How its requests name it. */
  tag: Pick<Request, 'operation'>;
  /** Parses the fields of the input that only this operation has, in the order in which problems are reported. */
  input(imageUrl: z.ZodType<string>): OwnFields<Request>;
  /** Parses the request in a stored record; other fields are preserved. */
  record: z.ZodObject;
}

/** The common fields in a stored record. */
export const commonRecord = {
  trackId: z.number().optional(),
  webhook: z.string().optional(),
  consent: z.literal(true).optional(),
};
