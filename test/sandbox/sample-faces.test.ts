import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { samples } from '../../samples/samples.js';
import { facesOf } from '../../web/src/compose/sample-faces.js';

const groups = samples.filter(({ faces }) => faces > 1);

test.each(groups)(
  'the Studio outlines the faces of $name where the sandbox finds them',
  ({ name, faces }) => {
    const drawing = readFileSync(new URL(`../../samples/pictures/${name}.svg`, import.meta.url), 'utf8');
    const [, text = ''] = /data-faces="([\d., ]+)"/.exec(drawing) ?? [];
    const drawn = text.split(' ').map((face) => face.split(',').map(Number));
    const outlined = facesOf(`https://swaps.example.com/samples/${name}.jpg`);
    expect(outlined).toHaveLength(faces);
    const pixels = outlined.map(({ x, y, radiusX, radiusY }) =>
      [x * 960, y * 640, radiusX * 960, radiusY * 640].map((value) => Math.round(value * 10) / 10),
    );
    expect(pixels.sort()).toEqual(drawn.sort());
    for (const face of outlined) expect(samples.map((sample) => sample.name)).toContain(face.name);
  },
);
