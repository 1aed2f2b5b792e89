import { expect, onTestFinished, test } from 'vitest';
import { createSandbox } from '../../sandbox/sandbox.js';
import { startGatewayProcess } from '../../testing/gateway-process.js';
import { openStudio } from '../../testing/studio.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

test('when the gateway is killed during a swap and restarted, the page says so, keeps its input, and the swap finishes', async () => {
  const sandbox = await createSandbox({ render: false, faults: { generationMs: [5000, 5000] } });
  onTestFinished(() => sandbox.close());
  const env = {
    DATA_DIR: temporaryFolder(),
    MODELSLAB_API_KEY: 'a-key',
    MODELSLAB_BASE_URL: sandbox.baseUrl,
    POLL_INTERVAL_MS: '200',
    ALLOW_HTTP_IMAGES: 'on',
  };
  const first = await startGatewayProcess(env);
  const studio = await openStudio(first.url);
  const { page } = studio;
  for (const name of ['initImage', 'targetImage', 'referenceImage'] as const)
    await studio.link(name, `https://images.example.com/${name}.jpg`);
  await studio.submit();
  await studio.agree();
  await studio.card('PROCESSING').waitFor();

  await first.kill('SIGKILL');
  await page.getByText('Connection lost. Reconnecting…').waitFor();
  await studio.link('targetImage', 'https://images.example.com/typed-meanwhile.jpg');
  await studio.submit();
  await studio.agree();
  await page.getByRole('alert').getByText('The gateway cannot be reached.').waitFor();

  await startGatewayProcess({ ...env, PORT: new URL(first.url).port });
  await expect.poll(() => page.getByText('Connection lost.').count()).toBe(0);
  await studio.card('SUCCEEDED').waitFor();
  expect(await studio.slot('targetImage').locator('input[type=url]').inputValue()).toContain(
    'typed-meanwhile',
  );
  expect(sandbox.submissions()).toHaveLength(1);
  await studio.submit();
  await expect.poll(() => sandbox.submissions().length).toBe(2);
});
