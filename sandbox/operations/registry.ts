import type { SandboxOperation } from './operation.js';
import { single } from './single.js';

export const sandboxOperations: readonly SandboxOperation[] = [single];
