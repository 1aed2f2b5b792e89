import type { Config } from '../config/config.js';
import { createOriginPolicy, type OriginPolicy } from '../server/access/origin-policy.js';
import type { SwapLog } from '../swap/ports.js';
import { isLocal } from './own-pictures.js';

/**
 * A gateway that anyone on this machine may use, and that spends nothing, also takes requests from the pages of other local servers,
 * such as a frontend's development server. One that is connected to ModelsLab does not.
 */
export function openOrigins(config: Config, log: SwapLog): OriginPolicy {
  return createOriginPolicy({
    allowed: config.allowedOrigins,
    acceptsLoopback: config.modelsLabApiKey === undefined && isLocal(config),
    log,
  });
}
