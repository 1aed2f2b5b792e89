import type { SwapCardFragment } from '../generated/graphql.ts';
import { t } from '../messages/messages.ts';
import { CopyButton } from '../ui/copy-button.tsx';
import { IconButton } from '../ui/icon-button.tsx';
import { DownloadButton } from './download-button.tsx';
import { fetchResult } from './fetch-result.ts';

/** Takes the result elsewhere: as a file, to another app, as a link. */
export function ResultLinks({ swap: { id, output } }: { swap: SwapCardFragment }) {
  const [result] = output;
  if (!result) return null;
  const share = async (): Promise<void> => {
    const file = await fetchResult(id);
    const data = file && navigator.canShare?.({ files: [file] }) ? { files: [file] } : { url: result };
    // Rejects if the user closes the sheet.
    await navigator.share(data).catch(() => undefined);
  };
  return (
    <>
      <DownloadButton id={id} result={result} />
      {'share' in navigator && (
        <IconButton icon="share" label={t.actions.share} onClick={() => void share()} />
      )}
      <CopyButton label={t.actions.copyLink} icon="picture" text={() => result} />
    </>
  );
}
