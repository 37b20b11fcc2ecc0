/**
 * Owns what does not fight: the room behind, the stage, and the shadows on it.
 */

import { poseOf } from './pose.js';

/** @typedef {import('./brushes.js').Brushes} Brushes */
/** @typedef {import('./draw.js').Scene} Scene */
/** @typedef {import('./stages.js').Platform} Platform */

/** The one loud thing of a shadow is its height; these are few, and made once. */
const SHADOWS = Array.from({ length: 9 }, (_, i) => `rgb(0 0 0 / ${(0.5 - i * 0.05).toFixed(2)})`);

/**
 * In CSS pixels.
 * @param {CanvasRenderingContext2D} ctx
 * @param {Scene} scene
 * @param {Brushes} brushes
 * @param {number} nowMs
 */
export function drawRoom(ctx, { width, height, camera }, brushes, nowMs) {
  ctx.fillStyle = brushes.sky;
  ctx.fillRect(0, 0, width, height);

  // Far things move less than near ones.
  const drift = -camera.x * 0.25;
  const horizon = height * 0.6 + camera.y * 0.35;
  ctx.globalCompositeOperation = 'lighter';
  for (let i = 0; i < brushes.beams.length; i++) {
    const foot = width * (0.14 + 0.24 * i) + drift;
    const lean = Math.sin(nowMs * 0.0003 + i * 1.9) * width * 0.09;
    ctx.fillStyle = brushes.beams[i];
    ctx.beginPath();
    ctx.moveTo(foot - 6, horizon);
    ctx.lineTo(foot + lean - width * 0.07, 0);
    ctx.lineTo(foot + lean + width * 0.07, 0);
    ctx.lineTo(foot + 6, horizon);
    ctx.fill();
  }
  ctx.globalCompositeOperation = 'source-over';

  ctx.strokeStyle = brushes.grid;
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
 * In stage units.
 * @param {CanvasRenderingContext2D} ctx
 * @param {import('./stages.js').Shape} shape
 * @param {Brushes} brushes
 */
export function drawGround(ctx, { floor, platforms }, brushes) {
  const half = floor.right;
  ctx.fillStyle = brushes.rock;
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
  edge(ctx, floor, brushes, 1.1);
  for (const platform of platforms) {
    ctx.fillStyle = brushes.platform;
    ctx.fillRect(platform.left, platform.y - 2.6, platform.right - platform.left, 2.6);
    edge(ctx, platform, brushes, 0.8);
  }
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Platform} platform
 * @param {Brushes} brushes
 * @param {number} width
 */
function edge(ctx, { left, right, y }, { edge: glow }, width) {
  ctx.lineCap = 'round';
  for (const { extra, colour } of glow) {
    ctx.strokeStyle = colour;
    ctx.lineWidth = width + extra;
    ctx.beginPath();
    ctx.moveTo(left, y - width / 2);
    ctx.lineTo(right, y - width / 2);
    ctx.stroke();
  }
}

/**
 * On what is under a fighter, if anything is.
 * @param {CanvasRenderingContext2D} ctx
 * @param {import('../client/melee.js').Player} player
 * @param {import('./stages.js').Shape} shape
 */
export function drawShadow(ctx, player, { floor, platforms }) {
  if (poseOf(player.actionState) === 'dead') return;
  let under = isOver(player, floor) ? floor.y : -Infinity;
  for (const platform of platforms) {
    if (platform.y > under && isOver(player, platform)) under = platform.y;
  }
  if (under === -Infinity) return;
  const height = player.y - under;
  const size = Math.max(1.5, 6 - height * 0.06);
  ctx.fillStyle = SHADOWS[Math.max(0, Math.min(SHADOWS.length - 1, Math.round(height * 0.12)))];
  ctx.beginPath();
  ctx.ellipse(player.x, under - 0.4, size, size * 0.18, 0, 0, Math.PI * 2);
  ctx.fill();
}

/**
 * @param {import('../client/melee.js').Player} player
 * @param {Platform} platform
 */
function isOver({ x, y }, platform) {
  return platform.y <= y + 1.5 && x >= platform.left && x <= platform.right;
}
