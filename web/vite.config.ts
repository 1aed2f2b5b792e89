import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const gateway = 'http://127.0.0.1:4000';

/** `npm run build` builds the Studio into dist/web; `npm run dev:web` serves it in front of a running gateway. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    // The page's CSP allows no inline scripts and few data: URLs; current browsers preload modules without the
    // polyfill.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    // What lazily loaded parts share with the rest, in one file.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'shared', minShareCount: 2 }] } } },
  },
  server: {
    proxy: {
      '/graphql': { target: gateway, ws: true },
      '/samples': gateway,
      '/uploads': gateway,
    },
  },
});
