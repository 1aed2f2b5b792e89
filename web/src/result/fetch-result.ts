import { observedFetch } from '../gateway/observed-fetch.ts';

/** The result as a file, through the gateway; undefined if the gateway cannot fetch it. */
export async function fetchResult(id: string): Promise<File | undefined> {
  const answer = await observedFetch(`/swaps/${id}/download`).catch(() => undefined);
  if (!answer?.ok) return undefined;
  const [, name] = /filename="([^"]+)"/.exec(answer.headers.get('content-disposition') ?? '') ?? [];
  const picture = await answer.blob();
  return new File([picture], name ?? 'swap.jpg', { type: picture.type });
}
