import type { Config } from '../config/config.js';
import type { Clock } from '../lib/clock.js';
import { readVersion } from '../lib/project-files.js';
import { createXmpLabeler } from '../provenance/xmp-labeler.js';
import type { Labeler } from '../swap/labeler.js';

/** The labeler of archived pictures; undefined: they are stored as they came. */
export function createLabeler({ provenance }: Pick<Config, 'provenance'>, clock: Clock): Labeler | undefined {
  if (provenance === 'off') return undefined;
  return createXmpLabeler({ system: { name: 'Face Swap Gateway', version: readVersion() }, now: clock.now });
}
