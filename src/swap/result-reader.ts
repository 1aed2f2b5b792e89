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
