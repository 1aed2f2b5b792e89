import type { MouseEvent } from 'react';
import { observedFetch } from '../gateway/observed-fetch.ts';
import { Icon } from '../ui/icon.tsx';

/** Downloads the result through the gateway; if the gateway cannot fetch it, opens it for the browser to save. */
export function DownloadButton({ id, result }: { id: string; result: string }) {
  const save = async (event: MouseEvent): Promise<void> => {
    event.preventDefault();
    const answer = await observedFetch(`/swaps/${id}/download`).catch(() => undefined);
    if (!answer?.ok) {
      window.open(result, '_blank', 'noreferrer');
      return;
    }
    const [, name] = /filename="([^"]+)"/.exec(answer.headers.get('content-disposition') ?? '') ?? [];
    const file = document.createElement('a');
    file.href = URL.createObjectURL(await answer.blob());
    file.download = name ?? 'swap.jpg';
    file.click();
    setTimeout(() => URL.revokeObjectURL(file.href), 10_000);
  };
  return (
    <a
      className="icon-button"
      href={result}
      target="_blank"
      rel="noreferrer"
      title="Download"
      aria-label="Download"
      onClick={(event) => void save(event)}
    >
      <Icon name="download" />
    </a>
  );
}
