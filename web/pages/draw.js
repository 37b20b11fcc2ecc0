/**
 * Owns one picture of a match: backdrop, stage, fighters, sparks, words.
 * Keeps nothing between two pictures; everything it needs is in the scene.
 */

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
 */

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Scene} scene
 * @param {number} nowMs
 */
export function drawScene(ctx, scene, nowMs) {
  const { width, height, ratio, camera, sparks, isStill } = scene;
  const scale = width / camera.width;
  const shake = isStill ? 0 : sparks.shake;
  const [dx, dy] = [Math.sin(nowMs * 0.07) * shake, Math.cos(nowMs * 0.09) * shake];

  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  backdrop(ctx, scene, isStill ? 0 : nowMs);
  ctx.setTransform(
    ratio * scale, 0, 0, -ratio * scale,
    ratio * (width / 2 - (camera.x + dx) * scale),
    ratio * ((height - scene.footroom) / 2 + (camera.y + dy) * scale),
  );
  ground(ctx, scene.shape);
  for (const player of scene.players) shadow(ctx, player, scene.shape);
  for (const player of scene.players) drawFighter(ctx, player, scene.contender(player.port).character, nowMs);
  for (const spark of sparks.all) drawSpark(ctx, spark);

  const matrix = ctx.getTransform();
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  /** @type {{ x: number, y: number, half: number }[]} */
  const tags = [];
  for (const player of scene.players) nameTag(ctx, player, scene, matrix, tags);
  if (scene.callout) callout(ctx, scene, scene.callout);
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Scene} scene
 * @param {number} nowMs
 */
