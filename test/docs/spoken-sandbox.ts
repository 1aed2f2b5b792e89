import { onTestFinished } from 'vitest';
import { createSandbox, type Sandbox } from '../../sandbox/sandbox.js';
import { type StubModelsLab, startStubModelsLab } from '../../testing/stub-modelslab.js';

/**
 * A ModelsLab that the gateway takes for the sandbox, so that it accepts the samples as pictures; the test controls its
 * responses.
 */
export async function startSpokenSandbox(): Promise<{ modelsLab: StubModelsLab; sandbox: Sandbox }> {
  const modelsLab = await startStubModelsLab();
  const sandbox = await createSandbox({ render: false });
  onTestFinished(() => sandbox.close());
  return { modelsLab, sandbox: { ...sandbox, baseUrl: modelsLab.env['MODELSLAB_BASE_URL'] ?? '' } };
}
