import { svelte } from '@sveltejs/vite-plugin-svelte';
import { fileURLToPath } from 'node:url';
import { VitePWA } from 'vite-plugin-pwa';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

/** Most readers read simplified Chinese: its words come beside the script, not after it. */
const wordsBeside: Plugin = {
  name: 'words-beside',
  transformIndexHtml: {
    order: 'post',
    handler: (_page, { bundle }) =>
      Object.keys(bundle ?? {})
        .filter((name) => /assets\/zh-Hans-.+\.js$/.test(name))
        .map((name) => ({ tag: 'link', attrs: { rel: 'modulepreload', href: `/m/${name}`, crossorigin: true }, injectTo: 'head' as const })),
  },
};

const contract = fileURLToPath(new URL('../contract', import.meta.url));

export default defineConfig({
  base: '/m/',
  resolve: { alias: { '@contract': contract } },
  plugins: [
    svelte(),
    wordsBeside,
    VitePWA({
      strategies: 'injectManifest',
      srcDir: 'src/worker',
      filename: 'sw.ts',
      injectRegister: false,
      scope: '/m/',
      injectManifest: { globPatterns: ['**/*.{js,css,html,webmanifest,png}'] },
      manifest: {
        id: '/m/', name: '反诈机动队', short_name: '机动队', lang: 'zh-Hans', start_url: '/m/', scope: '/m/',
        display: 'standalone', orientation: 'portrait', background_color: '#000000', theme_color: '#0b57a4',
        icons: [
          { src: 'icon-192.png', sizes: '192x192', type: 'image/png' },
          { src: 'icon-512.png', sizes: '512x512', type: 'image/png' },
          { src: 'icon-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
        ],
      },
    }),
  ],
  build: {
    target: 'es2022',
    // The page's policy allows no data: scripts and no inline ones.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  test: { include: ['tests/**/*.test.ts'], environment: 'node' },
});
