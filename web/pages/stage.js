/**
 * Owns a match as it is seen: takes records as they arrive, shows them as they are due.
 * Draws nothing itself (`draw.js`), keeps no time of its own (`playout.js`).
 * Invariant: one loop, driven by the display; whatever a record says, the loop goes on.
 */

import { Camera } from './camera.js';
import { drawScene } from './draw.js';
import { contender } from './meta.js';
import { portColour } from './names.js';
import { Playout } from './playout.js';
import { Sparks } from './sparks.js';
import { shapeOf } from './stages.js';
import { clip } from './text.js';

/** @typedef {import('../client/melee.js').Frame} Frame */
/** @typedef {import('../client/melee.js').Player} Player */
/** @typedef {import('../client/melee.js').Record} Record */
/** @typedef {import('./meta.js').Contender} Contender */
/** @typedef {Exclude<Record, { type: 'Frames' }>} Mark */
/**
 * @typedef {object} Board what a scoreboard shows
 * @property {Contender[]} contenders
 * @property {Player[]} players
 * @property {number[]} score in the order of the contenders
 * @property {number} game
 * @property {number | null} stage
 */

/** A fighter who moves further than this in one frame was put there. */
const STRIDE_MAX = 24;
const GO_FRAMES = 50;
const CALLOUT_MS = 2600;
const PLATES_PX = 104;

export class Stage {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {(board: Board) => void} onBoard
   * @param {{ live: boolean }} options
   */
  constructor(canvas, onBoard, { live }) {
    const ctx = canvas.getContext('2d', { alpha: false });
    if (!ctx) throw new Error('this browser has no canvas');
    /** @private */
    this.ctx = ctx;
    /** @private */
    this.canvas = canvas;
    /** @private */
    this.onBoard = onBoard;
    /** @private */
    this.live = live;
    /** @private */
    this.stillness = matchMedia('(prefers-reduced-motion: reduce)');
    /** @private */
    this.size = { width: 1, height: 1, ratio: 1 };
    /** @private */
    this.camera = new Camera();
    /** @private */
    this.sparks = new Sparks();
    /** @private @type {Playout<Frame, Mark>} */
    this.playout = new Playout({ live });
    /** @private @type {Board} */
    this.board = { contenders: [], players: [], score: [], game: 1, stage: null };
    /** @private @type {number | null} the game that records arrive of */
    this.arriving = null;
    /** @private @type {Frame | null} */
    this.shown = null;
    /** @private @type {{ text: string, since: number } | null} */
    this.callout = null;
    /** @private */
    this.lastNow = 0;
    this.frames = 0;
    this.fps = 0;
    new ResizeObserver(() => this.resize()).observe(canvas);
    this.resize();
    requestAnimationFrame((now) => this.tick(now));
  }

  /**
   * Another life of the channel.
   * @param {import('./meta.js').Meta} meta
   */
  reset({ stage, contenders }) {
    this.playout = new Playout({ live: this.live });
    this.board = { contenders, players: [], score: contenders.map(() => 0), game: 1, stage };
    this.arriving = this.shown = this.callout = null;
    this.sparks.clear();
    this.camera.snap();
    this.onBoard(this.board);
  }

  /** @param {Record[]} records as one batch carried them */
  receive(records) {
    const now = performance.now();
    for (const record of records) {
      switch (record.type) {
        case 'Frames': this.playout.push(record.frames, now); break;
        case 'Start':
          if (record.game !== this.arriving) this.playout.restart();
          this.arriving = record.game;
          this.playout.markNext(record);
          break;
        case 'GameEnd':
        case 'MatchEnd': this.playout.mark(record); break;
      }
    }
  }

  get buffered() {
    return this.playout.buffered;
  }

  get played() {
    return this.playout.played;
  }

  get underruns() {
    return this.playout.underruns;
  }

  get pace() {
    return this.playout.pace;
  }

  /** Whether there is anything to look at yet. */
  get hasPicture() {
    return this.shown !== null;
  }

  /**
   * @private
   * @param {number} now
   */
  tick(now) {
    requestAnimationFrame((next) => this.tick(next));
    const elapsedMs = Math.min(250, Math.max(0, now - this.lastNow));
    if (now > this.lastNow) this.fps += (1000 / (now - this.lastNow) - this.fps) * 0.06;
    this.lastNow = now;

    const view = this.playout.advance(now);
    if (view.cut) {
      this.sparks.clear();
      this.camera.snap();
      this.shown = null;
    }
    for (const mark of view.marks) this.note(mark, now);
    if (view.frame && view.frame !== this.shown) this.meet(view.frame, now);
    this.sparks.advance(elapsedMs);
    this.draw(view, now, elapsedMs);
  }

