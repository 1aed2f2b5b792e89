import { GatewayError } from '../swap/errors.js';
import type { SwapService } from '../swap/service.js';

/** Called after each operation of a client, with `ok` or the error code. Must not throw. */
export type OperationObserver = (operation: keyof SwapService, outcome: string) => void;

/** Counts every operation of the service. */
export function instrumentService(swaps: SwapService, observe: OperationObserver): SwapService {
  const count =
    <Arguments extends unknown[], Result>(
      operation: keyof SwapService,
      run: (...args: Arguments) => Promise<Result>,
    ) =>
    async (...args: Arguments): Promise<Result> => {
      try {
        const result = await run(...args);
        observe(operation, 'ok');
        return result;
      } catch (error) {
        observe(operation, error instanceof GatewayError ? error.code : 'INTERNAL_SERVER_ERROR');
        throw error;
      }
    };
  return {
    request: count('request', swaps.request),
    get: count('get', swaps.get),
    getMany: count('getMany', swaps.getMany),
    list: count('list', swaps.list),
    watch: count('watch', swaps.watch),
    cancel: count('cancel', swaps.cancel),
    erase: count('erase', swaps.erase),
    redeliver: count('redeliver', swaps.redeliver),
  };
}
