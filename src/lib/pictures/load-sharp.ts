/** Allowed libvips decoders; all others stay blocked, including the poorly maintained ones. */
export type PictureDecoder = 'Jpeg' | 'Png' | 'Webp' | 'Nsgif' | 'Heif' | 'Svg' | 'Tiff';

/** Loads sharp for a picture process: one thread, no cache, and only these decoders. */
export async function loadSharp(decoders: readonly PictureDecoder[]): Promise<void> {
  const { default: sharp } = await import('sharp');
  sharp.cache(false);
  sharp.concurrency(1);
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({ operation: decoders.map((decoder) => `VipsForeignLoad${decoder}`) });
}
