/** A face in a sample that shows several people: an ellipse in fractions of the picture, and the sample of that person. */
export interface SampleFace {
  /** File name of the person's own sample, without extension. */
  name: string;
  x: number;
  y: number;
  radiusX: number;
  radiusY: number;
}

const face = (name: string, x: number, y: number, radiusX: number, radiusY: number): SampleFace => ({
  name,
  x: x / 960,
  y: y / 640,
  radiusX: radiusX / 960,
  radiusY: radiusY / 640,
});

/** By file name of the sample. The numbers are those of `data-faces` in the drawings. */
const faces: Record<string, readonly SampleFace[]> = {
  friends: [
    face('ada', 208.8, 432.5, 88.8, 90.3),
    face('chen', 489.2, 427.5, 91.2, 92.7),
    face('erik', 752.8, 430.5, 88.8, 90.3),
  ],
  grandparents: [face('dora', 271.6, 393.8, 105.6, 107.4), face('gustav', 691.6, 389.8, 105.6, 107.4)],
};

export const sampleName = (url: string): string => /\/samples\/([a-z]+)\.jpg$/.exec(url)?.[1] ?? '';

/** The faces to choose from in a sample, from left to right; none if it shows one person. */
export const facesOf = (url: string): readonly SampleFace[] => faces[sampleName(url)] ?? [];
