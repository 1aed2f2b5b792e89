import { createHmac } from 'node:crypto';
import { z } from 'zod';
import type { SwapLog } from '../../swap/ports.js';

/** Settings that must be the same on all instances of a deployment. */
export interface SharedSettings {
  slots: number;
  apiKey: string;
  /** The first one signs; all are accepted. */
  webhookSecrets: readonly string[];
  signingSecret: string;
  /** The first one signs; all are accepted. Empty: no client tokens. */
  clientTokenSecrets: readonly string[];
}

export const settingNames = [
  'MODELSLAB_QUEUE_LIMIT',
  'MODELSLAB_API_KEY',
  'WEBHOOK_SECRET',
  'WEBHOOK_SIGNING_SECRET',
  'CLIENT_TOKEN_SECRET',
] as const;
export type SettingName = (typeof settingNames)[number];

/** Version of newly written descriptions; a description without one has version 1. */
const descriptionVersion = 1;
const described = z.object({
  version: z.int().max(descriptionVersion).default(1),
  slots: z.number(),
  signing: z.string(),
  apiKey: z.string(),
  issues: z.string(),
  recognizes: z.array(z.string()),
  /** Those of client tokens; absent in descriptions of versions without them. */
  tokens: z.array(z.string()).optional(),
});
type Described = z.infer<typeof described>;

/**
 * The settings in a form that is safe to share: secrets as fingerprints keyed by the signing secret, which is random, so the
 * other secrets cannot be guessed offline.
 */
export function describeSettings(settings: SharedSettings): string {
  const { slots, apiKey, webhookSecrets, signingSecret, clientTokenSecrets } = settings;
  const fingerprint = (name: string, secret: string): string =>
    createHmac('sha256', signingSecret).update(`${name} ${secret}`).digest('base64url').slice(0, 11);
  const recognizes = webhookSecrets.map((secret) => fingerprint('webhook', secret));
  const description: Described = {
    version: descriptionVersion,
    slots,
    signing: fingerprint('signing', ''),
    apiKey: fingerprint('key', apiKey),
    issues: recognizes[0] ?? '',
    recognizes,
    tokens: clientTokenSecrets.map((secret) => fingerprint('tokens', secret)),
  };
  return JSON.stringify(description);
}

/** Settings in which two instances conflict. A description of a newer version or an unknown form conflicts with nothing. */
export function conflictsOf(own: string, other: string): SettingName[] {
  const [mine, theirs] = [own, other].map(read);
  if (!mine || !theirs) return [];
  const isLimitDifferent = mine.slots !== theirs.slots;
  const conflicts: SettingName[] = isLimitDifferent ? ['MODELSLAB_QUEUE_LIMIT'] : [];
  // It keys the other fingerprints, which are then not comparable.
  if (mine.signing !== theirs.signing) return [...conflicts, 'WEBHOOK_SIGNING_SECRET'];
  if (mine.apiKey !== theirs.apiKey) conflicts.push('MODELSLAB_API_KEY');
  const isRecognized = mine.recognizes.includes(theirs.issues) && theirs.recognizes.includes(mine.issues);
  if (!isRecognized) conflicts.push('WEBHOOK_SECRET');
  if (!areTokensShared(mine.tokens, theirs.tokens)) conflicts.push('CLIENT_TOKEN_SECRET');
  return conflicts;
}

/** Whether each accepts the tokens of the other. */
function areTokensShared(
  mine: readonly string[] | undefined,
  theirs: readonly string[] | undefined,
): boolean {
  if (!mine || !theirs) return true;
  const [ours = '', others = ''] = [mine[0], theirs[0]];
  return mine.length === 0 && theirs.length === 0 ? true : mine.includes(others) && theirs.includes(ours);
}

export interface SettingsWatch {
  /** Receives the descriptions of live instances that differ from this one's. */
  compare(others: readonly string[]): void;
  /** Settings in which this instance currently differs from another one. */
  conflicts(): readonly SettingName[];
}

/** Warns about conflicting settings on other instances, once per set of settings. */
export function watchSettings(own: string, log: SwapLog): SettingsWatch {
  let current: readonly SettingName[] = [];
  return {
    compare(others) {
      const found = new Set(others.flatMap((other) => conflictsOf(own, other)));
      const next = settingNames.filter((name) => found.has(name));
      if (next.join() === current.join()) return;
      current = next;
      if (next.length === 0) {
        log.info({}, 'all instances have the same settings again');
        return;
      }
      const limits = next.includes('MODELSLAB_QUEUE_LIMIT') ? { lowestLimit: lowest([own, ...others]) } : {};
      log.warn(
        { settings: next, ...limits },
        'another instance has different settings; they must be the same on all instances',
      );
    },
    conflicts: () => current,
  };
}

function lowest(descriptions: readonly string[]): number {
  return Math.min(...descriptions.map((text) => read(text)?.slots ?? Number.POSITIVE_INFINITY));
}

function read(text: string): Described | undefined {
  try {
    return described.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
