import type { FastifyRequest } from 'fastify';
import type { ErrorFormatter } from '../graphql/execution/format-error.js';
import { GatewayError } from '../swap/errors.js';
import type { EndedSwap } from '../swap/swap.js';
import type { Admission } from './access/admission.js';
import { type LoadShedder, readWork, type Work } from './access/load-shedder.js';
import type { HttpServer } from './http/http-server.js';

/** Observes network traffic. Must not throw. Arguments come from small fixed sets and contain no client data. */
export interface ServerObserver {
  /** An HTTP response was sent. @param route as declared, or `none` */
  responded(route: string, httpStatus: number): void;
  /** A request or connection was not admitted. */
  rejected(code: string): void;
  shed(work: Work): void;
  errorFormatted(code: string): void;
  webhookRejected(): void;
  socketRejected(httpStatus: string): void;
  /** Registers a function that counts the open sockets. */
  followSockets(count: () => number): void;
  /** Registers a function that counts the active subscriptions. */
  followSubscriptions(count: () => number): void;
  /** A finished swap was sent to a client that subscribed before it finished. */
  pushed(swap: EndedSwap): void;
}

export function observeResponses(server: HttpServer, observer: ServerObserver): void {
  server.addHook('onResponse', (request: FastifyRequest, reply, done) => {
    observer.responded(request.routeOptions.url ?? 'none', reply.statusCode);
    done();
  });
}

export function observeAdmission(
  { admit, admitAgain, recheck }: Admission,
  observer: ServerObserver,
): Admission {
  const reject = (error: unknown): never => {
    if (error instanceof GatewayError) observer.rejected(error.code);
    throw error;
  };
  return {
    admit(arrival) {
      try {
        const principal = admit(arrival);
        return principal instanceof Promise ? principal.catch(reject) : principal;
      } catch (error) {
        return reject(error);
      }
    },
    admitAgain(principal, work) {
      try {
        admitAgain(principal, work);
      } catch (error) {
        reject(error);
      }
    },
    recheck,
  };
}

export function observeShedding(shedLoad: LoadShedder, observer: ServerObserver): LoadShedder {
  return (work) => {
    try {
      shedLoad(work);
    } catch (error) {
      observer.shed(readWork(work));
      throw error;
    }
  };
}

export function observeErrors(formatError: ErrorFormatter, observer: ServerObserver): ErrorFormatter {
  return (error, requestId) => {
    const formatted = formatError(error, requestId);
    observer.errorFormatted(String(formatted.extensions?.['code']));
    return formatted;
  };
}
