/** A face from one picture in another: captured and made by AI. */
export const compositeWithAi =
  'http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia';

/** What the gateway states about a picture. */
export interface Label {
  digitalSourceType: string;
  system: { name: string; version: string };
  /** When the picture was labeled, milliseconds since the epoch. */
  at: number;
}

/** What the XMP of a picture states about its origin. */
export interface StatedLabel {
  digitalSourceType?: string | undefined;
  system?: string | undefined;
  systemVersion?: string | undefined;
  /** ISO 8601. */
  time?: string | undefined;
  /** URL of a C2PA manifest that is stored elsewhere. */
  remoteManifest?: string | undefined;
}
