import type { OperationName, SwapRequest } from '../../../swap/operations/registry.js';
import type { ModelsLabOperation } from './operation.js';
import { single } from './single.js';

export const modelsLabOperations: Record<OperationName, ModelsLabOperation<SwapRequest>> = { single };
