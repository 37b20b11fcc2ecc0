/**
 * Owns drawing what a character is known by: on its head, on its back, in its hand.
 * Figure's own units, y upwards; the rig says where head and hands are.
 */

import { CHEST, HEAD, HIP, NEAR_HAND } from './rig.js';

/** @typedef {import('./looks.js').Look} Look */
/** @typedef {import('./rig.js').Rig} Rig */

export const INK = '#07080d';
const OUTLINE = 0.55;

/**
 * Behind everything else of the figure.
 * @param {CanvasRenderingContext2D} ctx
 * @param {Rig} rig
 * @param {Look} look
 */
export function drawBack(ctx, rig, { back, head, trim }) {
  const hipX = rig[HIP];
  const hipY = rig[HIP + 1];
  const chestX = rig[CHEST];
  const chestY = rig[CHEST + 1];
  ctx.beginPath();
  switch (back) {
    case null: return;
    case 'tail':
      ctx.moveTo(hipX - 1, hipY + 0.6);
      ctx.quadraticCurveTo(hipX - 5.5, hipY - 1.2, hipX - 6.4, hipY + 3.4);
      ctx.quadraticCurveTo(hipX - 4.6, hipY + 1.6, hipX - 1, hipY - 1);
      fill(ctx, head);
      return;
    case 'cape':
      ctx.moveTo(chestX - 0.2, chestY + 1.6);
      ctx.quadraticCurveTo(chestX - 5, chestY - 2, hipX - 5.4, hipY - 4.4);
      ctx.lineTo(hipX - 0.4, hipY - 3.6);
      fill(ctx, trim);
      return;
    case 'gown':
      ctx.moveTo(hipX - 1.4, hipY + 1.6);
      ctx.lineTo(hipX - 4, hipY - 5.2);
      ctx.lineTo(hipX + 4, hipY - 5.2);
      ctx.lineTo(hipX + 1.4, hipY + 1.6);
      fill(ctx, trim);
      return;
    case 'shell':
      ctx.arc((hipX + chestX) / 2 - 1.4, (hipY + chestY) / 2, 4, Math.PI * 0.45, Math.PI * 1.5);
      fill(ctx, trim);
      return;
  }
}

/**
 * In the hand that is nearer.
 * @param {CanvasRenderingContext2D} ctx
 * @param {Rig} rig
 * @param {Look} look
 */
export function drawHold(ctx, rig, { hold, trim }) {
  if (hold === null) return;
  const x = rig[NEAR_HAND];
  const y = rig[NEAR_HAND + 1];
  // Away from the chest, where the arm points; a blade somewhat higher.
  const aim = Math.atan2(y - rig[CHEST + 1], x - rig[CHEST]) + (hold === 'blade' ? 0.5 : 0);
  const dx = Math.cos(aim);
  const dy = Math.sin(aim);
  ctx.beginPath();
  switch (hold) {
    case 'blade':
      ctx.moveTo(x, y);
      ctx.lineTo(x + dx * 8.5, y + dy * 8.5);
      line(ctx, 1, '#e8eefc');
      return;
    case 'cannon':
      ctx.moveTo(x - dx * 3, y - dy * 3);
      ctx.lineTo(x + dx * 1.4, y + dy * 1.4);
      line(ctx, 3.2, trim);
      return;
    case 'fists':
      ctx.arc(x, y, 1.9, 0, Math.PI * 2);
      fill(ctx, trim);
      return;
  }
}

/**
 * On the head, and how it looks out of it.
 * @param {CanvasRenderingContext2D} ctx
 * @param {Rig} rig
 * @param {Look} look
 * @param {number} radius of the head
 */
