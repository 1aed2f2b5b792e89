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
import { awaitsLateResult, type EndedSwap, isEnded, type PendingSwap, type Swap } from '../swap.js';
import type { LateResults } from './late-results.js';
import { idsOf, isWithoutPicture, namesAnother, namesAnotherTrack } from './report-match.js';
import type { Transitions } from './transitions.js';

/**
 * What became of a webhook: `accepted`, it ended the swap or told something new; `duplicate`, the swap had ended;
 * `unknown`, there is no such swap (any more); `unconfirmed`, it does not fit the swap and ModelsLab could not be asked.
 */
export type WebhookOutcome = 'accepted' | 'duplicate' | 'unknown' | 'unconfirmed';

/**
 * Applies a webhook with a valid token to its swap. Resolves when that is durable. If a webhook cannot be confirmed, nothing is
 * lost: the swap is polled at once.
 *
 * @throws UNAVAILABLE when the store fails; the webhook should be sent again
 */
export type WebhookHandler = (id: string, report: UpstreamReport) => Promise<WebhookOutcome>;

interface CompleterDeps {
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

export function createWebhookHandler(deps: CompleterDeps): WebhookHandler {
  const { store, swapIndex, pubsub, transitions, provider, late, clock, log, failpoint } = deps;

  /**
   * Whether a webhook can be trusted without a fetch. The token proves that ModelsLab sent it for this swap, which is enough while
   * ModelsLab's id is unknown. Otherwise it must name that id and contradict nothing that is known.
   */
  async function isCredible(swap: Swap, known: string | undefined, told: UpstreamReport): Promise<boolean> {
    if (told.kind === 'unintelligible' || isWithoutPicture(told)) return false;
    if (!mayBeSubmitted(swap) || namesAnother(swap, known, told)) return false;
    if (known !== undefined && told.modelsLabId === undefined) return told.kind === 'processing';
    if (told.kind === 'failed' && !told.isFinal) return false;
    return known !== undefined || !(await isAnothers(swap, told.modelsLabId));
  }

  /** Whether another swap is known to have that id. */
  async function isAnothers(swap: Swap, modelsLabId: string | undefined): Promise<boolean> {
    if (modelsLabId === undefined) return false;
    const owner = await swapIndex.idByModelsLabId(modelsLabId);
    return owner !== undefined && owner !== swap.id;
  }

  /** Confirms a webhook by a fetch. A known id takes precedence over the one it names. */
  async function confirm(
    swap: Swap,
    known: string | undefined,
    told: UpstreamReport,
  ): Promise<UpstreamReport | undefined> {
    const modelsLabId = known ?? idsOf(told).modelsLabId;
    if (modelsLabId === undefined) return undefined;
    if (known === undefined && (await isAnothers(swap, modelsLabId))) return undefined;
    const { fetchPath } = swap;
    const reference = { modelsLabId, ...(fetchPath !== undefined && { fetchPath }) };
    const answer = await provider.fetch(reference, { swapId: swap.id });
    if (answer.kind === 'unavailable' || answer.kind === 'unintelligible' || isWithoutPicture(answer))
      return undefined;
    if (namesAnother(swap, modelsLabId, answer)) return undefined;
    // If only an id that came with another track_id is known, only the swap's own track_id is proof.
    if (known === undefined && namesAnotherTrack(swap, told) && answer.trackId === undefined)
      return undefined;
    if (answer.kind === 'failed' && !answer.isFinal) return undefined;
    return { ...answer, modelsLabId };
  }

  async function completePending(
    swap: PendingSwap,
    report: UpstreamReport,
    known: string | undefined,
  ): Promise<void> {
    if (report.kind === 'succeeded') {
      const standing = await transitions.applyTransition(swap, { ...report, type: 'succeeded' });
      // It may have failed concurrently.
      if (isEnded(standing))
        await late.record(standing, report.result, report.modelsLabId ?? known, 'webhook');
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

  return async (id, told) => {
    const swap = await store.get(id);
    if (!swap) return 'unknown';
    if (isEnded(swap) && !awaitsLateResult(swap, clock.now())) return 'duplicate';
    const known = swap.modelsLabId ?? (await swapIndex.modelsLabIdOf(id));
    let report: UpstreamReport | undefined = told;
    if (!(await isCredible(swap, known, told))) {
      log.warn(
        { swap: id, modelsLabId: known, webhook: told.kind },
        'webhook needs confirmation; fetching the swap',
      );
      report = await confirm(swap, known, told);
    }
    if (!report) {
      const named = idsOf(told).modelsLabId;
      const isNew = known === undefined && named !== undefined && mayBeSubmitted(swap);
      if (isNew && !namesAnotherTrack(swap, told) && !(await isAnothers(swap, named))) {
        if (isEnded(swap)) await late.follow(swap, named);
        else await swapIndex.link(id, named);
      }
      if (swap.status === 'PROCESSING') pubsub.publish({ ...swap, pollRequestedAt: clock.now() });
      return 'unconfirmed';
    }
    failpoint('webhook-before-store');
    const completion = isEnded(swap) ? await completeLate(swap, report, known) : 'accepted';
    if (!isEnded(swap)) await completePending(swap, report, known);
    failpoint('webhook-after-store');
    return completion;
  };
}

/** Only a swap that ModelsLab may have can be completed by a webhook without a fetch. */
function mayBeSubmitted(swap: Swap): boolean {
  return swap.status !== 'QUEUED' || swap.submittingSince !== undefined;
}
