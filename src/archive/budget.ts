/** Limits the bytes in the archive. Nothing is ever removed to make room. */
export interface ArchiveBudget {
  /** Bytes in the archive, as far as this process knows. */
  usedBytes(): number;
  hasRoom(): boolean;
  /** Counts bytes that are about to be stored. @returns a function that takes them back; undefined if there is no room */
  reserve(bytes: number): (() => void) | undefined;
  /**
   * Starts measuring.
   * @returns a function to call with the bytes found; what was reserved in the meantime is added, even if it was found as well
   */
  measure(): (bytes: number) => void;
  readonly maxBytes: number | undefined;
}

/** @param maxBytes undefined: no limit */
export function createArchiveBudget(maxBytes: number | undefined): ArchiveBudget {
  let used = 0;
  let reservedEver = 0;
  return {
    maxBytes,
    usedBytes: () => used,
    hasRoom: () => maxBytes === undefined || used < maxBytes,
    reserve(bytes) {
      if (maxBytes !== undefined && used + bytes > maxBytes) return undefined;
      used += bytes;
      reservedEver += bytes;
      let isHeld = true;
      return () => {
        if (isHeld) used -= bytes;
        isHeld = false;
      };
    },
    measure() {
      const before = reservedEver;
      return (bytes) => {
        used = bytes + (reservedEver - before);
      };
    },
  };
}
