import type { Clock } from '../../lib/clock.js';
import type { FailpointHook } from '../failpoint.js';
import type {
  FaceSwapProvider,
  SwapIndex,
  SwapLog,
  SwapPubSub,
  SwapStore,
  UpstreamReport,
} from '../ports.js';
import { awaitsLateResult, type EndedSwap, isEnded, isErased, type PendingSwap, type Swap } from '../swap.js';
import { callContext } from './call-context.js';
import type { LateResults } from './late-results.js';
import { idsOf, isWithoutPicture, namesAnother, namesAnotherTrack } from './report-match.js';
import type { Transitions } from './transitions.js';

/**
 * Outcome of a webhook. `accepted`: it finished the swap or added information. `duplicate`: the swap was already finished.
 * `unknown`: the swap does not exist (any longer), or is erased. `unconfirmed`: it contradicts the swap, and a fetch did not confirm it.
 */
export type WebhookOutcome = 'accepted' | 'duplicate' | 'unknown' | 'unconfirmed';

/**
 * Applies a webhook with a valid token to its swap. Resolves when the change is durable. An unconfirmed webhook triggers a poll,
 * so nothing is lost.
 *
 * @throws UNAVAILABLE when the store fails; the webhook should be redelivered
 */
export type WebhookHandler = (id: string, report: UpstreamReport) => Promise<WebhookOutcome>;

interface WebhookHandlerDeps {
  store: SwapStore;
  swapIndex: SwapIndex;
  pubsub: SwapPubSub;
  transitions: Transitions;
  provider: FaceSwapProvider;
  late: LateResults;
  clock: Pick<Clock, 'now'>;
  log: SwapLog;
  failpoint: FailpointHook;
}

export function createWebhookHandler(deps: WebhookHandlerDeps): WebhookHandler {
  const { store, swapIndex, pubsub, transitions, provider, late, clock, log, failpoint } = deps;

  /**
   * Whether a webhook can be trusted without a fetch. The token proves that ModelsLab sent it for this swap, which is enough while
   * ModelsLab's id is unknown. Otherwise it must name that id and contradict nothing that is known.
   */
  async function isCredible(
    swap: Swap,
    known: string | undefined,
    webhook: UpstreamReport,
  ): Promise<boolean> {
    if (webhook.kind === 'unintelligible' || isWithoutPicture(webhook)) return false;
    if (!mayBeSubmitted(swap) || namesAnother(swap, known, webhook)) return false;
    if (known !== undefined && webhook.modelsLabId === undefined) return webhook.kind === 'processing';
    if (webhook.kind === 'failed' && !webhook.isFinal) return false;
    return known !== undefined || !(await belongsToAnother(swap, webhook.modelsLabId));
  }

  /** Whether the id is known to belong to another swap. */
  async function belongsToAnother(swap: Swap, modelsLabId: string | undefined): Promise<boolean> {
    if (modelsLabId === undefined) return false;
    const owner = await swapIndex.idByModelsLabId(modelsLabId);
    return owner !== undefined && owner !== swap.id;
  }

  /** Confirms a webhook by a fetch. A known id takes precedence over the one it names. */
  async function confirm(
    swap: Swap,
    known: string | undefined,
    webhook: UpstreamReport,
  ): Promise<UpstreamReport | undefined> {
    const modelsLabId = known ?? idsOf(webhook).modelsLabId;
    if (modelsLabId === undefined) return undefined;
    if (known === undefined && (await belongsToAnother(swap, modelsLabId))) return undefined;
    const { fetchPath } = swap;
    const reference = { modelsLabId, ...(fetchPath !== undefined && { fetchPath }) };
    const response = await provider.fetch(reference, callContext(swap));
    if (response.kind === 'unavailable' || response.kind === 'unintelligible' || isWithoutPicture(response))
      return undefined;
    if (namesAnother(swap, modelsLabId, response)) return undefined;
    // When the only known id came with a foreign track_id, proof requires the swap's own track_id.
    if (known === undefined && namesAnotherTrack(swap, webhook) && response.trackId === undefined)
      return undefined;
    if (response.kind === 'failed' && !response.isFinal) return undefined;
    return { ...response, modelsLabId };
  }

  async function completePending(
    swap: PendingSwap,
    report: UpstreamReport,
    known: string | undefined,
  ): Promise<void> {
    if (report.kind === 'succeeded') {
      const current = await transitions.applyTransition(swap, { ...report, type: 'succeeded' });
      // It may have failed concurrently.
      if (isEnded(current)) await late.record(current, report.result, report.modelsLabId ?? known, 'webhook');
    } else if (report.kind === 'failed')
      await transitions.applyTransition(swap, { ...report, type: 'failed' });
    else if (report.kind === 'processing' && report.modelsLabId !== undefined && known === undefined) {
      await swapIndex.link(swap.id, report.modelsLabId);
      pubsub.publish(swap);
    }
  }

  async function completeLate(
    swap: EndedSwap,
    report: UpstreamReport,
    known: string | undefined,
  ): Promise<WebhookOutcome> {
    if (report.kind === 'succeeded') {
      const isKept = await late.record(swap, report.result, report.modelsLabId ?? known, 'webhook');
      return isKept ? 'accepted' : 'duplicate';
    }
    const named = idsOf(report).modelsLabId;
    if (known === undefined && named !== undefined) await late.follow(swap, named);
    return 'accepted';
  }

  return async (id, webhook) => {
    const swap = await store.get(id);
    if (!swap || isErased(swap)) return 'unknown';
    if (isEnded(swap) && !awaitsLateResult(swap, clock.now())) return 'duplicate';
    const known = swap.modelsLabId ?? (await swapIndex.modelsLabIdOf(id));
    let report: UpstreamReport | undefined = webhook;
    if (!(await isCredible(swap, known, webhook))) {
      log.warn(
        { swap: id, modelsLabId: known, webhook: webhook.kind },
        'webhook needs confirmation; fetching the swap',
      );
      report = await confirm(swap, known, webhook);
    }
    if (!report) {
      const named = idsOf(webhook).modelsLabId;
      const isNew = known === undefined && named !== undefined && mayBeSubmitted(swap);
      if (isNew && !namesAnotherTrack(swap, webhook) && !(await belongsToAnother(swap, named))) {
        if (isEnded(swap)) await late.follow(swap, named);
        else await swapIndex.link(id, named);
      }
      if (swap.status === 'PROCESSING') pubsub.publish({ ...swap, pollRequestedAt: clock.now() });
      return 'unconfirmed';
    }
    failpoint('webhook-before-store');
    const outcome = isEnded(swap) ? await completeLate(swap, report, known) : 'accepted';
    if (!isEnded(swap)) await completePending(swap, report, known);
    failpoint('webhook-after-store');
    return outcome;
  };
}

/** A webhook can complete a swap without a fetch only if ModelsLab may have the swap. */
function mayBeSubmitted(swap: Swap): boolean {
  return swap.status !== 'QUEUED' || swap.submittingSince !== undefined;
}
