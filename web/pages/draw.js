/**
 * Owns one picture of a match: the order in which things are painted, sparks, names, words.
 * Keeps nothing between two pictures but brushes; everything else it needs is in the scene.
 * Invariant: a picture makes no objects, or collecting them would be seen as a stumble.
 */

import { drawGround, drawRoom, drawShadow } from './backdrop.js';
import { brushesOf } from './brushes.js';
import { drawFighter } from './fighter.js';
import { portColour } from './names.js';
import { poseOf } from './pose.js';

/** @typedef {import('../client/melee.js').Player} Player */
/**
 * @typedef {object} Scene
 * @property {number} width CSS pixels
 * @property {number} height
 * @property {number} ratio device pixels in one CSS pixel
 * @property {number} footroom CSS pixels at the bottom that the plates cover
 * @property {import('./camera.js').Camera} camera
 * @property {import('./stages.js').Shape} shape
 * @property {Player[]} players
 * @property {(port: number) => import('./meta.js').Contender} contender
 * @property {import('./sparks.js').Sparks} sparks
 * @property {{ text: string, age: number } | null} callout
 * @property {boolean} isStill no shake, no drifting light
 * @property {boolean} isNamed whether names stand over the fighters
 */

const FONT = 'ui-sans-serif, system-ui, "Segoe UI", Roboto, sans-serif';
const TAG_FONT = `700 12px ${FONT}`;
const SPARK_FONT = `900 7px ${FONT}`;
const TAGS_MAX = 8;
/** How far over its fighter's feet a name stands, in stage units. */
const TAG_RISE = 23;
/** Above a fighter's head there is room for the name. */
const RIM = { top: 16, side: 50, bottom: 8 };

/** Where the tags stand that are painted already: the middle, and half a width. */
const tags = { x: new Float64Array(TAGS_MAX), y: new Float64Array(TAGS_MAX), half: new Float64Array(TAGS_MAX), count: 0 };
/** How wide names are: measuring makes an object. @type {Map<string, number>} */
const widths = new Map();
const WIDTHS_MAX = 64;

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Scene} scene
 * @param {number} nowMs
 */
