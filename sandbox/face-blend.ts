/** Packed RGB, three bytes per pixel. */
export interface Pixels {
  readonly data: Buffer;
  readonly width: number;
  readonly height: number;
}

type Rgb = readonly [number, number, number];

/** Within this share of the oval's radius the patch is opaque; from there to the rim it fades out. */
const opaqueShare = 0.84;

/** 2 is an ellipse; a slightly larger value includes the ends of the brows. */
const ovalExponent = 2.5;

/** Maximum RGB distance from the skin of a color that is re-toned with it. */
const skinReach = 90;

/**
 * Blends `over` onto `under`, both of the same size and each filled by a face's oval, with a soft edge. The skin of
 * `over` takes on the tone of the skin of `under`; eyes, brows, lips, beards and glasses keep their colors.
 */
export function blendFace(under: Pixels, over: Pixels): Buffer {
  const blended = Buffer.from(under.data);
  const skin = skinTone(over);
  const shift = skinTone(under).map((channel, i) => channel - (skin[i] ?? 0));
  for (let y = 0; y < under.height; y++) {
    for (let x = 0; x < under.width; x++) {
      const opacity = ovalOpacity(x, y, under);
      if (opacity === 0) continue;
      const at = (y * under.width + x) * 3;
      const nearSkin = Math.max(0, 1 - (distance(pixelAt(over, at), skin) / skinReach) ** 2);
      for (let channel = 0; channel < 3; channel++) {
        const toned = (over.data[at + channel] ?? 0) + (shift[channel] ?? 0) * nearSkin;
        const below = under.data[at + channel] ?? 0;
        blended[at + channel] = Math.max(0, Math.min(255, below + (toned - below) * opacity));
      }
    }
  }
  return blended;
}

function ovalOpacity(x: number, y: number, { width, height }: Pixels): number {
  const fade = Math.min(1, Math.max(0, (1 - fromCenter(x, y, width, height)) / (1 - opaqueShare)));
  return fade * fade * (3 - 2 * fade);
}

/** 0 at the center, 1 on the rim of the oval. */
function fromCenter(x: number, y: number, width: number, height: number): number {
  const across = Math.abs((x + 0.5) / (width / 2) - 1) ** ovalExponent;
  const along = Math.abs((y + 0.5) / (height / 2) - 1) ** ovalExponent;
  return (across + along) ** (1 / ovalExponent);
}

/** The mean of the most common colors inside the oval: features cover less of a face than skin does. */
function skinTone(face: Pixels): Rgb {
  const sums = new Map<number, [number, number, number, number]>();
  for (let y = 0; y < face.height; y += 2) {
    for (let x = 0; x < face.width; x += 2) {
      if (fromCenter(x, y, face.width, face.height) > 0.75) continue;
      const [red, green, blue] = pixelAt(face, (y * face.width + x) * 3);
      const shade = ((red >> 5) << 6) | ((green >> 5) << 3) | (blue >> 5);
      const [r, g, b, n] = sums.get(shade) ?? [0, 0, 0, 0];
      sums.set(shade, [r + red, g + green, b + blue, n + 1]);
    }
  }
  const [r, g, b, n] = [...sums.values()].reduce(
    (most, next) => (next[3] > most[3] ? next : most),
    [0, 0, 0, 1],
  );
  return [r / n, g / n, b / n];
}

function pixelAt({ data }: Pixels, at: number): Rgb {
  return [data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0];
}

function distance(a: Rgb, b: Rgb): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}
