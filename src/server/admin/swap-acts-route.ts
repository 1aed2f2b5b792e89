import type { AdminRequest, AdminRoute, AdminSubject } from './admin-route.js';

interface SwapActs {
  requeue(id: string): Promise<object | undefined>;
  redeliver(id: string): Promise<object | undefined>;
}

/** Ids of the gateway. Other text is not looked up, and not recorded: it may be anything. */
const idForm = /^[\w-]{1,128}$/;
const subject = ({ params }: AdminRequest): AdminSubject =>
  idForm.test(params['id'] ?? '') ? { swap: params['id'] ?? '' } : {};

const actOn =
  (run: (id: string) => Promise<object | undefined>): AdminRoute['run'] =>
  async ({ params: { id = '' } }) =>
    idForm.test(id) ? run(id) : undefined;

/** `POST /swaps/{id}/requeue`: puts an open swap back that is in no queue. */
export const createRequeueRoute = ({ requeue }: SwapActs): AdminRoute => ({
  method: 'POST',
  path: '/swaps/:id/requeue',
  act: 'swap.requeue',
  subject,
  run: actOn(requeue),
});

/** `POST /swaps/{id}/redeliver`: delivers the client webhook of a finished swap again. */
export const createRedeliverRoute = ({ redeliver }: SwapActs): AdminRoute => ({
  method: 'POST',
  path: '/swaps/:id/redeliver',
  act: 'webhook.redeliver',
  subject,
  run: actOn(redeliver),
});
