/**
 * What a stored picture says about its origin. `LABELED`: it carries the mark that AI took part in making it. `PRESERVED`: it came
 * with C2PA data, which any change would invalidate, so its bytes are unchanged. `UNSUPPORTED`: its format cannot be labeled.
 * `UNREADABLE`: it is damaged. `NONE`: it carries no mark.
 */
export const provenanceStates = ['LABELED', 'PRESERVED', 'UNSUPPORTED', 'UNREADABLE', 'NONE'] as const;
export type ProvenanceState = (typeof provenanceStates)[number];

/** A picture that can be read at any position. */
export interface PictureFile {
  /** Bytes. */
  size: number;
  /** Reads up to `length` bytes; fewer only at the end of the file. Errors pass through to the caller of the labeler. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** Replaces `remove` bytes at `offset` of the original file. */
export interface Edit {
  offset: number;
  remove: number;
  insert: Uint8Array;
}

export interface LabelPlan {
  state: ProvenanceState;
  /** The IPTC digital source type that the edited file states; undefined if it states none. */
  digitalSourceType?: string;
  /** In the order of their offsets, without overlaps. Empty: the file stays as it is. */
  edits: Edit[];
}

/**
 * Marks pictures as made by AI, without decoding them. Plans edits instead of making them, so that a file of any size can be copied
 * in one pass, in constant memory.
 */
export interface Labeler {
  /**
   * Reads the metadata of a picture, never its pixels. The same file and time give the same edits.
   * @param at the time that the label states, milliseconds since the epoch
   * @throws only what `file.read` throws; a damaged or unknown file is a state
   */
  plan(file: PictureFile, at: number): Promise<LabelPlan>;
}
