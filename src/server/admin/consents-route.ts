import { z } from 'zod';
import type { ConsentLog } from '../../swap/consent.js';
import { badUserInput } from '../../swap/errors.js';
import type { AdminRoute } from './admin-route.js';

const pageSize = 500;
const cursor = z.coerce.number().int().nonnegative().optional();

/** `GET /consents?after=CURSOR`: evidence of consent, oldest first, a page at a time. */
export function createConsentsRoute(consents: Pick<ConsentLog, 'page'>): AdminRoute {
  return {
    method: 'GET',
    path: '/consents',
    act: 'consents.read',
    async run({ query }) {
      const after = cursor.safeParse(query['after']);
      if (!after.success)
        throw badUserInput([{ path: 'after', message: 'must be the `next` of the previous page' }]);
      const { evidence, next } = await consents.page(pageSize, after.data);
      const consentsOfPage = evidence.map(({ at, expiresAt, ...rest }) => ({
        ...rest,
        at: new Date(at).toISOString(),
        expiresAt: new Date(expiresAt).toISOString(),
      }));
      return { consents: consentsOfPage, next: next ?? null };
    },
  };
}
