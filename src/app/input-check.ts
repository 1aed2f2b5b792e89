import type { Config } from '../config/config.js';
import { createInputCheck } from '../providers/input-check.js';
import type { InputCheck } from '../swap/input-check.js';
import type { OwnPictureLookup } from './own-pictures.js';
import { proxiesOf } from './proxies.js';

/** @param allowLoopback whether clients may name pictures on loopback. @returns no check unless CHECK_INPUTS is on */
export function openInputCheck(
  config: Config,
  findOwn: OwnPictureLookup,
  allowLoopback: boolean,
): { check: InputCheck | undefined; close(): Promise<void> } {
  if (!config.checkInputs) return { check: undefined, close: async () => undefined };
  return createInputCheck({
    allowLoopback,
    isOwn: (url) => findOwn(url) !== undefined,
    proxies: proxiesOf(config),
  });
}
