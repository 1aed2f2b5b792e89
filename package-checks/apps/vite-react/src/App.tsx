import { createSwapClient, type Swap, SwapClientError } from '@face-swap-gateway/client';
import { type FormEvent, useState } from 'react';

const url = new URLSearchParams(location.search).get('gateway') ?? '';
const swaps = createSwapClient({ url, storage: localStorage });

export function App() {
  const [swap, setSwap] = useState<Swap>();
  const [error, setError] = useState<unknown>();

  async function start(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const picture = new FormData(event.currentTarget).get('picture') as File;
    const { url: initImage } = await swaps.upload(picture);
    const [sample] = await swaps.samples();
    const targetImage = sample?.url ?? initImage;
    await swaps.swap({ initImage, targetImage, referenceImage: initImage }, { onUpdate: setSwap });
  }
  return (
    <form onSubmit={(event) => void start(event).catch(setError)}>
      <input type="file" name="picture" aria-label="Picture" />
      <button type="submit">Swap faces</button>
      <p role="status">{swap?.status}</p>
      {swap?.output.map((picture) => (
        <img key={picture} src={picture} alt="The result" />
      ))}
      {error instanceof SwapClientError && <p role="alert">{error.code}</p>}
    </form>
  );
}
