import { z } from 'zod';
import { env } from './setting.js';

/** How pictures say that AI took part in making them. */
export const provenanceSettings = {
  /** `xmp`: archived pictures get an XMP label. Off: they are stored as they came. */
  provenance: env('PROVENANCE', z.enum(['xmp', 'off'], { error: 'must be xmp or off' }).default('xmp')),
  /** Shown with pictures in the Studio, and sent with their files. */
  disclosureText: env(
    'DISCLOSURE_TEXT',
    z
      .string()
      .max(300, 'must have at most 300 characters')
      .regex(/^\P{Cc}*$/u, 'must be one line without control characters')
      .default('This picture was made with AI.'),
  ),
};
