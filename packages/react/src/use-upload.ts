'use client';
import type { Picture, UploadedPicture } from '@face-swap-gateway/client';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useSwapClient } from './swap-client-context.js';

export interface Upload {
  /** The stored picture, whose `url` can be used in a swap. */
  picture: UploadedPicture | null;
  /** A SwapClientError, such as PICTURE_TOO_LARGE. */
  error: Error | null;
  isUploading: boolean;
  /** Uploads a picture instead of the one before. @returns it; null if it failed or was replaced. Never rejects */
  upload(picture: Picture): Promise<UploadedPicture | null>;
  reset(): void;
}

const nothing = { picture: null, error: null, isUploading: false } as const;

/** One picture at a time, from the file input to a URL. */
export function useUpload(): Upload {
  const client = useSwapClient();
  const [state, setState] = useState<Pick<Upload, 'picture' | 'error' | 'isUploading'>>(nothing);
  const current = useRef<AbortController | null>(null);

  const upload = useCallback(
    async (given: Picture): Promise<UploadedPicture | null> => {
      current.current?.abort();
      const mine = new AbortController();
      current.current = mine;
      setState({ ...nothing, isUploading: true });
      try {
        const picture = await client.upload(given, { signal: mine.signal });
        if (mine.signal.aborted) return null;
        setState({ ...nothing, picture });
        return picture;
      } catch (error) {
        if (!mine.signal.aborted) setState({ ...nothing, error: error as Error });
        return null;
      }
    },
    [client],
  );
  const reset = useCallback(() => {
    current.current?.abort();
    setState(nothing);
  }, []);
  useEffect(
    () => () => {
      current.current?.abort();
      // The state outlives the effect when the component is only hidden.
      setState((before) => (before.isUploading ? nothing : before));
    },
    [],
  );
  return { ...state, upload, reset };
}
