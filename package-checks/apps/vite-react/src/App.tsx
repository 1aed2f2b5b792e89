import { createSwapClient, SwapClientError } from '@face-swap-gateway/client';
import { SwapClientProvider, useFaceSwap, useSwaps, useUpload } from '@face-swap-gateway/react';

const url = new URLSearchParams(location.search).get('gateway') ?? '';
const client = createSwapClient({ url, storage: localStorage });

function FaceSwap() {
  const { picture, error: uploadError, upload } = useUpload();
  const { swap, error, isActive, start } = useFaceSwap();
  const problem = uploadError ?? error;
  return (
    <>
      <input
        type="file"
        aria-label="Picture"
        onChange={({ target }) => target.files?.[0] && upload(target.files[0])}
      />
      <button
        type="button"
        disabled={!picture || isActive}
        onClick={async () => {
          if (!picture) return;
          const [sample] = await client.samples();
          const input = { initImage: picture.url, referenceImage: picture.url };
          await start({ ...input, targetImage: sample?.url ?? picture.url });
        }}
      >
        Swap faces
      </button>
      <p role="status">{swap?.status}</p>
      {swap?.output.map((result) => (
        <img key={result} src={result} alt="The result" />
      ))}
      {problem instanceof SwapClientError && <p role="alert">{problem.code}</p>}
    </>
  );
}

function History() {
  const { swaps } = useSwaps({ first: 5 });
  return (
    <ol>
      {swaps.map(({ id, status }) => (
        <li key={id}>{status}</li>
      ))}
    </ol>
  );
}

export const App = () => (
  <SwapClientProvider client={client}>
    <FaceSwap />
    <History />
  </SwapClientProvider>
);
