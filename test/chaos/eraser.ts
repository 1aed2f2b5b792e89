import { setTimeout as sleep } from 'node:timers/promises';
import type { SeenErasure } from '../../testing/erasure.ts';
import { eraseMutation } from '../../testing/erasure.ts';
import { ask, readSwap } from './chaos-queries.ts';
import type { Deployment } from './deployment.ts';
import type { FinalSwap } from './final-swap.ts';
import { inputOf } from './requesters.ts';

/** Erases some of the swaps, at any point of their lives. */
export interface Eraser {
  /** Call it with each accepted swap. Some of them are erased soon. */
  consider(id: string): void;
  /** Waits until every part of each erasure is done or given up, or time is up. */
  finish(): Promise<void>;
  /** Swaps whose erasure was requested, with the last answer. */
  erasures: ReadonlyMap<string, SeenErasure | undefined>;
  /** URLs of files that they had. */
  files: ReadonlySet<string>;
}

const share = 0.15;
const longestLifeMs = 6000;
/** A part at ModelsLab is tried again after 1, 2, 4, 8 and 16 s. */
const patienceMs = 90_000;
const pauseMs = 200;

export function startEraser(url: string, random: () => number): Eraser {
  const erasures = new Map<string, SeenErasure | undefined>();
  const files = new Set<string>();
  const asking: Promise<void>[] = [];

  async function request(id: string): Promise<void> {
    const data = await ask<{ eraseSwap: SeenErasure }>(url, eraseMutation, { id }).catch(() => undefined);
    if (data) erasures.set(id, data.eraseSwap);
  }

  async function eraseLater(id: string, delayMs: number): Promise<void> {
    await sleep(delayMs);
    const swap = await readSwap(url, id).catch(() => undefined);
    for (const file of swap?.files ?? []) files.add(file.url);
    while (erasures.get(id) === undefined) {
      await request(id);
      await sleep(pauseMs);
    }
  }

  const isOpen = (id: string): boolean =>
    erasures.get(id)?.parts.some(({ state }) => state === 'PENDING') !== false;

  return {
    erasures,
    files,
    consider(id) {
      if (erasures.has(id) || random() >= share) return;
      erasures.set(id, undefined);
      asking.push(eraseLater(id, random() * longestLifeMs));
    },
    async finish() {
      await Promise.all(asking);
      for (const deadline = Date.now() + patienceMs; Date.now() < deadline; await sleep(pauseMs)) {
        const open = [...erasures.keys()].filter(isOpen);
        if (open.length === 0) return;
        await Promise.all(open.map(request));
      }
    },
  };
}

/** What breaks "what was erased is gone". @param numbers the number of the request for each swap */
export async function breachesOfErasure(
  { erasures, files }: Eraser,
  gateway: Pick<Deployment, 'url' | 'find'>,
  numbers: ReadonlyMap<string, number>,
): Promise<string[]> {
  const breaches: string[] = [];
  for (const [id, erasure] of erasures) {
    const open = erasure?.parts.filter(({ state }) => state === 'PENDING').map(({ what }) => what);
    if (open?.length !== 0) breaches.push(`${id} is not erased: ${open?.join(', ') ?? 'no answer'}`);
    const swap = await readSwap(gateway.url, id);
    if (!swap || !isBare(swap)) breaches.push(`${id} is still ${JSON.stringify(swap)}`);
  }
  for (const file of files)
    if ((await fetch(file)).status === 200) breaches.push(`a file of an erased swap can be read`);
  const images = [...erasures.keys()].flatMap((id) =>
    Object.values(inputOf(numbers.get(id) ?? -1)).filter((value) => typeof value === 'string'),
  );
  const tokens = [...files].flatMap((file) => /\/files\/([0-9a-f]{32})\//.exec(file)?.[1] ?? []);
  const found = gateway.find?.([...images, ...tokens]) ?? [];
  return [...breaches, ...found.map((where) => `left of an erased swap: ${where}`)];
}

const isBare = ({ erasedAt, initImage, output, lateResult, files }: FinalSwap): boolean =>
  Boolean(erasedAt) &&
  !initImage?.includes('images.example.com') &&
  output.length === 0 &&
  lateResult === null &&
  (files ?? []).length === 0;
