import { openEventStream } from '../../testing/event-stream.js';
import { openSocket } from '../../testing/raw-socket.js';
import { swapFields } from '../../testing/swap-client.js';
import { upload } from '../../testing/upload.js';
import { cases, type Operation, policy } from './policy.js';

/** A client of the matrix: its credential, and a finished swap that it owns. */
export interface Caller {
  url: string;
  authorization: string | undefined;
  swapId: string;
}

/** The input of every swap of the matrix; the sandbox can fetch it. */
export const inputOf = (url: string) => ({
  initImage: `${url}/samples/ada.jpg`,
  targetImage: `${url}/samples/bruno.jpg`,
  referenceImage: `${url}/samples/ada.jpg`,
  idempotencyKey: 'the swap of the matrix',
});

/** The operations as documents. Each may have the variables `$id` and `$input`. */
const documents: Partial<Record<Operation, string>> = {
  singleFaceSwap: 'mutation ($input: SingleFaceSwapInput!) { singleFaceSwap(input: $input) { id } }',
  swapResult: `query ($id: ID!) { swapResult(id: $id) { ${swapFields} } }`,
  'swapResult with wait': 'query ($id: ID!) { swapResult(id: $id, wait: 60) { id } }',
  node: 'query ($id: ID!) { node(id: $id) { id } }',
  nodes: 'query ($id: ID!) { nodes(ids: [$id]) { id } }',
  swaps: '{ swaps { nodes { id } } }',
  'swaps with filters':
    '{ swaps(status: [SUCCEEDED], createdAfter: "2020-01-01T00:00:00Z") { nodes { id } } }',
  swapUpdated: 'subscription ($id: ID!) { swapUpdated(id: $id) { id status } }',
  cancelSwap: 'mutation ($id: ID!) { cancelSwap(id: $id) { id } }',
  redeliverWebhook: 'mutation ($id: ID!) { redeliverWebhook(id: $id) { id } }',
  eraseSwap: 'mutation { eraseSwap(id: "none") { id } }',
  deleteUpload: 'mutation { deleteUpload(id: "none") }',
  createClientToken: 'mutation { createClientToken(sub: "eve") { token } }',
  me: '{ me { client kind scopes expiresAt usage { swaps } webhookSigningSecret } }',
  samples: '{ samples { url } }',
  gatewayStatus: '{ gatewayStatus { version } }',
};

function requestOf({ url, swapId }: Caller, operation: Operation): { query: string; variables: object } {
  const query = documents[operation] ?? '';
  const variables = {
    ...(query.includes('$id') && { id: swapId }),
    ...(query.includes('$input') && { input: inputOf(url) }),
  };
  return { query, variables };
}

interface Answer {
  data?: Record<string, unknown> | null;
  errors?: { extensions?: { code?: string } }[];
}

/** Each caller has an address of its own, since failures are limited by address. */
let addresses = 0;
const headersOf = ({ authorization }: Caller): Record<string, string> => {
  addresses += 1;
  return {
    'x-forwarded-for': `10.1.${addresses >> 8}.${addresses & 255}`,
    ...(authorization !== undefined && { authorization }),
  };
};

/** `nodes` with an item that is null counts as nothing. */
function outcomeOf(operation: Operation, { data, errors }: Answer): string {
  if (errors) return errors[0]?.extensions?.code ?? 'an error without a code';
  const field = operation.split(' ')[0] ?? '';
  return [data?.[field]].flat().some((value) => value == null) ? 'nothing' : 'ok';
}

async function overHttp(caller: Caller, operation: Operation, method: 'POST' | 'GET'): Promise<string> {
  const { query, variables } = requestOf(caller, operation);
  const search = new URLSearchParams({ query, variables: JSON.stringify(variables) });
  const response =
    method === 'GET'
      ? await fetch(`${caller.url}/graphql?${search}`, {
          headers: { ...headersOf(caller), 'apollo-require-preflight': '1' },
        })
      : await fetch(`${caller.url}/graphql`, {
          method,
          headers: { ...headersOf(caller), 'content-type': 'application/json' },
          body: JSON.stringify({ query, variables }),
        });
  return outcomeOf(operation, (await response.json()) as Answer);
}

async function overEvents(caller: Caller, operation: Operation): Promise<string> {
  const stream = await openEventStream(caller.url, requestOf(caller, operation), headersOf(caller));
  if (!stream.response.ok) return outcomeOf(operation, (await stream.response.json()) as Answer);
  const { value } = await stream.events.next();
  stream.abort();
  return outcomeOf(operation, (value?.data ?? {}) as Answer);
}

/** One connection for all subscriptions of a caller. Rejected: a function that gives the close code. */
async function connect(caller: Caller): Promise<(operation: Operation) => Promise<string>> {
  const { authorization, ...headers } = headersOf(caller);
  const socket = await openSocket(caller.url, { headers });
  let number = 0;
  try {
    await socket.init(authorization === undefined ? {} : { authorization });
  } catch {
    const code = await socket.closed;
    return async () => `closed with ${code}`;
  }
  return async (operation) => {
    const { query, variables } = requestOf(caller, operation);
    number += 1;
    const id = String(number);
    socket.subscribe(id, query, variables);
    let message = await socket.next();
    // The end of the subscription before.
    while (message.id !== id) message = await socket.next();
    const { type, payload } = message;
    return outcomeOf(operation, type === 'error' ? { errors: payload as never } : (payload as Answer));
  };
}

async function overRoute(caller: Caller, operation: Operation): Promise<string> {
  if (operation === 'upload') {
    const { status, error } = await upload(caller, 'no picture', headersOf(caller));
    return error?.extensions.code ?? `HTTP ${status}`;
  }
  const path = operation === 'download' ? `/swaps/${caller.swapId}/download` : '/samples/ada.jpg';
  const response = await fetch(caller.url + path, { headers: headersOf(caller) });
  if (response.ok) {
    await response.arrayBuffer();
    return 'ok';
  }
  return outcomeOf(operation, (await response.json()) as Answer);
}

/** Tries cases as one caller. The outcome is `ok`, an error code, or how the socket was closed. */
export function createTrial(caller: Caller): (entry: (typeof cases)[number]) => Promise<string> {
  let connection: ReturnType<typeof connect> | undefined;
  return async ({ operation, transport }) => {
    if (policy[operation].type === 'route') return overRoute(caller, operation);
    if (transport === 'events') return overEvents(caller, operation);
    if (transport !== 'WebSocket') return overHttp(caller, operation, transport === 'GET' ? 'GET' : 'POST');
    connection ??= connect(caller);
    return (await connection)(operation);
  };
}
