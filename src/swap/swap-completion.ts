import type {
  CheckpointHook,
  FaceSwapProvider,
  SwapEvents,
  SwapLedger,
  SwapLog,
  SwapStore,
  UpstreamReport,
} from './ports.js';
import { isEnded, type Swap, type SwapEvent } from './swap.js';
import type { SwapJournal } from './swap-journal.js';

/**
 * What became of a webhook: `accepted`, it ended the swap or told something new; `duplicate`, the swap had ended;
 * `unknown`, there is no such swap (any more); `unconfirmed`, it does not fit the swap and ModelsLab could not be asked.
 */
export type Completion = 'accepted' | 'duplicate' | 'unknown' | 'unconfirmed';

/**
 * Takes what a webhook with the right token says of a swap. Resolves when that is durable.
 *
 * @throws UNAVAILABLE when the store fails; the webhook should be sent again
 */
export type SwapCompleter = (id: string, report: UpstreamReport) => Promise<Completion>;

interface CompleterDeps {
  store: SwapStore;
  ledger: SwapLedger;
  events: SwapEvents;
  journal: SwapJournal;
  provider: FaceSwapProvider;
  log: SwapLog;
  checkpoint: CheckpointHook;
}

export function createSwapCompleter(deps: CompleterDeps): SwapCompleter {
  const { store, ledger, events, journal, provider, log, checkpoint } = deps;

  /** Asks ModelsLab itself for what a misfitting webhook told. The id that is known wins over the one it told. */
  async function confirm(swap: Swap, report: UpstreamReport): Promise<UpstreamReport | undefined> {
    const modelsLabId = swap.modelsLabId ?? ('modelsLabId' in report ? report.modelsLabId : undefined);
    if (modelsLabId === undefined) return undefined;
    const answer = await provider.fetch({ modelsLabId }, { swapId: swap.id });
    return answer.kind === 'unavailable' || answer.kind === 'unintelligible'
      ? undefined
      : { ...answer, modelsLabId };
  }

  return async (id, told) => {
    const swap = await store.get(id);
    if (!swap) return 'unknown';
    if (isEnded(swap)) return 'duplicate';
    let report: UpstreamReport | undefined = told;
    if (!fits(swap, told)) {
      log.warn(
        { swap: id, modelsLabId: swap.modelsLabId, webhook: told.kind },
        'webhook does not fit its swap; asking ModelsLab',
      );
      report = await confirm(swap, told);
    }
    if (!report) return 'unconfirmed';
    checkpoint('webhook-before-store');
    const event = endOf(report);
    if (event) {
      await journal.apply(swap, event);
    } else if (
      'modelsLabId' in report &&
      report.modelsLabId !== undefined &&
      swap.modelsLabId === undefined
    ) {
      await ledger.link(id, report.modelsLabId);
      events.publish(swap);
    }
    checkpoint('webhook-after-store');
    return 'accepted';
  };
}

/** Whether a webhook can be about this swap: the ids agree where both are known, and a success brings pictures. */
function fits(swap: Swap, report: UpstreamReport): boolean {
  if (report.kind === 'unintelligible') return false;
  const wasSubmitted =
    swap.status === 'PROCESSING' || (swap.status === 'QUEUED' && swap.submittingSince !== undefined);
  const isSameId =
    swap.modelsLabId === undefined ||
    report.modelsLabId === undefined ||
    report.modelsLabId === swap.modelsLabId;
  const isSameTrack =
    report.trackId === undefined ||
    swap.request.trackId === undefined ||
    report.trackId === String(swap.request.trackId);
  const hasPictures = report.kind !== 'succeeded' || report.result.output.length > 0;
  return wasSubmitted && isSameId && isSameTrack && hasPictures;
}

function endOf(report: UpstreamReport): SwapEvent | undefined {
  switch (report.kind) {
    case 'succeeded':
      return { ...report, type: 'succeeded' };
    case 'failed':
      return { ...report, type: 'failed' };
    default:
      return undefined;
  }
}
