import type { Clock } from '../../lib/clock.js';
import type { IntakeGate } from '../intake-gate.js';
import type { FaceSwapProvider, QueueWork } from '../ports.js';

export interface GatedProvider {
  /** The provider, with its submissions observed. */
  provider: FaceSwapProvider;
  gate: IntakeGate;
  /** Wraps a run: it counts as the probe if it starts while the provider is unavailable. */
  gated(run: QueueWork['run']): QueueWork['run'];
}

interface Probe {
  isSending: boolean;
}

/** A probe that has submitted nothing by then, because its swap is already at ModelsLab, is replaced. */
const maxIdleProbeMs = 5000;

/**
 * Keeps a process that cannot reach ModelsLab from taking swaps that another instance could submit: while the provider is
 * unavailable, the process takes one swap at a time, as a probe.
 */
export function createIntakeGate(provider: FaceSwapProvider, clock: Pick<Clock, 'sleep'>): GatedProvider {
  const listeners = new Set<() => void>();
  let probe: Probe | undefined;

  const end = (own: Probe | undefined): void => {
    if (own === undefined || probe !== own) return;
    probe = undefined;
    for (const listener of listeners) listener();
  };

  return {
    gate: {
      room() {
        if (provider.isAvailable()) return Number.POSITIVE_INFINITY;
        return probe ? 0 : 1;
      },
      onRoom: (listener) => void listeners.add(listener),
    },
    provider: {
      ...provider,
      async submit(...call) {
        const own = probe;
        if (own) own.isSending = true;
        try {
          return await provider.submit(...call);
        } finally {
          end(own);
        }
      },
    },
    gated: (run) => async (id, signal, slot) => {
      if (provider.isAvailable()) return run(id, signal, slot);
      const own: Probe = { isSending: false };
      probe = own;
      const over = new AbortController();
      void clock.sleep(maxIdleProbeMs, over.signal).then(() => {
        if (!own.isSending) end(own);
      });
      try {
        return await run(id, signal, slot);
      } finally {
        over.abort();
        end(own);
      }
    },
  };
}
