import { answers, serveStubModelsLab } from '../../testing/serve-stub-modelslab.ts';

/** Accepts every swap at once and never finishes one by itself: the measurement sends the webhooks. */
export interface ModelsLabStub {
  baseUrl: string;
  /** The webhook of the swap with this `trackId`: its path, and a body that makes the swap succeed. */
  submission(trackId: number): Promise<{ path: string; body: string }>;
  close(): void;
}

type Submission = Awaited<ReturnType<ModelsLabStub['submission']>>;

export async function startModelsLabStub(): Promise<ModelsLabStub> {
  const submissions = new Map<unknown, PromiseWithResolvers<Submission>>();
  const submissionOf = (trackId: unknown): PromiseWithResolvers<Submission> => {
    const known = submissions.get(trackId) ?? Promise.withResolvers<Submission>();
    submissions.set(trackId, known);
    return known;
  };
  let nextId = 1;

  const { env, handle, close } = await serveStubModelsLab();
  handle(({ path, body, answer }) => {
    const polledId = /\/fetch\/(\d+)$/.exec(path)?.[1];
    const id = polledId === undefined ? nextId++ : Number(polledId);
    answer(200, answers.processing(id, 600));
    if (polledId !== undefined) return;
    submissionOf(body['track_id']).resolve({
      path: new URL(String(body['webhook'])).pathname,
      body: JSON.stringify(answers.success(id)),
    });
  });
  return {
    baseUrl: env.MODELSLAB_BASE_URL,
    submission: (trackId) => submissionOf(trackId).promise,
    close,
  };
}
