import { unavailable } from '../swap/errors.js';

/** @throws UNAVAILABLE, with what `work` threw as its cause */
export async function orUnavailable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw unavailable(error);
  }
}
