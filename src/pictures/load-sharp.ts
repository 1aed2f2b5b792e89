/** Decoders of libvips; all others stay shut, among them those that hardly anybody looks after. */
export type PictureDecoder = 'Jpeg' | 'Png' | 'Webp' | 'Nsgif' | 'Heif' | 'Svg';

/** Loads sharp for a picture process: one thread, nothing cached, and only these decoders. */
export async function loadSharp(decoders: readonly PictureDecoder[]): Promise<void> {
  const { default: sharp } = await import('sharp');
  sharp.cache(false);
  sharp.concurrency(1);
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({ operation: decoders.map((decoder) => `VipsForeignLoad${decoder}`) });
}
