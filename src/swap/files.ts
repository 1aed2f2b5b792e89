import { z } from 'zod';

/** Names the files of a result. Stored with the result, and written once. */
export interface FileNames {
  /** 128 random bits, hexadecimal: the secret part of the file URLs. */
  token: string;
}

/** One picture of a result, as stored in the archive. */
export interface ArchivedFile {
  contentType: string;
  /** Size and SHA-256 of the stored file; `sourceSha256` is that of the bytes from ModelsLab. Hexadecimal. */
  bytes: number;
  sha256: string;
  sourceSha256: string;
  width?: number;
  height?: number;
  /** Milliseconds since the epoch. */
  archivedAt: number;
  /** What the labeler reports about the file. */
  label?: FileLabel;
}

/** What a labeler did to a file. */
export interface FileLabel {
  state: string;
  [field: string]: unknown;
}

/** How copying the files of a swap ended. `files` has an entry per picture, in the order of the result. Never changes. */
export interface SwapArchive {
  state: 'STORED' | 'FAILED';
  files: (ArchivedFile | null)[];
  /** Milliseconds since the epoch. */
  endedAt: number;
}

export type ArchiveState = 'NONE' | 'PENDING' | SwapArchive['state'];

const time = z.number();
export const archiveRecord = z.looseObject({
  state: z.enum(['STORED', 'FAILED']),
  files: z.array(
    z
      .looseObject({
        contentType: z.string(),
        bytes: z.number(),
        sha256: z.string(),
        sourceSha256: z.string(),
        width: z.number().optional(),
        height: z.number().optional(),
        archivedAt: time,
        label: z.looseObject({ state: z.string() }).optional(),
      })
      .nullable(),
  ),
  endedAt: time,
});

const extensions = ['png', 'webp', 'gif', 'avif', 'heic'];

/** `0.jpg`: the name of a picture, with the extension of its source URL. */
export function fileName(index: number, sourceUrl: string): string {
  const path = URL.canParse(sourceUrl) ? new URL(sourceUrl).pathname : '';
  const [, extension = ''] = /\.([a-z]{3,4})$/i.exec(path) ?? [];
  const known = extensions.find((candidate) => candidate === extension.toLowerCase());
  return `${index}.${known ?? 'jpg'}`;
}

/** Key of a file in the archive. */
export const archiveKey = (token: string, name: string): string => `${token}/${name}`;

/** The parts of a key; undefined for anything else. */
export function readArchiveKey(key: string): { token: string; name: string } | undefined {
  const [, token, name] = /^([0-9a-f]{32})\/(\d{1,3}\.[a-z]{3,4})$/.exec(key) ?? [];
  return token === undefined || name === undefined ? undefined : { token, name };
}
