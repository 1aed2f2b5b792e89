import { ApolloProvider } from '@apollo/client/react';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { client } from './gateway/client.ts';
import { loadMessages } from './messages/messages.ts';
import { followAddress } from './result/selection.ts';
import { Studio } from './studio.tsx';
import './styles/index.css';

const place = document.getElementById('studio');
if (!place) throw new Error('the page has no root element for the Studio');
followAddress();
await loadMessages(location.search);
createRoot(place).render(
  <StrictMode>
    <ApolloProvider client={client}>
      <Studio />
    </ApolloProvider>
  </StrictMode>,
);
