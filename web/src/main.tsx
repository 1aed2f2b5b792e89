import { ApolloProvider } from '@apollo/client/react';
import { StrictMode } from 'react';
import { flushSync } from 'react-dom';
import { createRoot } from 'react-dom/client';
import { client } from './gateway/client.ts';
import { applySamples, pageFacts } from './gateway/page-facts.ts';
import { loadMessages } from './messages/messages.ts';
import { followAddress } from './result/selection.ts';
import { Studio } from './studio.tsx';
import './styles/index.css';

const place = document.getElementById('studio');
if (!place) throw new Error('the page has no root element for the Studio');
followAddress();
if (pageFacts.samples) applySamples(client, pageFacts.samples);
await loadMessages(location.search);
const root = createRoot(place);
// At once, so that what replaces the page's own markup can be used as soon as the page has loaded.
flushSync(() =>
  root.render(
    <StrictMode>
      <ApolloProvider client={client}>
        <Studio />
      </ApolloProvider>
    </StrictMode>,
  ),
);
