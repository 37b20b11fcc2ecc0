/** Fails if the committed declarations of the client are not what its sources say; `--write` renews them. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const web = fileURLToPath(new URL('../../web/', import.meta.url));
const committed = join(web, 'client/types');
const tsc = fileURLToPath(new URL('node_modules/.bin/tsc', import.meta.url));
/** What tsc leaves of a field that is private: a name, which strict projects refuse without its type. */
const BARE_FIELD = /^( {4})(\w+);$/gm;

const out = mkdtempSync(join(tmpdir(), 'arena-types-'));
execFileSync(tsc, ['-p', join(web, 'tsconfig.types.json'), '--outDir', out], { stdio: 'inherit' });
for (const name of readdirSync(out)) {
  const made = readFileSync(join(out, name), 'utf8').replace(BARE_FIELD, '$1private $2;');
  writeFileSync(join(process.argv.includes('--write') ? committed : out, name), made);
}
const isSame = contents(out) === contents(committed);
rmSync(out, { recursive: true });
if (!isSame && !process.argv.includes('--write')) {
  console.error('web/client/types is not what the sources say: run `node types.mjs --write`');
  process.exit(1);
}

/** @param {string} folder */
function contents(folder) {
  return readdirSync(folder).sort().map((name) => `${name}\n${readFileSync(join(folder, name), 'utf8')}`).join('\n');
}
