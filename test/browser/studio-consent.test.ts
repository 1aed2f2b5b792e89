import { expect, test } from 'vitest';
import { samplePicture } from '../../testing/pictures.js';
import { openStudio, startStudioGateway } from '../../testing/studio.js';

const fast = { faults: { generationMs: [100, 100] as [number, number] } };

test.each([1440, 360])(
  'at %i pixels, consent follows the people: asked for each new picture, and not again for the same',
  async (width) => {
    const gateway = await startStudioGateway(fast, { REQUIRE_CONSENT: 'on' });
    const studio = await openStudio(gateway.url, { width });
    const { page } = studio;
    const inputs: Record<string, unknown>[] = [];
    page.on('request', (request) => {
      if (request.postData()?.includes('RequestSwap')) inputs.push(request.postDataJSON().variables.input);
    });
    const choose = async (name: 'ada' | 'bruno'): Promise<void> => {
      const slot = studio.slot('targetImage');
      await slot.locator('input[type=file]').setInputFiles({
        name: `${name}.jpg`,
        mimeType: 'image/jpeg',
        buffer: samplePicture(name),
      });
      await slot.getByAltText(`New face: ${name}.jpg`).waitFor();
      await slot.getByText(/Uploading|Checking/).waitFor({ state: 'detached' });
    };
    const submitted = (count: number) => expect.poll(() => inputs.length).toBe(count);
    await studio
      .slot('targetImage')
      .getByAltText(/New face/)
      .waitFor();

    // Drawn samples only: neither asked nor sent, and the gateway accepts it.
    await studio.submit();
    await studio.result('SUCCEEDED').waitFor();
    expect(inputs[0]).not.toHaveProperty('consent');

    await choose('ada');
    await studio.submit();
    await studio.agree();
    await submitted(2);
    expect(inputs[1]).toMatchObject({ consent: true, consentStatement: 'Studio consent dialog, version 2' });

    // The same file, uploaded again and after a reload: the same people.
    await page.goto(gateway.url);
    await studio
      .slot('initImage')
      .getByAltText(/Picture/)
      .waitFor();
    await choose('ada');
    await studio.submit();
    await submitted(3);
    expect(inputs[2]).toMatchObject({ consent: true });

    // Other people are asked, and a refusal sends nothing.
    await choose('bruno');
    await studio.submit();
    await page.getByRole('button', { name: 'Not now' }).click();
    expect(inputs).toHaveLength(3);
    await studio.link('targetImage', 'https://images.example.com/stranger.jpg');
    await studio.submit();
    await studio.agree();
    await submitted(4);
  },
);