  /**
   * @private
   * @param {Mark} mark
   * @param {number} now
   */
  note(mark, now) {
    switch (mark.type) {
      case 'Start': {
        const { game, stage, score, players } = mark;
        if (game !== this.board.game) {
          this.camera.snap();
          this.callout = null;
        }
        const contenders = players.map(({ port, character, code, name }) => contender(port, character, code, name));
        this.board = { ...this.board, contenders, score, game, stage };
        break;
      }
      case 'GameEnd': {
        const winner = this.board.contenders.findIndex(({ port }) => port === mark.winnerPort);
        this.board = { ...this.board, score: this.board.score.map((games, i) => games + (i === winner ? 1 : 0)) };
        this.callout = { text: mark.endMethod === 'timeout' ? 'TIME!' : 'GAME!', since: now };
        break;
      }
      case 'MatchEnd': {
        const name = this.board.contenders.find(({ port }) => port === mark.winnerPort)?.name;
        this.callout = { text: name ? `${clip(name, 14)} wins` : 'Match over', since: now + CALLOUT_MS };
        break;
      }
    }
    this.onBoard(this.board);
  }

  /**
   * A frame is seen for the first time.
   * @private
   * @param {Frame} frame
   * @param {number} now
   */
  meet(frame, now) {
    for (const player of frame.players) {
      const before = this.shown?.players.find(({ port }) => port === player.port);
      if (!before) continue;
      const damage = player.percent - before.percent;
      if (damage > 0.4) this.sparks.hit(player.x, player.y + 9, damage, portColour(player.port));
      if (player.stocks < before.stocks) this.sparks.blast(before.x, before.y, portColour(player.port));
    }
    if (frame.number === 0 || (this.shown && this.shown.number < 0 && frame.number > 0)) this.callout = { text: 'GO!', since: now };
    else if (frame.number < 0 && frame.number >= -90 && !this.callout) this.callout = { text: 'READY', since: now };
    if (this.callout?.text === 'GO!' && frame.number > GO_FRAMES) this.callout = null;
    this.shown = frame;
    this.frames += 1;
    this.board = { ...this.board, players: frame.players };
    this.onBoard(this.board);
  }

  /**
   * @private
   * @param {import('./playout.js').View<Frame, Mark>} view
   * @param {number} now
   * @param {number} elapsedMs
   */
  draw(view, now, elapsedMs) {
    const { width, height, ratio } = this.size;
    const footroom = Math.min(PLATES_PX, height * 0.26);
    const shape = shapeOf(this.board.stage);
    const players = blended(view);
    const isStill = this.stillness.matches;
    const aspect = width / Math.max(1, height - footroom);
    if (isStill) this.camera.rest(shape.floor.right, aspect);
    else this.camera.follow(this.points(players), aspect, elapsedMs);
    drawScene(this.ctx, {
      width, height, ratio, footroom, camera: this.camera, shape, players, isStill,
      contender: (port) => this.contender(port), sparks: this.sparks, callout: this.said(now),
    }, now);
  }

  /**
   * What the camera must show: who is in play, and the floor while nobody is.
   * @private
   * @param {Player[]} players
   */
  points(players) {
    const alive = players.filter(({ actionState, stocks }) => actionState > 10 && stocks > 0);
    return alive.length > 0 ? alive.map(({ x, y }) => ({ x, y: y + 8 })) : [{ x: -50, y: 10 }, { x: 50, y: 10 }];
  }

  /**
   * @private
   * @param {number} now
   */
  said(now) {
    if (!this.callout) return null;
    const age = now - this.callout.since;
    if (age > CALLOUT_MS && this.callout.text !== 'READY') this.callout = null;
    return this.callout && age >= 0 ? { text: this.callout.text, age } : null;
  }

  /**
   * @private
   * @param {number} port
   */
  contender(port) {
    return this.board.contenders.find((each) => each.port === port) ?? contender(port, -1, '', '');
  }

  /** @private */
  resize() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const ratio = Math.min(3, globalThis.devicePixelRatio || 1);
    this.size = { width: Math.max(1, width), height: Math.max(1, height), ratio };
    this.canvas.width = Math.round(this.size.width * ratio);
    this.canvas.height = Math.round(this.size.height * ratio);
  }
}

/**
 * The players between two frames.
 * @param {import('./playout.js').View<Frame, Mark>} view
 */
function blended({ frame, next, blend }) {
  if (!frame) return [];
  return frame.players.map((player) => {
    const into = next?.players.find(({ port }) => port === player.port);
    if (!into || !(Math.abs(into.x - player.x) < STRIDE_MAX) || !(Math.abs(into.y - player.y) < STRIDE_MAX)) return player;
    return { ...player, x: player.x + (into.x - player.x) * blend, y: player.y + (into.y - player.y) * blend };
  });
}
