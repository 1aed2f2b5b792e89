// Drawn as lines, because a container image may have no fonts.
const letters = {
  S: 'M8.3 2.4C7.2 .2 1.6 .2 1.6 2.8C1.6 5.6 8.5 4.3 8.5 7.2C8.5 10 2.2 9.9 1.3 7.4',
  A: 'M1 9.6L5 .5L9 9.6M2.4 6.4H7.6',
  N: 'M1.5 9.6V.5L8.5 9.5V.4',
  D: 'M1.5 .5V9.5H4.5C10 9.5 10 .5 4.5 .5Z',
  B: 'M1.5 4.8H5.4C9.8 4.8 9.8 9.5 5.4 9.5H1.5V.5H5C8.6 .5 8.6 4.8 5 4.8',
  O: 'M5 .5C-.4 .5 -.4 9.5 5 9.5C10.4 9.5 10.4 .5 5 .5Z',
  X: 'M1.2 .5L8.8 9.5M8.8 .5L1.2 9.5',
};

/** An SVG of the word SANDBOX on a dark plate, so that no sandbox picture is mistaken for ModelsLab's. */
export function sandboxLabel(heightPx: number): Buffer {
  const word = [letters.S, letters.A, letters.N, letters.D, letters.B, letters.O, letters.X];
  const strokes = word
    .map((path, i) => `<path transform="translate(${6 + i * 12} 6)" d="${path}"/>`)
    .join('');
  const widthPx = Math.round((heightPx * 94) / 22);
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 94 22" width="${widthPx}" height="${heightPx}">` +
      `<rect width="94" height="22" rx="6" fill="#12141c" fill-opacity=".78"/>` +
      `<g fill="none" stroke="#fff" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${strokes}</g></svg>`,
  );
}
