/**
 * Owns one small moving picture: the newest frame of a channel, some times a second.
 * Asks for the latest batches only, so a slow connection falls behind in nothing.
 */

import { Malformed } from '../client/bincode.js';
import { decodeMelee } from '../client/melee.js';
import { watch } from '../client/watch.js';
import { read } from './address.js';
import { api, Trouble } from './api.js';
import { fresh, noted } from './board.js';
import { Camera } from './camera.js';
import { drawScene } from './draw.js';
import { contender, readMeta } from './meta.js';
import { Sparks } from './sparks.js';
import { shapeOf } from './stages.js';

export class Moving {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {string} channel
   * @param {{ everyMs: number, onDrawn: () => void }} options
   */
  constructor(canvas, channel, { everyMs, onDrawn }) {
    const { match } = read({ pathname: `/watch/${channel}`, search: '', hash: '' });
    /** @private */
    this.canvas = canvas;
    /** @private */
    this.ctx = canvas.getContext('2d', { alpha: false });
    /** @private */
    this.camera = new Camera();
    /** @private */
    this.sparks = new Sparks();
    /** @private */
    this.board = fresh({ stage: null, contenders: [] });
    /** @private @type {import('../client/melee.js').Frame | null} */
    this.frame = null;
    /** @private */
    this.session = watch({ channel, delivery: 'Latest', transport: 'websocket', token: match ? () => ticket(match) : undefined });
    this.session.on('start', ({ meta }) => (this.board = fresh(readMeta(json(meta)))));
    this.session.on('batch', ({ payload }) => this.receive(payload));
    /** @private */
    this.everyMs = everyMs;
    /** @private */
    this.onDrawn = onDrawn;
    /** @private */
    this.timer = setInterval(() => this.draw(), everyMs);
  }

  close() {
    clearInterval(this.timer);
    this.session.close();
  }

  /**
   * @private
   * @param {Uint8Array} payload
   */
  receive(payload) {
    try {
      for (const record of decodeMelee(payload)) {
        if (record.type === 'Frames') this.frame = record.frames.at(-1) ?? this.frame;
        else this.board = noted(this.board, record);
      }
    } catch (error) {
      // A picture this small just stands still; the watch page says what is wrong.
      if (!(error instanceof Malformed)) throw error;
    }
  }

  /** @private */
  draw() {
    if (!this.frame || !this.ctx) return;
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (width === 0) return;
    const ratio = Math.min(2, globalThis.devicePixelRatio || 1);
    if (this.canvas.width !== Math.round(width * ratio)) {
      this.canvas.width = Math.round(width * ratio);
      this.canvas.height = Math.round(height * ratio);
    }
    const shape = shapeOf(this.board.stage);
    this.camera.follow(this.frame.players, width / height, this.everyMs);
    drawScene(this.ctx, {
      width, height, ratio, footroom: 0, camera: this.camera, shape, players: this.frame.players, isStill: true, isNamed: false,
      contender: (port) => this.board.contenders.find((it) => it.port === port) ?? contender(port, -1, '', ''),
      sparks: this.sparks, callout: null,
    }, performance.now());
    this.onDrawn();
  }
}

/** @param {string} match */
async function ticket(match) {
  try {
    return (await api(`/v1/matches/${match}/stream`)).watch?.token;
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    return undefined;
  }
}

/** @param {Uint8Array} meta */
function json(meta) {
  try {
    return JSON.parse(new TextDecoder().decode(meta));
  } catch {
    return null;
  }
}