export function drawHat(ctx, rig, { hat, head, trim }, radius) {
  const x = rig[HEAD];
  const y = rig[HEAD + 1];
  ctx.beginPath();
  switch (hat) {
    case 'ears':
      triangle(ctx, x - radius * 0.9, y + radius * 0.4, x - radius * 0.75, y + radius * 1.8, x - radius * 0.05, y + radius * 0.9);
      triangle(ctx, x, y + radius * 0.9, x + radius * 0.5, y + radius * 1.9, x + radius * 0.8, y + radius * 0.5);
      fill(ctx, head);
      return;
    case 'beak':
      triangle(ctx, x + radius * 0.6, y + radius * 0.45, x + radius * 1.9, y - radius * 0.15, x + radius * 0.5, y - radius * 0.6);
      fill(ctx, trim);
      ctx.beginPath();
      triangle(ctx, x - radius * 0.6, y + radius * 0.5, x - radius * 1.3, y + radius * 1.7, x + radius * 0.3, y + radius * 0.95);
      fill(ctx, head);
      return;
    case 'cap':
      ctx.arc(x, y + radius * 0.15, radius * 1.06, 0.1, Math.PI * 0.98);
      ctx.lineTo(x + radius * 1.6, y + radius * 0.2);
      fill(ctx, trim);
      return;
    case 'crown':
      ctx.moveTo(x - radius * 0.75, y + radius * 0.6);
      ctx.lineTo(x - radius * 0.85, y + radius * 1.6);
      ctx.lineTo(x - radius * 0.3, y + radius * 1.1);
      ctx.lineTo(x, y + radius * 1.8);
      ctx.lineTo(x + radius * 0.3, y + radius * 1.1);
      ctx.lineTo(x + radius * 0.85, y + radius * 1.6);
      ctx.lineTo(x + radius * 0.75, y + radius * 0.6);
      fill(ctx, trim);
      return;
    case 'hood':
      ctx.arc(x, y, radius * 1.08, 0.5, Math.PI * 1.1);
      ctx.lineTo(x - radius * 2.2, y - radius * 0.5);
      ctx.lineTo(x - radius * 0.8, y + radius * 0.9);
      fill(ctx, trim);
      return;
    case 'mane':
      ctx.arc(x - radius * 0.2, y + radius * 0.2, radius * 1.1, 0.6, Math.PI * 1.35);
      ctx.lineTo(x - radius * 0.3, y + radius * 0.3);
      fill(ctx, trim);
      return;
    case 'helmet':
      ctx.arc(x, y + radius * 0.1, radius * 1.1, 0, Math.PI);
      fill(ctx, trim);
      ctx.beginPath();
      triangle(ctx, x + radius * 0.2, y + radius * 0.7, x + radius * 0.75, y + radius * 1.5, x + radius * 0.8, y + radius * 0.4);
      fill(ctx, '#f2c744');
      return;
    case 'horns':
      triangle(ctx, x - radius * 0.9, y + radius * 0.3, x - radius * 1.2, y + radius * 1.6, x - radius * 0.2, y + radius * 0.9);
      triangle(ctx, x + radius * 0.1, y + radius * 0.9, x + radius * 0.9, y + radius * 1.7, x + radius * 0.85, y + radius * 0.4);
      fill(ctx, trim);
      return;
    case 'snout':
      ctx.ellipse(x + radius * 0.85, y - radius * 0.3, radius * 0.75, radius * 0.55, 0, 0, Math.PI * 2);
      fill(ctx, trim);
      return;
    case 'visor':
      ctx.moveTo(x + radius * 0.1, y + radius * 0.12);
      ctx.lineTo(x + radius * 0.95, y + radius * 0.12);
      line(ctx, 1, trim);
      return;
  }
}

/**
 * A part of the path that is open. A triangle, by its corners.
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} ax
 * @param {number} ay
 * @param {number} bx
 * @param {number} by
 * @param {number} cx
 * @param {number} cy
 */
function triangle(ctx, ax, ay, bx, by, cx, cy) {
  ctx.moveTo(ax, ay);
  ctx.lineTo(bx, by);
  ctx.lineTo(cx, cy);
  ctx.closePath();
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {string} colour
 */
export function fill(ctx, colour) {
  ctx.strokeStyle = INK;
  ctx.lineWidth = OUTLINE * 2;
  ctx.stroke();
  ctx.fillStyle = colour;
  ctx.fill();
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} width
 * @param {string} colour
 */
export function line(ctx, width, colour) {
  ctx.strokeStyle = INK;
  ctx.lineWidth = width + OUTLINE * 2;
  ctx.stroke();
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.stroke();
}
