import { GatewayError } from '../swap/errors.js';
import type { SwapService } from '../swap/service.js';

/** Is told what a client asked for and how that went: `ok` or an error code. Must not throw. */
export type OperationObserver = (operation: keyof SwapService, outcome: string) => void;

/** The service, with everything counted that clients ask of it. */
export function instrumentService(swaps: SwapService, observe: OperationObserver): SwapService {
  const count =
    <Arguments extends unknown[], Answer>(
      operation: keyof SwapService,
      ask: (...given: Arguments) => Promise<Answer>,
    ) =>
    async (...given: Arguments): Promise<Answer> => {
      try {
        const answer = await ask(...given);
        observe(operation, 'ok');
        return answer;
      } catch (error) {
        observe(operation, error instanceof GatewayError ? error.code : 'INTERNAL_SERVER_ERROR');
        throw error;
      }
    };
  return {
    request: count('request', swaps.request),
    get: count('get', swaps.get),
    list: count('list', swaps.list),
    watch: count('watch', swaps.watch),
    cancel: count('cancel', swaps.cancel),
    redeliver: count('redeliver', swaps.redeliver),
  };
}
