'use client';

import { createSwapClient, type SingleFaceSwapInput, type Swap } from '@face-swap-gateway/client';
import { useState } from 'react';

export function LiveSwap({ url, input }: { url: string; input: SingleFaceSwapInput }) {
  const [swap, setSwap] = useState<Swap>();
  const [error, setError] = useState<string>();
  const start = () =>
    createSwapClient({ url })
      .swap(input, { onUpdate: setSwap })
      .catch((error: unknown) => setError(String(error)));
  return (
    <>
      <button type="button" onClick={start}>
        Swap faces
      </button>
      <p role="status">{swap?.status ?? error}</p>
      {swap?.output.map((picture) => (
        <img key={picture} src={picture} alt="The page's result" />
      ))}
    </>
  );
}
