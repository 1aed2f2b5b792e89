import { z } from 'zod';

/** Fields common to the requests of all operations. */
export interface CommonRequest {
  trackId?: number;
  /** URL of the client's own webhook, called when the swap is finished. */
  webhook?: string;
  /** The client confirmed that the people shown agreed. Kept as evidence; does not affect the swap. */
  consent?: true;
}

type OwnField<Request> = Exclude<keyof Request, keyof CommonRequest | 'operation'>;
type OwnFields<Request> = { [Name in OwnField<Request>]: z.ZodType<Request[Name]> };

/** A kind of face swap that a provider offers. */
export interface Operation<Request extends CommonRequest & { operation?: string }> {
  /** Identifies the operation in its requests. */
  tag: Pick<Request, 'operation'>;
  /** Parses the input fields specific to this operation, in the order in which problems are reported. */
  input(imageUrl: z.ZodType<string>): OwnFields<Request>;
  /** Parses the request in a stored record; other fields are preserved. */
  record: z.ZodObject;
  /** URLs of the pictures that a request names. */
  pictures(request: Request): string[];
  /** The request of an erased swap: `placeholder` instead of each picture, and nothing that the client sent. */
  erased(request: Request, placeholder: string): Request;
}

/** The common fields in a stored record. */
export const commonRecord = {
  trackId: z.number().optional(),
  webhook: z.string().optional(),
  consent: z.literal(true).optional(),
};
