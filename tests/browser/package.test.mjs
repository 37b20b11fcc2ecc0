import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { WebSocket } from 'ws';

import { FROM_THE_FIRST } from '../../web/client/messages.js';
import { watch } from '../../web/client/watch.js';
import { Arena, Browser } from './support.mjs';

const CLIENT = fileURLToPath(new URL('../../web/client/', import.meta.url));
const HERE = fileURLToPath(new URL('./', import.meta.url));
const README = readFileSync(join(CLIENT, 'README.md'), 'utf8');
const [EXAMPLE, PUBLISHING] = [...README.matchAll(/```js\n([^]*?)```/g)].map(([, code]) => code);

/** @type {Arena} */
let arena;
/** @type {Browser} */
let browser;
/** @type {string} somebody else's project, into which the package was unpacked as npm packs it */
let project;
/** @type {string[]} */
let files;

before(async () => {
  [arena, browser] = await Promise.all([Arena.start(), Browser.start()]);
  project = mkdtempSync(join(tmpdir(), 'arena-project-'));
  const [packed] = JSON.parse(execFileSync('npm', ['pack', '--json', '--silent', '--pack-destination', project], { cwd: CLIENT, encoding: 'utf8' }));
  files = packed.files.map(({ path }) => path);
  const into = join(project, 'node_modules/@arena/client');
  mkdirSync(into, { recursive: true });
  // Older Nodes have no WebSocket of their own.
  writeFileSync(join(project, 'socket.cjs'), `globalThis.WebSocket ??= require(${JSON.stringify(join(HERE, 'node_modules/ws'))}).WebSocket;`);
  execFileSync('tar', ['-xzf', join(project, packed.filename), '--strip-components=1', '-C', into]);
});

after(async () => {
  rmSync(project, { recursive: true, force: true });
  await browser?.stop();
  await arena?.stop();
});

test('what is published is the library, its types and what to read, and nothing else', () => {
  const { exports } = JSON.parse(readFileSync(join(CLIENT, 'package.json'), 'utf8'));
  const promised = Object.values(exports).flatMap((it) => Object.values(it)).map((path) => path.slice(2));
  for (const path of [...promised, 'README.md', 'package.json']) assert.ok(files.includes(path), `${path} is missing`);
  for (const path of files) assert.match(path, /^([a-z-]+\.js|types\/[a-z-]+\.d\.ts|README\.md|package\.json|LICENSE)$/);
  // Whatever a published module imports is published, too.
  for (const path of files.filter((it) => it.endsWith('.js'))) {
    for (const [, to] of readFileSync(join(CLIENT, path), 'utf8').matchAll(/from '\.\/([^']+)'/g)) assert.ok(files.includes(to), `${path} imports ${to}`);
  }
});

/** The example, with this arena in place of the one it names. */
const example = () => EXAMPLE.replace('https://arena.example', arena.url);

test('the example of the README watches in Node, from the package', async () => {
  assert.ok(EXAMPLE.trim().split('\n').length <= 11, 'about ten lines');
  writeFileSync(join(project, 'example.mjs'), example());
  const child = spawn(process.execPath, ['--require', './socket.cjs', 'example.mjs'], { cwd: project, stdio: ['ignore', 'pipe', 'pipe'] });
  let [said, errors] = ['', ''];
  child.stderr.on('data', (text) => (errors += text));
  await new Promise((resolve, reject) => {
    child.stdout.on('data', (text) => {
      said += text;
      if (/^live /m.test(said) && /^melee\/1 /m.test(said) && /type: 'Frames'/.test(said) && /transport: 'websocket'/.test(said)) resolve(null);
    });
    child.once('exit', (code) => reject(new Error(`it ended with ${code}\n${said.slice(-2000)}\n${errors}`)));
  });
  child.kill();
  assert.equal(errors, '');
});

test('the example of the README watches in a browser', async () => {
  const page = await browser.page();
  const said = [];
  page.on('console', (message) => said.push(message.text()));
  await page.goto(arena.url);
  const asImported = example().replace(/^import (\{.*\}) from '@arena\/client';$/m, "const $1 = await import('/assets/client/index.js');");
  assert.doesNotMatch(asImported, /^import /m);
  await page.evaluate(`(async () => { ${asImported} })()`);
  const until = Date.now() + 10_000;
  while (!(said.some((it) => it.startsWith('melee/1 ')) && said.some((it) => /^\d+ /.test(it)))) {
    assert.ok(Date.now() < until, said.join('\n'));
    await page.waitForEvent('console');
  }
  assert.deepEqual(page.faults, []);
  await page.done();
});

test('a foreign project in TypeScript has the types of all that is exported', () => {
  const { exports } = JSON.parse(readFileSync(join(CLIENT, 'package.json'), 'utf8'));
  const names = Object.keys(exports).map((path) => path.replace('.', '@arena/client'));
  writeFileSync(join(project, 'package.json'), '{ "type": "module", "private": true }');
  writeFileSync(join(project, 'consumer.ts'), `
    import { watch, publish, gateway, decodeMelee } from '@arena/client';
    import type { Batch } from '@arena/client/watch.js';
    ${names.map((name, i) => `import * as all${i} from '${name}';\nvoid all${i};`).join('\n')}
    const watcher = watch({ channel: 'demo', server: 'http://127.0.0.1:8000', delivery: 'Live' });
    const stop: () => void = watcher.on('batch', (batch: Batch) => { const n: number = batch.seq; void [n, decodeMelee(batch.payload)]; });
    watcher.on('state', ({ state }) => { if (state === 'refused') stop(); });
    void publish({ channel: 'c', schema: 'json', server: 'http://127.0.0.1:8000' }).push({ payload: new Uint8Array(1) }).then((seq: number | bigint) => seq);
    void gateway;
    // @ts-expect-error there is no such event
    watcher.on('nothing', () => {});
    // @ts-expect-error a channel is needed
    watch({});
  `);
  const settings = { compilerOptions: { target: 'ES2022', module: 'nodenext', lib: ['ES2024', 'DOM', 'DOM.Iterable'], types: [], strict: true, noEmit: true, skipLibCheck: false }, files: ['consumer.ts'] };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(settings));
  execFileSync(join(HERE, 'node_modules/.bin/tsc'), ['-p', project], { stdio: ['ignore', 'inherit', 'inherit'] });
});

test('the example of the README that publishes does so', async () => {
  const watcher = watch({ server: arena.url, channel: 'my-game', after: FROM_THE_FIRST, delivery: 'Complete', follow: false, WebSocket });
  const watched = new Promise((resolve) => {
    const moves = [];
    watcher.on('batch', ({ payload }) => moves.push(JSON.parse(new TextDecoder().decode(payload)).move));
    watcher.on('end', ({ reason }) => resolve([...moves, reason]));
  });
  writeFileSync(join(project, 'publishing.mjs'), PUBLISHING.replace('http://127.0.0.1:8000', arena.url));
  const child = spawn(process.execPath, ['--require', './socket.cjs', 'publishing.mjs'], { cwd: project, stdio: 'inherit' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  assert.deepEqual(await watched, ['e4', 'e5', 'Nf3', 'mate']);
  assert.equal(await ended, 0);
});
