import { CloseCode, MessageType } from 'graphql-ws';
import type { FaultReporter } from '../../lib/contain.js';
import { GatewayError } from '../../swap/errors.js';
import type { SwapLog } from '../../swap/ports.js';
import type { Admission } from '../access/admission.js';
import type { Subscriptions } from '../subscriptions/subscriptions.js';
import type { TimeSlicer } from '../subscriptions/time-slicer.js';
import type { ConnectionHandlers } from './connection.js';

export interface HandlersOptions {
  subscriptions: Subscriptions;
  admission: Admission;
  log: SwapLog;
  report: FaultReporter;
}

/** Close code that makes clients reconnect later; graphql-ws clients retry on it. */
const tryAgainLater = 1013;

/** Applies the same checks as over HTTP, plus limits on sockets and subscriptions. */
export function createHandlers(
  { subscriptions, admission, log, report }: HandlersOptions,
  slicer: TimeSlicer,
): ConnectionHandlers {
  const connect: ConnectionHandlers['connect'] = async (connection, parameters) => {
    const { address, request } = connection;
    const given = parameters?.['authorization'] ?? parameters?.['Authorization'];
    try {
      const principal = await admission.admit({
        authorization: typeof given === 'string' ? given : request?.headers.authorization,
        host: request?.headers.host,
        address: () => address,
        requestId: connection.id,
        work: 'connection',
      });
      if (!connection.isOpen()) return undefined;
      if (subscriptions.connect(principal.client)) return principal;
      connection.close(tryAgainLater, 'Too many connections for this client');
      return undefined;
    } catch (error) {
      if (!(error instanceof GatewayError)) {
        log.error({ requestId: connection.id, err: error }, 'unexpected error in a socket');
        throw error;
      }
      if (error.code === 'RATE_LIMITED' || error.code === 'UNAVAILABLE')
        connection.close(tryAgainLater, error.message);
      return undefined;
    }
  };

  return {
    slicer,
    report,
    payloads: subscriptions.payloads,
    pushed: subscriptions.pushed,
    connect,
    async subscribe(connection, subscription, payload, context) {
      const failure = await subscriptions.start(subscription, { ...payload }, context, {
        transport: 'WebSocket',
        count: connection.subscriptions.size,
        caller: connection.caller,
      });
      if (!failure) return undefined;
      const { errors, isResult } = failure;
      return isResult
        ? { type: MessageType.Next, payload: { errors } }
        : { type: MessageType.Error, payload: errors };
    },
    unsubscribe({ principal }, subscription) {
      if (principal) subscriptions.stop(principal.client, subscription);
    },
    context: subscriptions.context,
    recheck(principal) {
      try {
        admission.recheck(principal);
        return undefined;
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error;
        const code = error.code === 'UNAVAILABLE' ? tryAgainLater : CloseCode.Forbidden;
        return { code, reason: error.message };
      }
    },
    disconnect({ principal }) {
      if (principal) subscriptions.disconnect(principal.client);
    },
  };
}
