import { createSwapClient } from '@face-swap-gateway/client';
import { createElement, type ReactElement } from 'react';
import { renderToString } from 'react-dom/server';
import { expect, test } from 'vitest';
import {
  SwapClientProvider,
  useFaceSwap,
  useSwap,
  useSwaps,
  useUpload,
} from '../../packages/react/src/index.js';

function All(): ReactElement {
  const hooks = {
    face: useFaceSwap(),
    swap: useSwap('one'),
    none: useSwap(null),
    list: useSwaps(),
    upload: useUpload(),
  };
  return createElement('pre', null, JSON.stringify(hooks));
}

test('on a server, the hooks render their first state and send nothing', async () => {
  const fetch = () => expect.fail('a request');
  const client = createSwapClient({ url: 'https://swaps.example.com', fetch });
  const html = renderToString(createElement(SwapClientProvider, { client }, createElement(All)));
  const text = html.replaceAll('&quot;', '"').replace(/<\/?pre>/g, '');
  expect(JSON.parse(text)).toEqual({
    face: { swap: null, error: null, isActive: false },
    swap: { swap: null, error: null, isActive: true },
    none: { swap: null, error: null, isActive: false },
    list: { swaps: [], error: null, isLoading: true, hasNextPage: false },
    upload: { picture: null, error: null, isUploading: false },
  });
});

test('without a provider, the hooks say what is missing', () => {
  expect(() => renderToString(createElement(All))).toThrow('<SwapClientProvider');
});
