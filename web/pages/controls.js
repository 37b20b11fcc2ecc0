/**
 * Owns the row under the picture: looking back and returning, two or three dimensions, full screen,
 * the link to hand on; and its keys.
 * Invariant: whatever a button does, a key does, and neither takes keys from fields.
 */

import { button, copy, toast } from './components.js';
import { element } from './text.js';

/** @typedef {import('./renderers.js').View} View */

const STEP_S = 5;
/** Less than this behind is live, as far as anybody can see. */
const NEAR_S = 0.5;

export class Controls {
  /**
   * @param {HTMLElement} root
   * @param {{ room: HTMLElement, link: string, onIntent: () => void }} around `onIntent`: somebody is about to look back
   */
  constructor(root, { room, link, onIntent }) {
    /** @private @type {View | null} */
    this.view = null;
    /** @private */
    this.onIntent = onIntent;
    /** @private */
    this.room = room;
    /** @private */
    this.isHeld = false;
    /** @private */
    this.play = button({ label: 'Pause', act: () => this.toggle() }, 'is-quiet is-small');
    const back = button({ label: `−${STEP_S} s`, act: () => this.step(-STEP_S) }, 'is-quiet is-small');
    back.title = `Back by ${STEP_S} seconds`;
    /** @private */
    this.slider = element('input', 'slider');
    Object.assign(this.slider, { type: 'range', min: '0', max: '1', step: '0.1', value: '1' });
    this.slider.setAttribute('aria-label', 'Look back');
    /** @private */
    this.live = button({ label: 'Live', act: () => this.view?.deck.goLive() }, 'is-quiet is-small live-button');
    /** @private */
    this.behind = element('output', 'behind');
    /** @private */
    this.solid = button({ label: '3D', act: () => this.turn(this.solid.getAttribute('aria-pressed') !== 'true') }, 'is-quiet is-small');
    this.solid.setAttribute('aria-pressed', 'false');
    const full = button({ label: 'Full', act: () => this.fill() }, 'is-quiet is-small');
    full.setAttribute('aria-label', 'Full screen');
    const share = button({ label: 'Share', act: () => copy(link, 'The link is copied.') }, 'is-quiet is-small');
    /** @private nothing can be looked back at before there is a view */
    this.root = root;
    root.hidden = true;
    root.replaceChildren(back, this.play, this.slider, this.behind, this.live, this.solid, full, share);

    root.addEventListener('pointerenter', () => this.onIntent(), { once: true });
    root.addEventListener('focusin', () => this.onIntent(), { once: true });
    this.slider.addEventListener('input', () => {
      this.isHeld = true;
      this.view?.deck.seek(Number(this.slider.value));
    });
    this.slider.addEventListener('change', () => (this.isHeld = false));
    document.addEventListener('keydown', (event) => this.key(event));
  }

  /** @param {View | null} view */
  show(view) {
    this.view = view;
    this.root.hidden = view === null;
    this.solid.hidden = !view?.solid;
    this.solid.setAttribute('aria-pressed', 'false');
  }

  refresh() {
    const { view } = this;
    if (!view) return;
    const { startS, endS, positionS, isPaused, isLive } = view.deck.tape;
    const behindS = Math.max(0, endS - positionS);
    const text = isLive || (behindS < NEAR_S && !isPaused) ? '' : `−${clock(behindS)}`;
    if (this.behind.textContent !== text) this.behind.textContent = text;
    const label = isPaused ? 'Play' : 'Pause';
    if (this.play.textContent !== label) this.play.textContent = label;
    this.live.setAttribute('aria-pressed', String(isLive));
    this.slider.disabled = endS - startS < 1;
    if (this.isHeld) return;
    const max = Math.max(endS, startS + 0.1).toFixed(1);
    Object.assign(this.slider, { min: startS.toFixed(1), max, value: isLive ? max : positionS.toFixed(1) });
    this.slider.setAttribute('aria-valuetext', isLive ? 'live' : `${clock(behindS)} behind live`);
  }

  /**
   * Two dimensions or three.
   * @param {boolean} isSolid
   */
  async turn(isSolid) {
    try {
      await this.view?.solid?.(isSolid);
      this.solid.setAttribute('aria-pressed', String(isSolid));
    } catch {
      toast('This browser cannot show three dimensions, or the module did not come. The flat view stays.', 'warn');
    }
  }

  /** @private */
  toggle() {
    if (!this.view) return;
    this.onIntent();
    if (this.view.deck.tape.isPaused) this.view.deck.play();
    else this.view.deck.pause();
    this.refresh();
  }

  /**
   * @private
   * @param {number} seconds
   */
  step(seconds) {
    if (!this.view) return;
    this.onIntent();
    const { deck } = this.view;
    deck.seek(deck.tape.positionS + seconds);
    this.refresh();
  }

  /** @private */
  fill() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.room.requestFullscreen().catch(() => toast('This browser does not allow full screen here.', 'warn'));
  }

  /**
   * @private
   * @param {KeyboardEvent} event
   */
  key(event) {
    const target = /** @type {Element} */ (event.target);
    if (event.ctrlKey || event.altKey || event.metaKey || target.matches('input:not(.slider), select, textarea')) return;
    // A button that has the focus is pressed by space, as everywhere.
    if (event.key === ' ' && target.matches('button, a, summary')) return;
    const isSlider = target === this.slider;
    switch (event.key) {
      case 'ArrowLeft': if (!isSlider) this.step(-STEP_S); else return; break;
      case 'ArrowRight': if (!isSlider) this.step(STEP_S); else return; break;
      case ' ': this.toggle(); break;
      case 'l': case 'L': this.view?.deck.goLive(); break;
      case 'f': case 'F': this.fill(); break;
      default: return;
    }
    event.preventDefault();
  }
}

/** @param {number} seconds */
export function clock(seconds) {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
