'use client';

import { createSwapClient, type SingleFaceSwapInput } from '@face-swap-gateway/client';
import { SwapClientProvider, useFaceSwap } from '@face-swap-gateway/react';
import { useState } from 'react';

export function LiveSwap({ url, input }: { url: string; input: SingleFaceSwapInput }) {
  const [client] = useState(() => createSwapClient({ url }));
  return (
    <SwapClientProvider client={client}>
      <FaceSwap input={input} />
    </SwapClientProvider>
  );
}

function FaceSwap({ input }: { input: SingleFaceSwapInput }) {
  const { swap, error, start } = useFaceSwap();
  return (
    <>
      <button type="button" onClick={() => start(input)}>
        Swap faces
      </button>
      <p role="status">{swap?.status ?? error?.message ?? 'nothing yet'}</p>
      {swap?.output.map((picture) => (
        <img key={picture} src={picture} alt="The page's result" />
      ))}
    </>
  );
}
