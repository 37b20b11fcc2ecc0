/** Fails if the committed declarations of the client are not what its sources say; `--write` renews them. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const web = fileURLToPath(new URL('../../web/', import.meta.url));
const committed = join(web, 'client/types');
const tsc = fileURLToPath(new URL('node_modules/.bin/tsc', import.meta.url));
const isWriting = process.argv.includes('--write');
const out = isWriting ? committed : mkdtempSync(join(tmpdir(), 'arena-types-'));

execFileSync(tsc, ['-p', join(web, 'tsconfig.types.json'), '--outDir', out], { stdio: 'inherit' });
if (!isWriting) {
  const made = contents(out);
  rmSync(out, { recursive: true });
  if (made !== contents(committed)) {
    console.error('web/client/types is not what the sources say: run `node types.mjs --write`');
    process.exit(1);
  }
}

/** @param {string} folder */
function contents(folder) {
  return readdirSync(folder).sort().map((name) => `${name}\n${readFileSync(join(folder, name), 'utf8')}`).join('\n');
}
