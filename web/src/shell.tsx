import { ApolloProvider } from '@apollo/client/react';
import { renderToStaticMarkup } from 'react-dom/server';
import { client } from './gateway/client.ts';
import { applySamples, type PageSamples } from './gateway/page-facts.ts';
import { selectedId } from './result/selection.ts';
import { Studio } from './studio.tsx';

/**
 * The markup of the first rendering, for browsers to paint while the script loads. Runs in the build.
 * @param id of the swap shown; undefined: the one being composed
 */
export function renderShell(samples: PageSamples, id: string | undefined): string {
  applySamples(client, samples);
  selectedId(id);
  return renderToStaticMarkup(
    <ApolloProvider client={client}>
      <Studio />
    </ApolloProvider>,
  );
}
