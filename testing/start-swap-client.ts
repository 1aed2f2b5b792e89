import { onTestFinished } from 'vitest';
import {
  createSwapClient,
  type Swap,
  type SwapClient,
  type SwapClientOptions,
} from '../packages/client/src/index.js';
import { type CuttableProxy, startCuttableProxy } from './cuttable-proxy.js';
import { startGateway, type TestGateway } from './start-gateway.js';
import { type StubModelsLab, startStubModelsLab } from './stub-modelslab.js';

export interface ClientAndGateway {
  client: SwapClient;
  gateway: TestGateway;
  modelsLab: StubModelsLab;
  /** The network between client and gateway. */
  network: CuttableProxy;
}

/** A client, a gateway behind a network that can fail, and a ModelsLab that the test controls. */
export async function startSwapClient(
  env: Record<string, string> = {},
  options: Partial<SwapClientOptions> = {},
): Promise<ClientAndGateway> {
  const modelsLab = await startStubModelsLab();
  const gateway = await startGateway({ ...modelsLab.env, ...env });
  const network = await startCuttableProxy(gateway.url);
  const client = createSwapClient({ url: network.url, ...options });
  onTestFinished(() => client.close());
  return { client, gateway, modelsLab, network };
}

export interface SeenStates {
  statuses(): string[];
  onUpdate(swap: Swap): void;
  /** Resolves with the swap once it was seen in that state. */
  reached(status: Swap['status']): Promise<Swap>;
}

/** Records the states shown to a client. */
export function seeStates(): SeenStates {
  const seen: Swap[] = [];
  const waiting = new Set<() => void>();
  return {
    statuses: () => seen.map(({ status }) => status),
    onUpdate(swap) {
      seen.push(swap);
      for (const check of waiting) check();
    },
    reached: (status) =>
      new Promise((resolve) => {
        const check = (): void => {
          const swap = seen.find((candidate) => candidate.status === status);
          if (swap) resolve(swap);
        };
        waiting.add(check);
        check();
      }),
  };
}
