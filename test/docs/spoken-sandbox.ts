import { onTestFinished } from 'vitest';
import { createSandbox, type Sandbox } from '../../sandbox/sandbox.js';
import { type StubModelsLab, startStubModelsLab } from '../../testing/stub-modelslab.js';

/** A sandbox to the gateway, so that it takes the samples for pictures; the test speaks for it. */
export async function startSpokenSandbox(): Promise<{ modelsLab: StubModelsLab; sandbox: Sandbox }> {
  const modelsLab = await startStubModelsLab();
  const sandbox = await createSandbox({ render: false });
  onTestFinished(() => sandbox.close());
  return { modelsLab, sandbox: { ...sandbox, baseUrl: modelsLab.env['MODELSLAB_BASE_URL'] ?? '' } };
}
