export interface PictureStore {
  put(id: string, jpeg: Buffer): void;
  /** No effect if the id is unknown. */
  delete(id: string): void;
  /** Undefined if the id is unknown, or newer pictures have evicted it. */
  get(id: string): Buffer | undefined;
}

/** Keeps finished pictures in memory, at most `maxBytes` in total; the oldest is evicted first. */
export function createPictureStore(maxBytes: number): PictureStore {
  const pictures = new Map<string, Buffer>();
  let bytes = 0;
  return {
    put: (id, jpeg) => {
      bytes -= pictures.get(id)?.length ?? 0;
      pictures.set(id, jpeg);
      bytes += jpeg.length;
      for (const [oldest, picture] of pictures) {
        if (bytes <= maxBytes || oldest === id) break;
        pictures.delete(oldest);
        bytes -= picture.length;
      }
    },
    delete: (id) => {
      bytes -= pictures.get(id)?.length ?? 0;
      pictures.delete(id);
    },
    get: (id) => pictures.get(id),
  };
}
