/**
 * Builds `../vendor/three.js` from the locked packages; without `--write` it fails if the committed
 * file is not, byte for byte, what they give.
 */

import { readFileSync, writeFileSync } from 'node:fs';

import { build } from 'esbuild';

const OUT = new URL('../vendor/', import.meta.url);
const { version } = JSON.parse(readFileSync(new URL('node_modules/three/package.json', import.meta.url), 'utf8'));

const { outputFiles } = await build({
  entryPoints: [new URL('three.js', import.meta.url).pathname],
  bundle: true, minify: true, format: 'esm', target: 'es2022', legalComments: 'none', write: false,
  banner: { js: `/*! three.js ${version}, MIT, see three.LICENSE */` },
});
const files = new Map([
  ['three.js', Buffer.from(outputFiles[0].contents)],
  ['three.LICENSE', readFileSync(new URL('node_modules/three/LICENSE', import.meta.url))],
]);

for (const [name, made] of files) {
  const at = new URL(name, OUT);
  if (process.argv.includes('--write')) {
    writeFileSync(at, made);
  } else if (!made.equals(readFileSync(at))) {
    console.error(`web/vendor/${name} is not what web/three gives: run \`npm run build\` there`);
    process.exitCode = 1;
  }
}
