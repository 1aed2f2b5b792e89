import type { ApolloClient } from '@apollo/client';
import type { PageFacts } from '../../../src/server/routes/studio-page.ts';
import { startWithSamples } from '../draft/draft.ts';
import { SamplesDocument } from '../generated/graphql.ts';

export type PageSamples = NonNullable<PageFacts['samples']>;

/** What the gateway wrote into the page, for which no request is necessary. Nothing if another server serves it, as `npm run dev:web` does. */
export const pageFacts: Partial<PageFacts> = JSON.parse(
  document.getElementById('facts')?.textContent || '{}',
) as Partial<PageFacts>;

/** Makes the samples known, and chooses the first ones. */
export function applySamples(client: ApolloClient, samples: PageSamples): void {
  const data = { samples: samples.map((sample) => ({ ...sample, __typename: 'Sample' })) };
  client.writeQuery({ query: SamplesDocument, data });
  startWithSamples(data.samples);
}
