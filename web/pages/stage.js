/**
 * Owns a match as it is seen: takes records as they arrive, shows them as they are due.
 * Draws nothing itself (`draw.js`), keeps no time of its own (`playout.js`).
 * Invariant: one loop, driven by the display; whatever a record says, the loop goes on.
 */

import { blended } from './blend.js';
import { fresh, noted } from './board.js';
import { Callout } from './callout.js';
import { Camera } from './camera.js';
import { drawScene } from './draw.js';
import { linedUp } from './earlier.js';
import { History } from './past.js';
import { contender } from './meta.js';
import { portColour } from './names.js';
import { Playout } from './playout.js';
import { Replay } from './replay.js';
import { Sparks } from './sparks.js';
import { shapeOf } from './stages.js';
import { clip } from './text.js';

/** @typedef {import('../client/melee.js').Frame} Frame */
/** @typedef {import('../client/melee.js').Record} Record */
/** @typedef {import('./board.js').Board} Board */
/** @typedef {import('./board.js').Mark} Mark */
/** @typedef {{ draw: (scene: import('./draw.js').Scene, now: number) => void }} Painter */

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
    /** @private @type {Board} before anything was told */
    this.opening = fresh({ stage: null, contenders: [] });
    /** @private where the match is, live */
    this.course = this.opening;
    /** What is shown. */
    this.board = { ...this.opening };
    /** @private @type {History<Frame, Mark>} */
    this.history = new History();
    /** @private */
    this.replay = new Replay();
    /** @private @type {{ number: number, place: number } | null} where the first frame stands */
    this.anchor = null;
    /** @private how much of the history was folded into the board */
    this.folded = -1;
    /** @private @type {Painter | null} draws in place of the canvas */
    this.painter = null;
    /** @private @type {number | null} the game that records arrive of */
    this.arriving = null;
    /** @private @type {Frame | null} */
    this.shown = null;
    /** @private */
    this.callout = new Callout();
    /** @private */
    this.lastNow = 0;
    /** @private @type {import('./draw.js').Scene} the one that every picture is painted from */
    this.scene = {
      width: 1, height: 1, ratio: 1, footroom: 0, camera: this.camera, shape: shapeOf(null), players: [], isStill: false, isNamed: true,
      contender: (port) => this.contender(port), sparks: this.sparks, callout: null,
    };
    this.frames = 0;
    this.fps = 0;
    /** @private */
    this.isClosed = false;
    /** @private */
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(canvas);
    this.resize();
    requestAnimationFrame((now) => this.tick(now));
  }

  /**
   * Another life of the channel.
   * @param {import('./meta.js').Meta} meta
   */
  reset(meta) {
    this.playout = new Playout({ live: this.live });
    this.history = new History();
    this.replay = new Replay();
    this.opening = this.course = fresh(meta);
    this.board = { ...this.opening };
    this.arriving = this.shown = this.anchor = null;
    this.callout.clear();
    this.sparks.clear();
    this.camera.snap();
    this.onBoard(this.board);
  }

  /** @param {Record[]} records as one batch carried them */
  receive(records) {
    const now = performance.now();
    for (const record of records) {
      switch (record.type) {
        case 'Frames': {
          const placed = this.playout.push(record.frames, now);
          this.history.add(placed);
          this.anchor ??= placed.length > 0 ? { number: placed[0].frame.number, place: placed[0].place } : null;
          break;
        }
        case 'Start':
          if (record.game !== this.arriving) this.playout.restart();
          this.arriving = record.game;
          this.playout.markNext(record);
          this.history.note(this.playout.newest + 1, record);
          break;
        case 'GameEnd':
        case 'MatchEnd':
          this.playout.mark(record);
          this.history.note(this.playout.newest, record);
          break;
      }
    }
  }

  /**
   * What was before the first batch that came, which is the last of these.
   * @param {Record[][]} batches
   */
  precede(batches) {
    if (!this.anchor) return;
    const { frames, marks } = linedUp(batches, this.anchor);
    this.history.prepend(frames, marks);
  }

  /** @param {Painter | null} painter null: the canvas */
  paintWith(painter) {
    this.painter = painter;
  }

  /** Where we are in what is held, in seconds. */
  get tape() {
    const live = this.playout.played;
    const { position, isPaused, isLive } = this.replay;
    return { startS: (this.history.first ?? live) / 60, endS: live / 60, positionS: (position ?? live) / 60, isPaused, isLive };
  }

  /** @param {number} seconds as of the tape */
  seek(seconds) {
    const live = this.playout.played;
    this.replay.seek(seconds * 60, this.history.first ?? live, live);
    this.jump();
  }

  pause() {
    this.replay.pause(this.playout.played);
  }

  play() {
    this.replay.play();
  }

  goLive() {
    this.replay.live();
    this.jump();
  }

  /** @private */
  jump() {
    this.sparks.clear();
    this.camera.snap();
    this.shown = null;
    this.callout.clear();
    this.folded = -1;
  }

  close() {
    this.isClosed = true;
    this.observer.disconnect();
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
    if (this.isClosed) return;
    requestAnimationFrame((next) => this.tick(next));
    const elapsedMs = Math.min(250, Math.max(0, now - this.lastNow));
    if (now > this.lastNow) this.fps += (1000 / (now - this.lastNow) - this.fps) * 0.06;
    this.lastNow = now;

    const live = this.playout.advance(now);
    for (const mark of live.marks) this.course = noted(this.course, mark);
    const wasLive = this.replay.isLive;
    const at = this.replay.advance(elapsedMs, this.history.first ?? 0, this.playout.played);
    if (live.cut || wasLive !== this.replay.isLive) this.jump();
    const view = at === null ? live : this.history.look(at);
    if (at === null) for (const mark of live.marks) this.note(mark, now);
    else this.fold(at);
    if (at === null && this.folded !== -2) this.showCourse();
    if (view.frame && view.frame !== this.shown) this.meet(view.frame, now);
    if (!this.replay.isPaused) this.sparks.advance(elapsedMs);
    this.draw(view, now, this.replay.isPaused ? 0 : elapsedMs);
  }

  /**
   * The board as it was there.
   * @private
   * @param {number} position
   */
  fold(position) {
    const marks = this.history.until(position);
    if (marks.length === this.folded) return;
    this.folded = marks.length;
    this.board = { ...marks.reduce(noted, this.opening), frame: this.board.frame };
    this.onBoard(this.board);
  }

  /** @private the board as it is, after looking elsewhere */
  showCourse() {
    this.folded = -2;
    this.board = { ...this.course, players: this.board.players, frame: this.board.frame };
    this.onBoard(this.board);
  }

  /**
   * @private
   * @param {Mark} mark
   * @param {number} now
   */
  note(mark, now) {
    switch (mark.type) {
      case 'Start':
        if (mark.game === this.board.game) break;
        this.camera.snap();
        this.callout.clear();
        break;
      case 'GameEnd': this.callout.say(mark.endMethod === 'timeout' ? 'TIME!' : 'GAME!', now); break;
      case 'MatchEnd': {
        const name = this.board.contenders.find(({ port }) => port === mark.winnerPort)?.name;
        this.callout.then(name ? `${clip(name, 14)} wins` : 'Match over', now);
        break;
      }
    }
    this.board = { ...this.course, players: this.board.players, frame: this.board.frame };
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
    this.callout.follow(frame.number, this.shown?.number ?? null, now);
    this.shown = frame;
    this.frames += 1;
    this.board.players = frame.players;
    this.board.frame = frame.number;
    this.onBoard(this.board);
  }

  /**
   * @private
   * @param {import('./blend.js').Looked} view
   * @param {number} now
   * @param {number} elapsedMs
   */
  draw(view, now, elapsedMs) {
    const { width, height, ratio } = this.size;
    const footroom = Math.min(PLATES_PX, height * 0.26);
    const { scene } = this;
    blended(view, scene.players);
    scene.width = width;
    scene.height = height;
    scene.ratio = ratio;
    scene.footroom = footroom;
    scene.shape = shapeOf(this.board.stage);
    scene.isStill = this.stillness.matches;
    scene.callout = this.callout.at(now);
    const aspect = width / Math.max(1, height - footroom);
    if (scene.isStill) this.camera.rest(scene.shape.floor.right, aspect);
    else this.camera.follow(scene.players, aspect, elapsedMs);
    if (this.painter) this.painter.draw(scene, now);
    else drawScene(this.ctx, scene, now);
  }

  /**
   * @private
   * @param {number} port
   */
  contender(port) {
    for (const each of this.board.contenders) if (each.port === port) return each;
    return contender(port, -1, '', '');
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
