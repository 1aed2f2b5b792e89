/** The fields of ModelsLab's submission that the stub reads. */
export interface SubmitBody {
  webhook: string;
  track_id: number | null;
}

/** What the stub keeps of a submission whose webhook is sent later. */
export interface Submission {
  id: number;
  trackId: number | null;
  webhook: string;
  /** Time of receipt, nanoseconds of the system's monotonic clock, which all processes share. */
  atNs: string;
}

/** As documented by ModelsLab, and of typical length. */
export function successBody(id: number, trackId?: number | null): object {
  const file = `https://pub-3626123a908346a7a8be8d9295f44e26.r2.dev/generations/0-f8c9ee5c-2d3e-4e3b-8a45-${String(id).padStart(12, '0')}.png`;
  return {
    status: 'success',
    generationTime: 2.5,
    id,
    output: [file],
    proxy_links: [file.replace('pub-3626123a908346a7a8be8d9295f44e26.r2.dev', 'cdn2.stablediffusionapi.com')],
    meta: {
      seed: 1_234_567_890,
      temp: 'no',
      file_prefix: `f8c9ee5c-2d3e-4e3b-8a45-${id}`,
      model_save_format: 'png',
      watermark: 'yes',
      watermark_image: null,
    },
    ...(trackId != null && { track_id: trackId }),
  };
}

/** With an estimate of an hour, so that the gateway does not poll. */
export function processingBody(id: number): object {
  return { status: 'processing', id, eta: 3600, output: [], meta: {} };
}
