/**
 * Who may do what, declared once and independently of the code: the expected outcomes of the matrix follow from this table alone.
 */

export const scopeNames = ['swap', 'read', 'cancel', 'erase', 'upload'] as const;
export type ScopeName = (typeof scopeNames)[number];
export type Kind = 'local' | 'key' | 'jwt' | 'token';
export type Transport = 'POST' | 'GET' | 'WebSocket' | 'events' | 'route';

interface Rule {
  type: 'query' | 'mutation' | 'subscription' | 'route';
  /** Who may; absent: everybody who is authenticated. */
  kinds?: readonly Kind[];
  /** The scope that it takes. */
  scope?: ScopeName;
  /** Needs no authentication. */
  isPublic?: true;
  /** The outcome of the matrix's request where it is allowed; default: ok. */
  allowed?: string;
}

export const policy = {
  // The same idempotencyKey as that of the client's finished swap.
  singleFaceSwap: { type: 'mutation', scope: 'swap' },
  swapResult: { type: 'query', scope: 'read' },
  'swapResult with wait': { type: 'query', scope: 'read' },
  node: { type: 'query', scope: 'read' },
  nodes: { type: 'query', scope: 'read' },
  swaps: { type: 'query', scope: 'read' },
  'swaps with filters': { type: 'query', scope: 'read' },
  swapUpdated: { type: 'subscription', scope: 'read' },
  // Of a finished swap without a webhook.
  cancelSwap: { type: 'mutation', scope: 'cancel', allowed: 'NOT_CANCELABLE' },
  redeliverWebhook: { type: 'mutation', scope: 'swap', allowed: 'BAD_USER_INPUT' },
  // Of a swap and an upload that do not exist.
  eraseSwap: { type: 'mutation', scope: 'erase', allowed: 'NOT_FOUND' },
  deleteUpload: { type: 'mutation', scope: 'upload', allowed: 'NOT_FOUND' },
  createClientToken: { type: 'mutation', kinds: ['key'] },
  me: { type: 'query' },
  samples: { type: 'query' },
  gatewayStatus: { type: 'query' },
  // Of a text that is no picture.
  upload: { type: 'route', scope: 'upload', allowed: 'PICTURE_TYPE_NOT_SUPPORTED' },
  download: { type: 'route', scope: 'read' },
  'a sample': { type: 'route', isPublic: true },
} as const satisfies Record<string, Rule>;
export type Operation = keyof typeof policy;

/** Which transports each type of operation is tried on. */
const transports: Record<Rule['type'], readonly Transport[]> = {
  query: ['POST', 'GET', 'WebSocket', 'events'],
  mutation: ['POST', 'GET', 'WebSocket', 'events'],
  subscription: ['POST', 'GET', 'WebSocket', 'events'],
  route: ['route'],
};

/** What a transport says to an authenticated client about a type of operation that it does not carry. */
const notCarried: Record<string, string> = {
  'mutation over GET': 'BAD_REQUEST',
  'query over WebSocket': 'BAD_REQUEST',
  'query over events': 'BAD_REQUEST',
  'mutation over events': 'BAD_REQUEST',
  'mutation over WebSocket': 'BAD_REQUEST',
  'subscription over POST': 'BAD_REQUEST',
  'subscription over GET': 'BAD_REQUEST',
};

export interface Subject {
  kind: Kind;
  scopes: readonly ScopeName[];
}

export const cases: readonly { operation: Operation; transport: Transport }[] = (
  Object.keys(policy) as Operation[]
).flatMap((operation) => transports[policy[operation].type].map((transport) => ({ operation, transport })));

/** @param subject undefined: the credential is not valid */
export function expectedOutcome(
  subject: Subject | undefined,
  { operation, transport }: (typeof cases)[number],
): string {
  const rule: Rule = policy[operation];
  if (rule.isPublic) return 'ok';
  if (!subject) return transport === 'WebSocket' ? 'closed with 4403' : 'UNAUTHENTICATED';
  const refusal = notCarried[`${rule.type} over ${transport}`];
  if (refusal !== undefined) return refusal;
  const isKindAllowed = rule.kinds?.includes(subject.kind) ?? true;
  const hasScope = rule.scope === undefined || subject.scopes.includes(rule.scope);
  return isKindAllowed && hasScope ? (rule.allowed ?? 'ok') : 'FORBIDDEN';
}

/** Every set of scopes. */
export const scopeSets: readonly (readonly ScopeName[])[] = Array.from(
  { length: 2 ** scopeNames.length },
  (_, bits) => scopeNames.filter((_name, index) => bits & (1 << index)),
);
