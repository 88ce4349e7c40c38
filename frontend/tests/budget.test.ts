import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, it } from 'vitest';
import { build } from 'vite';

const LIMIT = 70 * 1024;
const WORKER_LIMIT = 4 * 1024;
const MAP_LIMIT = 48 * 1024;
const gzip = (name: string): number => gzipSync(readFileSync(join(out, name))).length;
const out = mkdtempSync(join(tmpdir(), 'fieldops-phone-'));
afterAll(() => rmSync(out, { recursive: true }));

it('the first load is at most 70 KiB gzip: page, style, entry, what it imports, and one language', async () => {
  // Under test Vite would build the development shape of the app.
  process.env['NODE_ENV'] = 'production';
  await build({ root: new URL('..', import.meta.url).pathname, logLevel: 'silent', build: { outDir: out, emptyOutDir: true } });
  const page = readFileSync(join(out, 'index.html'), 'utf8');
  const named = [...page.matchAll(/(?:src|href)="\/m\/(assets\/[^"]+\.(?:js|css))"/g)].map((match) => match[1]!);
  const language = readdirSync(join(out, 'assets')).find((name) => name.startsWith('zh-Hans-'))!;
  const imported = named.filter((name) => name.endsWith('.js'))
    .flatMap((name) => [...readFileSync(join(out, name), 'utf8').matchAll(/\bfrom\s*"\.\/([^"]+\.js)"/g)].map((match) => `assets/${match[1]}`));

  const files = [...new Set(['index.html', ...named, ...imported, `assets/${language}`])];
  const total = files.reduce((sum, name) => sum + gzip(name), 0);

  expect(files.length).toBeGreaterThanOrEqual(4);
  expect(total).toBeGreaterThan(20 * 1024);
  expect(total).toBeLessThanOrEqual(LIMIT);
  // The worker lists every file; the map's chunk is fetched beside the first screen, never before it.
  expect(gzip('sw.js')).toBeLessThanOrEqual(WORKER_LIMIT);
  const [map] = readdirSync(join(out, 'assets')).filter((name) => name.startsWith('Place-') && name.endsWith('.js'));
  expect(gzip(`assets/${map}`)).toBeLessThanOrEqual(MAP_LIMIT);
  expect(files).not.toContain(`assets/${map}`);
  // Nothing the strict policy would refuse: no inline script or style in the page.
  expect(page).not.toMatch(/<style|<script(?![^>]*src=)|style="|onload=/);
}, 60_000);
