import { onTestFinished } from 'vitest';
import { type StubModelsLab, serveStubModelsLab } from './serve-stub-modelslab.js';

export { answers, type StubCall, type StubModelsLab } from './serve-stub-modelslab.js';

/** A ModelsLab whose every response is controlled by the test; closed after the test. */
export async function startStubModelsLab(): Promise<StubModelsLab> {
  const { close, ...stub } = await serveStubModelsLab();
  onTestFinished(close);
  return stub;
}
