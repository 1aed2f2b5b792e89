/** What the form sends. */
export interface DraftInput {
  initImage: string;
  targetImage: string;
  referenceImage: string;
  watermark: boolean;
}
