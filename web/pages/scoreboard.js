/**
 * Owns the plates under the stage and the score above it.
 * Invariant: touches the page only where something changed; sixty times a second that is rarely.
 */

import { characterName, stageName } from './meta.js';
import { portColour } from './names.js';
import { element } from './text.js';

/** @typedef {import('./board.js').Board} Board */
/** @typedef {{ root: HTMLElement, percent: HTMLElement, tenths: HTMLElement, stocks: HTMLElement }} Plate */

const STOCKS_MAX = 10;

export class Scoreboard {
  /**
   * @param {HTMLElement} plates
   * @param {HTMLElement} score
   */
  constructor(plates, score) {
    /** @private */
    this.root = plates;
    /** @private */
    this.score = score;
    /** @private @type {Map<number, Plate>} by port */
    this.plates = new Map();
    /** @private what the plates were made from */
    this.made = '';
    /** @private */
    this.scored = '';
    /** @private @type {Map<number, string>} */
    this.told = new Map();
  }

  /** @param {Board} board */
  show({ contenders, players, score, game, stage }) {
    const made = JSON.stringify(contenders);
    if (made !== this.made) {
      this.made = made;
      this.make(contenders);
    }
    for (const player of players) this.update(player);
    const scored = JSON.stringify([score, game, stage]);
    if (scored !== this.scored) {
      this.scored = scored;
      this.score.replaceChildren(
        element('span', 'games', score.join(' – ')),
        element('span', 'where', [`Game ${game}`, stageName(stage)].filter(Boolean).join(' · ')),
      );
    }
  }

  /**
   * @private
   * @param {import('./meta.js').Contender[]} contenders
   */
  make(contenders) {
    this.told.clear();
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
      return [port, { root, percent, tenths, stocks }];
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
    const shown = Math.max(0, Math.min(999.9, Number.isFinite(percent) ? percent : 0));
    const lives = Math.max(0, Math.min(STOCKS_MAX, stocks));
    const isOut = actionState >= 0 && actionState <= 10;
    const told = `${shown.toFixed(1)} ${lives} ${isOut}`;
    const before = this.told.get(port);
    if (before === told) return;
    this.told.set(port, told);

    const [whole, tenths] = shown.toFixed(1).split('.');
    plate.percent.textContent = whole;
    plate.tenths.textContent = `.${tenths}%`;
    plate.root.style.setProperty('--heat', heat(shown));
    plate.root.classList.toggle('is-out', isOut);
    plate.stocks.textContent = '●'.repeat(lives);
    plate.stocks.setAttribute('aria-label', `${lives} stocks`);
    if (before !== undefined && shown > Number(before.split(' ')[0])) {
      // Web Animations need no style rules that a strict policy would have to allow.
      plate.root.animate(
        [{ transform: 'translate(0, 0)' }, { transform: 'translate(-3px, 3px)' }, { transform: 'translate(3px, -2px)' }, { transform: 'translate(0, 0)' }],
        { duration: matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 170 },
      );
    }
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
