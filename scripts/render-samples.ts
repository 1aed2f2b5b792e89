// Renders samples/pictures/*.svg next to them: to JPEG, with the positions of the faces in the EXIF description, to a smaller file for
// viewing, and to a thumbnail. Run it after changing a drawing: node scripts/render-samples.ts
import { readdir, readFile, writeFile } from 'node:fs/promises';
import sharp from 'sharp';

/** Twice the size in which the Studio shows it. */
const thumbnailPx = 96;
const folder = new URL('../samples/pictures/', import.meta.url);

for (const name of (await readdir(folder)).filter((file) => file.endsWith('.svg')).sort()) {
  const svg = await readFile(new URL(name, folder));
  const faces = /data-faces="([\d., ]+)"/.exec(svg.toString())?.[1];
  if (faces === undefined && name !== 'erased.svg')
    throw new Error(`${name} lacks data-faces="centreX,centreY,radiusX,radiusY …"`);
  const picture = sharp(svg, { density: 144 }).resize({ height: 640 }).flatten({ background: '#fff' });
  const jpeg = await picture
    .clone()
    .withExif(faces === undefined ? {} : { IFD0: { ImageDescription: `sandbox-faces:${faces};` } })
    .jpeg({ quality: 85, mozjpeg: true })
    .toBuffer();
  await writeFile(new URL(name.replace(/svg$/, 'jpg'), folder), jpeg);
  console.log(`${name} → ${jpeg.length} bytes`);
  if (faces === undefined) continue;
  const view = await picture.clone().webp({ quality: 82, effort: 6 }).toBuffer();
  await writeFile(new URL(name.replace(/svg$/, 'webp'), folder), view);
  const small = await sharp(svg, { density: 144 })
    .resize({ width: thumbnailPx, height: thumbnailPx, fit: 'cover' })
    .flatten({ background: '#fff' })
    .jpeg({ quality: 70, mozjpeg: true })
    .toBuffer();
  await writeFile(new URL(name.replace(/\.svg$/, '-small.jpg'), folder), small);
}
