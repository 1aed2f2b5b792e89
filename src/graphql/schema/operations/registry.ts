import type { OperationName } from '../../../swap/operations/registry.js';
import { SingleFaceSwapResolver } from './single-face-swap.js';

/** The mutation of each operation. */
export const operationResolvers = {
  single: SingleFaceSwapResolver,
} satisfies Record<OperationName, NewableFunction>;
