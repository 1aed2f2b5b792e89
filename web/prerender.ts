import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createServer } from 'vite';
import { samples } from '../samples/samples.ts';

/** The markup names pictures by their paths; this only completes them to URLs. */
const origin = 'https://gateway.invalid';

/** `src/shell.tsx`, which belongs to another TypeScript project. */
interface Shell {
  renderShell(
    catalog: readonly { url: string; title: string; faces: number }[],
    id: string | undefined,
  ): string;
}

/** What modules of the Studio read while they load. */
const browserGlobals = {
  location: new URL(origin),
  document: { getElementById: () => null },
  matchMedia: () => ({ matches: false }),
  BroadcastChannel: EventTarget,
};

/**
 * Writes the pages that show the Studio before its script has loaded: `start.html`, with the samples chosen, and `swap.html`, the page of a
 * swap. Their markup is inert until the script replaces it.
 *
 * @param folder the build, with `index.html`
 */
export async function prerender(folder: string): Promise<void> {
  Object.assign(globalThis, browserGlobals);
  const vite = await createServer({
    root: import.meta.dirname,
    configFile: false,
    appType: 'custom',
    logLevel: 'warn',
    server: { middlewareMode: true, ws: false, watch: null },
    optimizeDeps: { noDiscovery: true },
  });
  try {
    const shell = (await vite.ssrLoadModule('/src/shell.tsx')) as Shell;
    const catalog = samples.map(({ name, title, faces }) => ({
      url: `${origin}/samples/${name}.jpg`,
      title,
      faces,
    }));
    write(folder, 'start', shell.renderShell(catalog, undefined));
    write(folder, 'swap', shell.renderShell(catalog, 'id'));
  } finally {
    await vite.close();
  }
}

function write(folder: string, name: string, rendered: string): void {
  // React asks to preload every picture; that would delay the largest one.
  const { markup, css } = extractStyles(rendered.replace(/<link rel="preload"[^>]*>/g, ''));
  const digest = createHash('sha256').update(css).digest('hex').slice(0, 8);
  const sheet = `/assets/${name}-${digest}.css`;
  writeFileSync(join(folder, sheet), css);
  const [, picture] = /<img class="tile-picture" src="([^"]+)"/.exec(markup) ?? [];
  if (picture === undefined) throw new Error('no sample is chosen');
  const page = readFileSync(join(folder, 'index.html'), 'utf8')
    .replace(
      '<link',
      () => `<link rel="preload" as="image" fetchpriority="high" href="${picture}" />\n    <link`,
    )
    .replace('</head>', () => `  <link rel="stylesheet" href="${sheet}" />\n  </head>`)
    .replace(
      '<div id="studio"></div>',
      () => `<div id="studio"><div class="shell" inert>${markup}</div></div>`,
    );
  writeFileSync(join(folder, `${name}.html`), page);
}

/** Style attributes violate the content security policy, rules of a style sheet do not. */
function extractStyles(html: string): { markup: string; css: string } {
  const styles: string[] = [];
  const markup = html.replace(/ style="([^"]*)"/g, (_attribute, style: string) => {
    if (!styles.includes(style)) styles.push(style);
    return ` data-style="${styles.indexOf(style)}"`;
  });
  return { markup, css: styles.map((style, at) => `[data-style="${at}"]{${style}}\n`).join('') };
}
