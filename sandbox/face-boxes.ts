/** An upright oval in pixels that contains a face's features, from the brows to the lower lip. */
export interface FaceOval {
  readonly centreX: number;
  readonly centreY: number;
  readonly radiusX: number;
  readonly radiusY: number;
}

const marker = 'sandbox-faces:';

/**
 * Text for a picture's EXIF description that lists its faces. The positions travel with the picture, so they are known
 * whatever URL serves it.
 */
export function describeFaces(faces: readonly FaceOval[]): string {
  const ovals = faces.map((face) => [face.centreX, face.centreY, face.radiusX, face.radiusY].join(','));
  return `${marker}${ovals.join(' ')};`;
}

/**
 * Locates the faces of a picture. This is not face detection: the pictures that ship with the sandbox (and swaps made
 * from them) list their faces in the EXIF description; any other picture is assumed to have one face, slightly above
 * the center, as in most portraits.
 */
export function locateFaces(exif: Buffer | undefined, width: number, height: number): FaceOval[] {
  const described = exif === undefined ? [] : readFaces(exif.toString('latin1'));
  const inside = described.filter(
    (face) =>
      face.centreX - face.radiusX >= 0 &&
      face.centreY - face.radiusY >= 0 &&
      face.centreX + face.radiusX <= width &&
      face.centreY + face.radiusY <= height,
  );
  return inside.length > 0 ? inside : [middle(width, height)];
}

/** The ovals listed after the marker, or none. */
export function readFaces(text: string): FaceOval[] {
  const start = text.indexOf(marker);
  const end = text.indexOf(';', start);
  if (start < 0 || end < 0) return [];
  return text
    .slice(start + marker.length, end)
    .split(' ')
    .map((oval) => oval.split(',').map(Number))
    .flatMap(([centreX = 0, centreY = 0, radiusX = 0, radiusY = 0]) =>
      radiusX >= 4 && radiusY >= 4 ? [{ centreX, centreY, radiusX, radiusY }] : [],
    );
}

function middle(width: number, height: number): FaceOval {
  const side = Math.min(width, height);
  return { centreX: width * 0.5, centreY: height * 0.5, radiusX: side * 0.18, radiusY: side * 0.2 };
}
