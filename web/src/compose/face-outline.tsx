import type { SampleFace } from './sample-faces.ts';

/** An outline around a face, in a box with the proportions of the picture. */
export function FaceOutline({ face, isChosen }: { face: SampleFace; isChosen: boolean }) {
  return (
    <span
      className="face-outline"
      data-chosen={isChosen || undefined}
      style={placeOf(face)}
      aria-hidden="true"
    />
  );
}

/** Where a face is, as CSS; with some room around it. */
export function placeOf({ x, y, radiusX, radiusY }: SampleFace) {
  const room = 1.45;
  const percent = (part: number): string => `${100 * part}%`;
  return {
    left: percent(x - radiusX * room),
    top: percent(y - radiusY * room),
    width: percent(2 * radiusX * room),
    height: percent(2 * radiusY * room),
  };
}
