export type ResultOutcome =
  | { kind: 'picture'; contentType: string; bytes: Buffer }
  /**
   * `gone`: permanently. `failed`: its host failed this time. `busy`: too many results are held in memory right now. `reason`
   * contains no URL.
   */
  | { kind: 'gone' | 'failed' | 'busy'; reason: string };

/**
 * Fetches a finished picture from where ModelsLab put it. Never throws.
 *
 * @param signal aborts once the picture is no longer needed: until then its bytes count as held
 */
export type ResultReader = (url: string, signal: AbortSignal) => Promise<ResultOutcome>;
