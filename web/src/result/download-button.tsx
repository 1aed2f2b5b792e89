import type { MouseEvent } from 'react';
import { t } from '../messages/messages.ts';
import { Icon } from '../ui/icon.tsx';
import { fetchResult } from './fetch-result.ts';

const keptMs = 10_000;

/** Downloads the result through the gateway; if the gateway cannot fetch it, opens it for the browser to save. */
export function DownloadButton({ id, result }: { id: string; result: string }) {
  const save = async (event: MouseEvent): Promise<void> => {
    event.preventDefault();
    const file = await fetchResult(id);
    if (!file) {
      window.open(result, '_blank', 'noreferrer');
      return;
    }
    const link = document.createElement('a');
    link.href = URL.createObjectURL(file);
    link.download = file.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), keptMs);
  };
  return (
    <a
      className="button button-main"
      href={result}
      target="_blank"
      rel="noreferrer"
      onClick={(event) => void save(event)}
    >
      <Icon name="download" />
      {t.actions.download}
    </a>
  );
}
