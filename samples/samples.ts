import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';

export interface Sample {
  readonly name: string;
  readonly title: string;
  /** Number of people shown. */
  readonly faces: number;
}

export interface SampleFile {
  readonly bytes: Buffer;
  readonly contentType: string;
}

/** The sample pictures, drawn for this project: no real person is shown. */
export const samples: readonly Sample[] = [
  { name: 'ada', title: 'Ada, curly hair and a broad smile', faces: 1 },
  { name: 'bruno', title: 'Bruno, dark beard', faces: 1 },
  { name: 'chen', title: 'Chen, round glasses', faces: 1 },
  { name: 'dora', title: 'Dora, silver bun', faces: 1 },
  { name: 'erik', title: 'Erik, red hair and freckles', faces: 1 },
  { name: 'farah', title: 'Farah, teal headscarf', faces: 1 },
  { name: 'gustav', title: 'Gustav, white mustache', faces: 1 },
  { name: 'hana', title: 'Hana, blue bob and a surprised look', faces: 1 },
  { name: 'friends', title: 'Ada, Chen and Erik in the park', faces: 3 },
  { name: 'grandparents', title: 'Dora and Gustav on the sofa', faces: 2 },
];

const contentTypes = { jpg: 'image/jpeg', webp: 'image/webp', svg: 'image/svg+xml' } as const;

/** All file names that `readSample` knows: `ada.jpg` (for swaps), `ada.webp` (for pages), `ada-small.jpg` (its thumbnail), `ada.svg` (its source), and so on. */
export const sampleNames: readonly string[] = [
  ...samples.flatMap(({ name }) => [`${name}.jpg`, `${name}.webp`, `${name}-small.jpg`, `${name}.svg`]),
  // Stands in for the pictures of erased swaps.
  'erased.jpg',
  'erased.svg',
];

/**
 * Reads a sample file. Any name not literally in `sampleNames` gives undefined, so no path can leave the folder.
 * Rejects only if the file is missing from the installation.
 */
export async function readSample(name: string): Promise<SampleFile | undefined> {
  if (!sampleNames.includes(name)) return undefined;
  const bytes = await readFile(new URL(`./pictures/${name}`, import.meta.url));
  return { bytes, contentType: contentTypes[extname(name).slice(1) as keyof typeof contentTypes] };
}
