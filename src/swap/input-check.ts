import type { FieldProblem } from './errors.js';
import type { SwapRequest } from './swap.js';

/**
 * Looks at the pictures of a request before it is accepted, and so before it costs anything.
 *
 * @returns what is certainly wrong, by input field; empty if nothing is, or if that cannot be told. Never rejects, and takes a few
 *   seconds at most
 */
export type InputCheck = (client: string, request: SwapRequest) => Promise<FieldProblem[]>;
