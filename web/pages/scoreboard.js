/**
 * Owns the plates under the stage and the score above it.
 * Invariant: touches the page only where something changed; sixty times a second that is rarely.
 */

import { characterName, stageName } from './meta.js';
import { portColour } from './names.js';
import { element } from './text.js';

/** @typedef {import('./board.js').Board} Board */
/** @typedef {{ root: HTMLElement, percent: HTMLElement, tenths: HTMLElement, stocks: HTMLElement, told: { damage: number, lives: number, isOut: boolean } }} Plate */

const STOCKS_MAX = 10;
const JOLT = [{ transform: 'translate(0, 0)' }, { transform: 'translate(-3px, 3px)' }, { transform: 'translate(3px, -2px)' }, { transform: 'translate(0, 0)' }];
const FRAMES_A_SECOND = 60;

export class Scoreboard {
  /**
   * @param {HTMLElement} plates
   * @param {HTMLElement} score
   */
  constructor(plates, score) {
    /** @private */
    this.root = plates;
    /** @private */
    this.games = element('span', 'games');
    /** @private */
    this.where = element('span', 'where');
    score.replaceChildren(this.games, this.where);
    /** @private @type {Map<number, Plate>} by port */
    this.plates = new Map();
    /** @private @type {import('./meta.js').Contender[] | null} whom the plates were made for */
    this.made = null;
    /** @private @type {{ score: number[] | null, game: number, stage: number | null, second: number }} */
    this.told = { score: null, game: 0, stage: null, second: -1 };
    /** @private */
    this.stillness = matchMedia('(prefers-reduced-motion: reduce)');
  }

  /** @param {Board} board */
  show({ contenders, players, score, game, stage, frame }) {
    if (contenders !== this.made) {
      this.made = contenders;
      this.make(contenders);
    }
    for (const player of players) this.update(player);
    const { told } = this;
    const second = Math.max(0, Math.floor(frame / FRAMES_A_SECOND));
    if (score === told.score && game === told.game && stage === told.stage && second === told.second) return;
    this.told = { score, game, stage, second };
    this.games.replaceChildren(...this.standing(contenders, score));
    this.where.textContent = [`Game ${game}`, stageName(stage), clock(second)].filter(Boolean).join(' · ');
  }

  /**
   * The games of each side, beside its name where there are two.
   * @private
   * @param {import('./meta.js').Contender[]} contenders
   * @param {number[]} score
   */
  standing(contenders, score) {
    if (contenders.length !== 2 || score.length !== 2) return [score.join(' – ')];
    const side = (/** @type {import('./meta.js').Contender} */ { name, port }) => {
      const it = element('span', 'side clip', name);
      it.style.setProperty('color', portColour(port));
      return it;
    };
    return [side(contenders[0]), element('span', '', score.join(' – ')), side(contenders[1])];
  }

  /**
   * @private
   * @param {import('./meta.js').Contender[]} contenders
   */
  make(contenders) {
    this.plates = new Map(contenders.map(({ port, name, code, character }) => {
      const root = element('article', 'plate');
      root.style.setProperty('--port', portColour(port));
      const percent = element('span', 'whole', '0');
      const tenths = element('span', 'tenths', '.0%');
      const figure = element('p', 'percent');
      figure.append(percent, tenths);
      const stocks = element('p', 'stocks');
      const label = element('div', 'who');
      label.append(
        element('h2', '', name),
        element('p', 'fighter', [characterName(character), code === name ? '' : code].filter(Boolean).join(' · ')),
        stocks,
      );
      root.append(element('span', 'port', `P${port}`), label, figure);
      return [port, { root, percent, tenths, stocks, told: { damage: 0, lives: -1, isOut: false } }];
    }));
    this.root.replaceChildren(...[...this.plates.values()].map(({ root }) => root));
  }

  /**
   * @private
   * @param {import('../client/melee.js').Player} player
   */
  update({ port, percent, stocks, actionState }) {
    const plate = this.plates.get(port);
    if (!plate) return;
    const damage = Math.round(Math.max(0, Math.min(999.9, Number.isFinite(percent) ? percent : 0)) * 10);
    const lives = Math.max(0, Math.min(STOCKS_MAX, stocks));
    const isOut = actionState >= 0 && actionState <= 10;
    const { told } = plate;
    if (told.damage !== damage) {
      plate.percent.textContent = String(Math.floor(damage / 10));
      plate.tenths.textContent = `.${damage % 10}%`;
      plate.root.style.setProperty('--heat', heat(damage / 10));
      // Web Animations need no style rules that a strict policy would have to allow.
      if (told.lives >= 0 && damage > told.damage && !this.stillness.matches) plate.root.animate(JOLT, { duration: 170 });
    }
    if (told.lives !== lives) {
      plate.stocks.textContent = '●'.repeat(lives);
      plate.stocks.setAttribute('aria-label', `${lives} ${lives === 1 ? 'stock' : 'stocks'}`);
    }
    if (told.isOut !== isOut) plate.root.classList.toggle('is-out', isOut);
    told.damage = damage;
    told.lives = lives;
    told.isOut = isOut;
  }
}

/**
 * White, then yellow, orange, and a red that darkens.
 * @param {number} percent
 */
function heat(percent) {
  const share = Math.min(1, percent / 150);
  return `hsl(${Math.round(56 - 56 * share)} ${Math.round(20 + 75 * Math.min(1, share * 2.4))}% ${Math.round(94 - 36 * share)}%)`;
}

/** How long the game has lasted. @param {number} seconds */
function clock(seconds) {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
