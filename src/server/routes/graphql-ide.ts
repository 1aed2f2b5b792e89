import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import { getDistDirectory, renderAltair } from 'altair-static';
import { projectRoot } from '../../lib/project-files.js';
import { type PagePolicy, policyOfForeignPage } from '../http/headers.js';
import type { HttpServer } from '../http/http-server.js';

const idePath = '/graphql/ide/';

/** An id as the gateway issues them; nothing else gets into the page. */
const swapId = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Set by the Studio: the id of the swap requested last, for this page only. */
const lastSwap = /(?:^|;\s*)face-swap-last=([\w-]+)/;

/**
 * Altair has no option that unfolds the variables of a window. So this opens the pane once for each window whose operation has variables, until
 * the user folds or unfolds one. Where the page looks different than expected, it does nothing.
 */
const unfoldVariables = `(() => {
  const seen = new WeakSet();
  const unfold = () => {
    const title = document.querySelector('.variables-editor--title');
    const query = document.querySelector('.query-editor__input .cm-content')?.textContent ?? '';
    if (!title || seen.has(title) || query.trim() === '') return;
    seen.add(title);
    const isFolded = !title.parentElement?.querySelector('.variables-editor-inner');
    if (isFolded && query.includes('($')) title.click();
  };
  let isDue = false;
  const watch = new MutationObserver(() => {
    if (isDue) return;
    isDue = true;
    setTimeout(() => {
      isDue = false;
      unfold();
    });
  });
  watch.observe(document.body, { childList: true, subtree: true });
  addEventListener('click', ({ isTrusted, target }) => {
    if (isTrusted && target.closest?.('.variables-editor--title')) watch.disconnect();
  }, true);
})();`;

const samplesQuery = `query Samples {
  samples {
    url
    title
    faces
  }
}
`;

const eraseSwapMutation = `mutation EraseSwap($id: ID!) {
  eraseSwap(id: $id) {
    erasedAt
    parts {
      what
      state
      reason
    }
  }
}
`;

const readOperation = (name: string): string =>
  readFileSync(join(projectRoot, 'schema/operations', `${name}.graphql`), 'utf8');

/** Needed per window as well: without it, Altair sends the window's subscriptions over HTTP. */
const subscriptions = {
  subscriptionsEndpoint: '/graphql',
  initialSubscriptionRequestHandlerId: 'graphql-ws' as const,
};

/**
 * Serves Altair, a GraphQL IDE, without loading anything from other hosts. Browsers that open `/graphql` are redirected to it;
 * clients that do not accept HTML are not.
 *
 * @param pages scope whose routes get page headers; @param server where `/graphql` is mounted
 * @param readOrigin the origin of the gateway's own pictures, called once the gateway listens; the page reflects nothing of a request
 *   but the id in `?swap=`, or else in the Studio's cookie, with which the windows about one swap begin
 */
export async function mountGraphqlIde(
  pages: HttpServer,
  server: HttpServer,
  policy: PagePolicy,
  readOrigin: () => string,
): Promise<void> {
  const window = (name: string, variables: object, query = readOperation(name)) => ({
    initialName: name,
    initialQuery: query,
    initialVariables: JSON.stringify(variables, null, 2),
    ...subscriptions,
  });
  const render = (swap: string, isPreserved: boolean): string => {
    // Altair inserts the text into a script: in a URL that was parsed, nothing can end a string, a template or a tag.
    const sample = (name: string): string => new URL(`${readOrigin()}/samples/${name}.jpg`).href;
    const input = { initImage: sample('ada'), targetImage: sample('bruno'), referenceImage: sample('ada') };
    const id = { id: swap };
    const html = renderAltair({
      baseURL: idePath,
      endpointURL: '/graphql',
      ...subscriptions,
      // What a browser keeps of its windows would take the place of those about the swap.
      preserveState: isPreserved,
      initialSettings: { 'schema.reloadOnStart': true, 'banners.disable': true },
      initialWindows: [
        // Altair opens the last one.
        window('GatewayStatus', {}),
        window('Samples', {}, samplesQuery),
        window('Swaps', { first: 10 }),
        window('EraseSwap', id, eraseSwapMutation),
        window('CancelSwap', id),
        window('SwapResult', id),
        window('SwapUpdated', id),
        window('SingleFaceSwap', { input, wait: 0 }),
      ],
    });
    return html.replace('</body>', () => `<script>${unfoldVariables}</script></body>`);
  };
  await pages.register(fastifyStatic, {
    root: getDistDirectory(),
    prefix: idePath,
    index: false,
    decorateReply: false,
  });
  pages.get<{ Querystring: { swap?: unknown } }>(idePath, (request, reply) => {
    const [, last] = lastSwap.exec(request.headers.cookie ?? '') ?? [];
    const [asked, known] = [request.query.swap, last].map((id) =>
      typeof id === 'string' && swapId.test(id) ? id : undefined,
    );
    const html = render(asked ?? known ?? 'paste a swap id', asked === undefined);
    return reply
      .header('content-security-policy', policyOfForeignPage(policy, html))
      .header('cache-control', 'no-store')
      .type('text/html; charset=utf-8')
      .send(html);
  });
  server.addHook('onRequest', async (request, reply) => {
    const wantsPage = request.method === 'GET' && request.headers.accept?.includes('text/html');
    if (wantsPage && (request.url === '/graphql' || request.url === '/graphql/ide'))
      return reply.redirect(idePath);
  });
}