export function drawScene(ctx, scene, nowMs) {
  const { width, height, ratio, footroom, camera, shape, players, sparks, isStill } = scene;
  const brushes = brushesOf(ctx, shape.hue, height);
  const scale = width / camera.width;
  const shake = isStill ? 0 : sparks.shake;
  const middleX = camera.x + Math.sin(nowMs * 0.07) * shake;
  const middleY = camera.y + Math.cos(nowMs * 0.09) * shake;

  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  drawRoom(ctx, scene, brushes, isStill ? 0 : nowMs);
  const left = width / 2 - middleX * scale;
  const bottom = (height - footroom) / 2 + middleY * scale;
  ctx.setTransform(ratio * scale, 0, 0, -ratio * scale, ratio * left, ratio * bottom);
  drawGround(ctx, shape, brushes);
  for (const player of players) drawShadow(ctx, player, shape);
  for (const player of players) {
    drawFighter(ctx, player, scene.contender(player.port).character, nowMs, brushes.bubbles[(player.port - 1) & 3]);
  }
  for (const spark of sparks.all) drawSpark(ctx, spark);

  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  tags.count = 0;
  for (const player of players) {
    if (scene.isNamed && poseOf(player.actionState) !== 'dead') nameTag(ctx, player, scene, left + player.x * scale, bottom - (player.y + TAG_RISE) * scale);
  }
  if (scene.callout) callout(ctx, scene, scene.callout);
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {import('./sparks.js').Spark} spark
 */
function drawSpark(ctx, { x, y, age, life, size, colour, kind, text }) {
  const left = 1 - age / life;
  ctx.globalAlpha = left;
  switch (kind) {
    case 'ring':
      ctx.beginPath();
      ctx.arc(x, y, size * (1.3 - left * 0.9), 0, Math.PI * 2);
      ctx.strokeStyle = colour;
      ctx.lineWidth = 2.4 * left;
      ctx.stroke();
      break;
    case 'dot':
      ctx.beginPath();
      ctx.arc(x, y, size * left, 0, Math.PI * 2);
      ctx.fillStyle = colour;
      ctx.fill();
      break;
    case 'words':
      // It stays legible until shortly before it goes.
      ctx.globalAlpha = Math.min(1, left * 3);
      ctx.save();
      ctx.translate(x, y);
      ctx.scale(size, -size);
      ctx.font = SPARK_FONT;
      ctx.textAlign = 'center';
      ctx.textBaseline = 'middle';
      ctx.lineJoin = 'round';
      ctx.lineWidth = 1.6;
      ctx.strokeStyle = '#07080d';
      ctx.strokeText(text, 0, 0);
      ctx.fillStyle = colour;
      ctx.fillText(text, 0, 0);
      ctx.restore();
      break;
  }
  ctx.globalAlpha = 1;
}

/**
 * A name over its fighter, or at the rim towards one who has left the picture.
 * @param {CanvasRenderingContext2D} ctx
 * @param {Player} player
 * @param {Scene} scene
 * @param {number} atX CSS pixels
 * @param {number} atY
 */
function nameTag(ctx, player, { width, height, footroom, contender }, atX, atY) {
  if (tags.count >= TAGS_MAX) return;
  const { name } = contender(player.port);
  ctx.font = TAG_FONT;
  ctx.textAlign = 'center';
  ctx.textBaseline = 'middle';
  const half = widthOf(ctx, name) / 2 + 8;
  const side = Math.min(width / 2, Math.max(RIM.side, half + 4));
  const x = Math.min(width - side, Math.max(side, atX));
  const low = height - footroom - RIM.bottom;
  let y = Math.min(low, Math.max(RIM.top, atY));
  for (let i = 0; i < tags.count; i++) {
    if (Math.abs(tags.x[i] - x) < tags.half[i] + half && Math.abs(tags.y[i] - y) < 21) y = tags.y[i] + (tags.y[i] < 40 ? 22 : -22);
  }
  tags.x[tags.count] = x;
  tags.y[tags.count] = y;
  tags.half[tags.count] = half;
  tags.count += 1;
  ctx.fillStyle = 'rgb(6 8 14 / 0.72)';
  ctx.beginPath();
  ctx.roundRect(x - half, y - 10, half * 2, 19, 4);
  ctx.fill();
  ctx.fillStyle = portColour(player.port);
  ctx.fillText(name, x, y);
  // Above the picture it points up; else down, where the fighter is.
  const isAbove = atY < -TAG_RISE * 2;
  ctx.beginPath();
  ctx.moveTo(x - 4, y + (isAbove ? -12 : 11));
  ctx.lineTo(x + 4, y + (isAbove ? -12 : 11));
  ctx.lineTo(x, y + (isAbove ? -16 : 16));
  ctx.fill();
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {string} name
 */
function widthOf(ctx, name) {
  const known = widths.get(name);
  if (known !== undefined) return known;
  if (widths.size >= WIDTHS_MAX) widths.clear();
  const { width } = ctx.measureText(name);
  widths.set(name, width);
  return width;
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Scene} scene
 * @param {{ text: string, age: number }} callout
 */
function callout(ctx, { width, height, footroom, isStill }, { text, age }) {
  const size = Math.min(width * 0.14, height * 0.24);
  const swell = isStill ? 1 : 1 + 0.5 * Math.exp(-age / 90);
  ctx.save();
  ctx.translate(width / 2, (height - footroom) * 0.42);
  ctx.transform(swell, 0, -0.16, swell, 0, 0);
  ctx.globalAlpha = Math.min(1, age / 80);
  ctx.font = `900 ${Math.round(size)}px ${FONT}`;
  ctx.textAlign = 'center';
  ctx.textBaseline = 'middle';
  ctx.lineJoin = 'round';
  ctx.lineWidth = size * 0.16;
  ctx.strokeStyle = '#07080d';
  ctx.strokeText(text, 0, 0, width * 0.8);
  ctx.fillStyle = '#d8ff3e';
  ctx.fillText(text, 0, 0, width * 0.8);
  ctx.restore();
}