function backdrop(ctx, { width, height, camera, shape }, nowMs) {
  const sky = ctx.createLinearGradient(0, 0, 0, height);
  sky.addColorStop(0, `hsl(${shape.hue} 42% 7%)`);
  sky.addColorStop(0.62, `hsl(${shape.hue} 46% 15%)`);
  sky.addColorStop(1, `hsl(${shape.hue + 10} 44% 7%)`);
  ctx.fillStyle = sky;
  ctx.fillRect(0, 0, width, height);

  // Far things move less than near ones.
  const drift = -camera.x * 0.25;
  const horizon = height * 0.6 + camera.y * 0.35;
  ctx.save();
  ctx.globalCompositeOperation = 'lighter';
  for (let i = 0; i < 4; i++) {
    const foot = width * (0.14 + 0.24 * i) + drift;
    const lean = Math.sin(nowMs * 0.0003 + i * 1.9) * width * 0.09;
    const beam = ctx.createLinearGradient(0, 0, 0, horizon);
    beam.addColorStop(0, `hsl(${shape.hue + 12 * i} 80% 70% / 0)`);
    beam.addColorStop(1, `hsl(${shape.hue + 12 * i} 80% 62% / 0.10)`);
    ctx.fillStyle = beam;
    ctx.beginPath();
    ctx.moveTo(foot - 6, horizon);
    ctx.lineTo(foot + lean - width * 0.07, 0);
    ctx.lineTo(foot + lean + width * 0.07, 0);
    ctx.lineTo(foot + 6, horizon);
    ctx.fill();
  }
  ctx.restore();

  ctx.strokeStyle = `hsl(${shape.hue} 70% 60% / 0.13)`;
  ctx.lineWidth = 1;
  ctx.beginPath();
  for (let i = -14; i <= 14; i++) {
    ctx.moveTo(width / 2 + drift + i * width * 0.045, horizon);
    ctx.lineTo(width / 2 + drift * 2 + i * width * 0.26, height);
  }
  for (let i = 0; i < 9; i++) {
    const y = horizon + (height - horizon) * (i / 9) ** 2;
    ctx.moveTo(0, y);
    ctx.lineTo(width, y);
  }
  ctx.stroke();
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {import('./stages.js').Shape} shape
 */
function ground(ctx, { floor, platforms, hue }) {
  const half = floor.right;
  const rock = ctx.createLinearGradient(0, 0, 0, -46);
  rock.addColorStop(0, `hsl(${hue} 26% 30%)`);
  rock.addColorStop(0.16, `hsl(${hue} 28% 17%)`);
  rock.addColorStop(1, `hsl(${hue} 40% 7% / 0)`);
  ctx.fillStyle = rock;
  ctx.beginPath();
  ctx.moveTo(-half, 0);
  ctx.lineTo(half, 0);
  ctx.lineTo(half - 4, -8);
  ctx.lineTo(half * 0.55, -24);
  ctx.lineTo(half * 0.3, -46);
  ctx.lineTo(-half * 0.3, -46);
  ctx.lineTo(-half * 0.55, -24);
  ctx.lineTo(-half + 4, -8);
  ctx.fill();
  edge(ctx, floor, hue, 1.1);
  for (const platform of platforms) {
    ctx.fillStyle = `hsl(${hue} 28% 20% / 0.9)`;
    ctx.fillRect(platform.left, platform.y - 2.6, platform.right - platform.left, 2.6);
    edge(ctx, platform, hue, 0.8);
  }
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {import('./stages.js').Platform} platform
 * @param {number} hue
 * @param {number} width
 */
function edge(ctx, { left, right, y }, hue, width) {
  for (const [extra, alpha] of [[4.6, 0.05], [3.2, 0.07], [2, 0.1], [1, 0.16], [0, 1]]) {
    ctx.strokeStyle = `hsl(${hue} 90% 76% / ${alpha})`;
    ctx.lineWidth = width + extra;
    ctx.lineCap = 'round';
    ctx.beginPath();
    ctx.moveTo(left, y - width / 2);
    ctx.lineTo(right, y - width / 2);
    ctx.stroke();
  }
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Player} player
 * @param {import('./stages.js').Shape} shape
 */
function shadow(ctx, player, { floor, platforms }) {
  if (poseOf(player.actionState) === 'dead') return;
  const under = [...platforms, floor]
    .filter(({ left, right, y }) => y <= player.y + 1.5 && player.x >= left && player.x <= right)
    .reduce((/** @type {number | null} */ top, { y }) => (top === null || y > top ? y : top), null);
  if (under === null) return;
  const height = player.y - under;
  const size = Math.max(1.5, 6 - height * 0.06);
  ctx.fillStyle = `rgb(0 0 0 / ${Math.max(0.08, 0.5 - height * 0.006)})`;
  ctx.beginPath();
  ctx.ellipse(player.x, under - 0.4, size, size * 0.18, 0, 0, Math.PI * 2);
  ctx.fill();
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {import('./sparks.js').Spark} spark
 */
function drawSpark(ctx, { x, y, age, life, size, colour, ring }) {
  const left = 1 - age / life;
  ctx.globalAlpha = left;
  ctx.beginPath();
  if (ring) {
    ctx.arc(x, y, size * (1.3 - left * 0.9), 0, Math.PI * 2);
    ctx.strokeStyle = colour;
    ctx.lineWidth = 2.4 * left;
    ctx.stroke();
  } else {
    ctx.arc(x, y, size * left, 0, Math.PI * 2);
    ctx.fillStyle = colour;
    ctx.fill();
  }
  ctx.globalAlpha = 1;
}

/**
 * A name over its fighter, or at the rim towards one who has left the picture.
 * @param {CanvasRenderingContext2D} ctx
 * @param {Player} player
 * @param {Scene} scene
 * @param {DOMMatrix} matrix
 * @param {{ x: number, y: number, half: number }[]} tags those that stand already
 */
function nameTag(ctx, player, { width, height, footroom, ratio, contender }, matrix, tags) {
  if (poseOf(player.actionState) === 'dead') return;
  const at = matrix.transformPoint(new DOMPoint(player.x, player.y + 21));
  const x = Math.min(width - 50, Math.max(50, at.x / ratio));
  let y = Math.min(height - footroom - 8, Math.max(78, at.y / ratio));
  const colour = portColour(player.port);
  const { name } = contender(player.port);
  ctx.font = '700 12px ui-sans-serif, system-ui, "Segoe UI", Roboto, sans-serif';
  ctx.textAlign = 'center';
  ctx.textBaseline = 'middle';
  const half = ctx.measureText(name).width / 2 + 8;
  for (const tag of tags) {
    if (Math.abs(tag.x - x) < tag.half + half && Math.abs(tag.y - y) < 21) y = tag.y - 22;
  }
  tags.push({ x, y, half });
  ctx.fillStyle = 'rgb(6 8 14 / 0.72)';
  ctx.beginPath();
  ctx.roundRect(x - half, y - 10, half * 2, 19, 4);
  ctx.fill();
  ctx.fillStyle = colour;
  ctx.fillText(name, x, y);
  ctx.beginPath();
  ctx.moveTo(x - 4, y + 11);
  ctx.lineTo(x + 4, y + 11);
  ctx.lineTo(x, y + 16);
  ctx.fill();
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
  ctx.font = `900 ${size}px ui-sans-serif, system-ui, "Segoe UI", Roboto, sans-serif`;
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
