import type { Config } from '../config/config.js';
import { createInputCheck } from '../providers/input-check.js';
import type { InputCheck } from '../swap/input-check.js';
import type { OwnPictureLookup } from './own-pictures.js';

/** @param allowLoopback whether clients may name pictures on loopback. @returns no check unless CHECK_INPUTS is on */
export function openInputCheck(
  { checkInputs }: Pick<Config, 'checkInputs'>,
  findOwn: OwnPictureLookup,
  allowLoopback: boolean,
): { check: InputCheck | undefined; close(): Promise<void> } {
  if (!checkInputs) return { check: undefined, close: async () => undefined };
  return createInputCheck({ allowLoopback, isOwn: (url) => findOwn(url) !== undefined });
}
