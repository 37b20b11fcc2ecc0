import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import test from 'node:test';

const WEB = new URL('../../', import.meta.url);

const FRAME = ['head.html', 'bar.html'];
const PAGES = readdirSync(new URL('pages/', WEB)).filter((name) => name.endsWith('.html') && !FRAME.includes(name));

test('there are pages', () => assert.ok(PAGES.length >= 2));

for (const page of PAGES.map((name) => name.replace('.html', ''))) {
  test(`the ${page} page names every module it will need, so that they come in one round`, () => {
    const html = text(`pages/${page}.html`);
    const named = [...html.matchAll(/rel="modulepreload" href="\/assets\/([^"]+)"/g)].map(([, path]) => path);
    const [, ...needed] = modules(`pages/${page}.js`);
    assert.deepEqual(named.sort(), needed.sort());
  });

  test(`the ${page} page holds nothing inline and asks nobody else`, () => {
    const html = text(`pages/${page}.html`);
    assert.doesNotMatch(html, /<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)/i);
    for (const [, path] of (text('pages/head.html') + text('pages/bar.html') + html).matchAll(/(?:src|href)="([^"]+)"/g)) {
      assert.match(path, /^[/#]/, 'a path of this server');
      if (path.startsWith('/assets/')) assert.ok(existsSync(new URL(path.replace('/assets/', ''), WEB)), path);
    }
  });
}

test('where nothing is, every area is named', () => {
  const areas = [...text('pages/bar.html').matchAll(/href="([^"]+)" data-area="(?!operate)/g)].map(([, path]) => path);
  assert.ok(areas.length > 4);
  for (const path of areas) assert.ok(text('pages/missing.html').includes(`<li><a href="${path}">`), path);
});

test('no page turns text into markup', () => {
  for (const path of new Set(PAGES.flatMap((name) => modules(`pages/${name.replace('.html', '.js')}`, true)))) {
    if (path.startsWith('vendor/')) continue;
    assert.doesNotMatch(text(path), /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/, path);
  }
});

/**
 * @param {string} entry
 * @param {boolean} [withLater] what is loaded only when it is needed, too
 * @returns {string[]} it and all that it imports
 */
function modules(entry, withLater = false) {
  const found = new Set([entry]);
  for (const path of found) {
    const imports = [...text(path).matchAll(/^(?:import|export) [^;]*?from '([^']+)'/gms), ...(withLater ? text(path).matchAll(/(?<!\{)import\('([^']+)'\)(?!\.)/g) : [])];
    for (const [, to] of imports) found.add(new URL(to, new URL(path, 'x:/')).pathname.slice(1));
  }
  return [...found];
}

/** @param {string} path */
function text(path) {
  return readFileSync(new URL(path, WEB), 'utf8');
}
