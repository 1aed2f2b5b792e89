export type ResultOutcome =
  | { kind: 'picture'; contentType: string; bytes: Buffer }
  /**
   * `gone`: permanently. `failed`: temporarily. `busy`: too many results are in memory right now. `reason`
   * contains no URL.
   */
  | { kind: 'gone' | 'failed' | 'busy'; reason: string };

/**
 * Downloads a finished picture from ModelsLab's storage. Never throws.
 *
 * @param signal aborted once the picture is no longer needed; until then its bytes count towards the memory limit
 */
export type ResultReader = (url: string, signal: AbortSignal) => Promise<ResultOutcome>;

/** A picture that was read. */
export interface SavedResult {
  kind: 'saved';
  contentType: string;
  bytes: number;
  /** Hexadecimal. */
  sha256: string;
  /** Size in pixels according to the first bytes; undefined if they do not tell. */
  size?: { width: number; height: number } | undefined;
  /** False: the end of the picture is missing, as far as its format tells. */
  isComplete: boolean;
  /** All of it, if it is small; then there is no file. */
  content?: readonly Buffer[];
}

export type SaveOutcome =
  | SavedResult
  /** `refused`: it is at no public address, or too large; retrying cannot help. The others as for `ResultOutcome`. */
  | { kind: 'gone' | 'failed' | 'refused'; reason: string };

/**
 * Downloads a finished picture from ModelsLab's storage, a large one to a new file, so in bounded memory. May leave a partial file if the
 * outcome is not `saved`.
 *
 * @throws errors of the file system, such as a full disk
 */
export type ResultSaver = (url: string, path: string, signal: AbortSignal) => Promise<SaveOutcome>;
