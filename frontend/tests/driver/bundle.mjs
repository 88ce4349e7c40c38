/** Bundle the driver: `node bundle.mjs OUTFOLDER` writes node.cjs and page.js from the engine's own sources. */

import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const [out] = process.argv.slice(2);
const common = { bundle: true, target: 'es2022', alias: { '@contract': here('../../../contract') }, logLevel: 'error' };
await Promise.all([
  build({ ...common, entryPoints: [here('node.ts')], platform: 'node', format: 'cjs', outfile: join(out, 'node.cjs') }),
  build({ ...common, entryPoints: [here('page.ts')], platform: 'browser', format: 'iife', outfile: join(out, 'page.js') }),
]);
