import type { FastifyRequest } from 'fastify';
import type { ErrorFormatter } from '../graphql/execution/format-error.js';
import { GatewayError } from '../swap/errors.js';
import type { EndedSwap } from '../swap/swap.js';
import type { Admission } from './access/admission.js';
import { type LoadShedder, readWork, type Work } from './access/load-shedder.js';
import type { HttpServer } from './http/http-server.js';

/** Is told what comes in over the network. Must not throw. What is given takes few values, none of them a client's. */
export interface ServerObserver {
  /** @param route as it was declared, or `none` */
  answered(route: string, httpStatus: number): void;
  /** Someone was not let in. */
  refused(code: string): void;
  shed(work: Work): void;
  errorShown(code: string): void;
  webhookRefused(): void;
  socketRefused(httpStatus: string): void;
  /** Gives a way to count the sockets that are open. */
  followSockets(count: () => number): void;
  /** The same for subscriptions. */
  followSubscriptions(count: () => number): void;
  /** An ended swap was written to the socket of a subscriber who had been there before it ended. */
  pushed(swap: EndedSwap): void;
}

export function observeAnswers(server: HttpServer, observer: ServerObserver): void {
  server.addHook('onResponse', (request: FastifyRequest, reply, done) => {
    observer.answered(request.routeOptions.url ?? 'none', reply.statusCode);
    done();
  });
}

export function observeAdmission({ admit, admitAgain }: Admission, observer: ServerObserver): Admission {
  const refuse = (error: unknown): never => {
    if (error instanceof GatewayError) observer.refused(error.code);
    throw error;
  };
  return {
    admit(arrival) {
      try {
        const principal = admit(arrival);
        return principal instanceof Promise ? principal.catch(refuse) : principal;
      } catch (error) {
        return refuse(error);
      }
    },
    admitAgain(principal, work) {
      try {
        admitAgain(principal, work);
      } catch (error) {
        refuse(error);
      }
    },
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
    const shown = formatError(error, requestId);
    observer.errorShown(String(shown.extensions?.['code']));
    return shown;
  };
}
