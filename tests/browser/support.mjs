/**
 * Owns what the browser tests stand on: a relay in an empty folder, and pages that tell what went
 * wrong in them.
 */

import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright-core';

const READY = /^arena ready http=(\S+) quic=(\S+)$/;
export const SHOTS = fileURLToPath(new URL('shots/', import.meta.url));

/** The built binary, serving everything, with its demo match. */
export class Arena {
  /** @param {string[]} [flags] @param {Record<string, string>} [env] @param {string} [toml] what else it is told */
  static async start(flags = [], env = {}, toml = '') {
    const arena = new Arena();
    Object.assign(arena, { flags, env });
    arena.folder = mkdtempSync(join(tmpdir(), 'arena-browser-'));
    if (toml) writeFileSync(join(arena.folder, 'arena.toml'), toml);
    arena.http = arena.quic = '127.0.0.1:0';
    await arena.up();
    return arena;
  }

  /** Starts the process, again on the ports that it had. */
  async up() {
    const binary = process.env.ARENA_BIN;
    if (!binary) throw new Error('ARENA_BIN must name the built binary');
    this.process = spawn(binary, ['serve', '--http', this.http, '--quic', this.quic, ...this.flags], {
      cwd: this.folder, env: { ...process.env, ...this.env }, stdio: ['ignore', 'pipe', 'pipe'],
    });
    let log = '';
    this.process.stderr.on('data', (text) => (log = (log + text).slice(-4000)));
    const over = new Promise((_, reject) => {
      this.process.once('exit', (code) => reject(new Error(`arena ended with ${code} before it was ready\n${log}`)));
      this.process.once('error', reject);
    });
    over.catch(() => {});
    const lines = createInterface({ input: this.process.stdout });
    const ready = (async () => {
      for await (const line of lines) {
        const match = READY.exec(line);
        if (match) return match;
      }
      return over;
    })();
    const [, url, quic] = await Promise.race([ready, over]);
    this.url = url;
    this.http = new URL(url).host;
    this.quic = quic;
  }

  /** Ends the process at once, as a crash would. */
  async kill() {
    const gone = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGKILL');
    await gone;
  }

  async stop() {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** One browser for all tests. */
export class Browser {
  static async start() {
    const browser = new Browser();
    browser.chromium = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      headless: true,
      args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    });
    return browser;
  }

  /**
   * A page in a context of its own. `faults` collects what a visitor's console would show.
   * @param {{ width?: number, height?: number, hasWebTransport?: boolean, isStill?: boolean, isDay?: boolean }} [options]
   */
  async page({ width = 1280, height = 800, hasWebTransport = true, isStill = false, isDay = false } = {}) {
    const context = await this.chromium.newContext({
      viewport: { width, height }, reducedMotion: isStill ? 'reduce' : 'no-preference', colorScheme: isDay ? 'light' : 'dark',
    });
    const page = await context.newPage();
    const faults = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') faults.push(message.text());
    });
    page.on('pageerror', (error) => faults.push(`${error.stack}`));
    await page.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
    });
    if (!hasWebTransport) await page.addInitScript(() => delete window.WebTransport);
    return Object.assign(page, {
      faults,
      stats: () => page.evaluate(() => window.arena.stats()),
      reaches: (state) => page.waitForFunction((wanted) => window.arena?.stats().state === wanted, state, { timeout: 20_000 }),
      shoot: (name) => {
        mkdirSync(SHOTS, { recursive: true });
        return page.screenshot({ path: join(SHOTS, `${name}.png`) });
      },
      done: () => context.close(),
    });
  }

  stop() {
    return this.chromium.close();
  }
}
