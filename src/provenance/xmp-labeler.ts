import type { Labeler, LabelPlan } from '../swap/labeler.js';
import { compositeWithAi, type Label } from './label.js';
import type { Metadata } from './metadata.js';
import { scanPicture } from './read-provenance.js';
import { createPacketWriter, splitXmp, writeXmp } from './xmp.js';

export interface XmpLabelerOptions {
  /** The program that labels, as the label names it. */
  system: Label['system'];
}

/**
 * Labels JPEG, PNG and WebP files with XMP that states IPTC's digital source type, the system, and the time; nothing that points to
 * the swap or its inputs. Files with C2PA data stay as they are.
 */
export function createXmpLabeler({ system }: XmpLabelerOptions): Labeler {
  const writePacket = createPacketWriter({ digitalSourceType: compositeWithAi, system });
  return {
    async plan(file, at): Promise<LabelPlan> {
      const { state, digitalSourceType, metadata, ...stated } = await scanPicture(file);
      const isOwn =
        digitalSourceType === compositeWithAi &&
        stated.system === system.name &&
        stated.systemVersion === system.version;
      if (!metadata || state === 'PRESERVED' || isOwn)
        return { state, ...(isUrl(digitalSourceType) && { digitalSourceType }), edits: [] };
      const label: Label = { digitalSourceType: compositeWithAi, system, at };
      const original = metadata.xmp?.text;
      const edits =
        metadata.replaceXmp(original === undefined ? writePacket(at) : writeXmp(original, label)) ??
        // The merged packet is too long for the format.
        replaceInParts(metadata, original, label) ??
        metadata.replaceXmp(writePacket(at));
      if (!edits) return { state: 'UNSUPPORTED', edits: [] };
      return { state: 'LABELED', digitalSourceType: compositeWithAi, edits };
    },
  };
}

function replaceInParts({ replaceXmp }: Metadata, original: string | undefined, label: Label) {
  const parts = original === undefined ? undefined : splitXmp(original, label);
  return parts && replaceXmp(parts.packet, parts.extension);
}

/** Files of other programs may state anything. */
const isUrl = (text: string | undefined): text is string =>
  text !== undefined && text.length <= 300 && /^https?:/.test(text) && URL.canParse(text);
