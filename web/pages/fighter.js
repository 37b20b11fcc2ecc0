/**
 * Owns drawing one fighter, in stage units with y upwards.
 * Does not know the camera, nor what happened before this moment.
 */

import { portColour } from './names.js';
import { poseOf } from './pose.js';
import { rigOf } from './rig.js';

/** @typedef {import('./rig.js').Point} Point */
/** @typedef {import('../client/melee.js').Player} Player */

const INK = '#07080d';
/** Heavies and featherweights; everybody else is 1. @type {Readonly<Record<number, number>>} */
const SIZES = { 3: 1.3, 4: 0.72, 5: 1.34, 8: 0.82, 12: 0.74, 15: 0.72, 20: 0.84, 23: 0.62, 25: 1.22, 13: 1.12, 2: 1.1 };

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Player} player
 * @param {number} character
 * @param {number} nowMs
 */
export function drawFighter(ctx, player, character, nowMs) {
  const pose = poseOf(player.actionState);
  if (pose === 'dead') return;
  const t = Math.max(0, Math.min(10_000, player.actionFrame));
  const rig = rigOf(player.actionState, t);
  const size = SIZES[character] ?? 1;
  const colour = portColour(player.port);
  const shake = player.hitstun ? Math.sin(nowMs * 0.09) * 0.45 : 0;

  ctx.save();
  ctx.translate(player.x + shake, player.y);
  if (pose === 'respawn') drawHalo(ctx, colour, nowMs);
  ctx.scale((player.facing < 0 ? -1 : 1) * size, size);
  ctx.translate(0, 8);
  ctx.rotate(rig.turn);
  ctx.translate(0, -8);
  ctx.globalAlpha = pose === 'dodge' || pose === 'roll' ? 0.62 : 1;
  ctx.lineCap = ctx.lineJoin = 'round';

  const hue = (Math.max(0, character) * 47 + 20) % 360;
  const cloth = player.hitstun ? '#fff3ea' : colour;
  const trim = `hsl(${hue} 70% 72%)`;
  if (player.invincible) glow(ctx, rig, nowMs);
  limb(ctx, shoulder(rig, -0.7), rig.hands[1], 2.1, shade(colour), 1.1);
  limb(ctx, [rig.hip[0] - 0.7, rig.hip[1]], rig.feet[1], 2.5, shade(colour), -1.2);
  limb(ctx, [rig.hip[0] + 0.7, rig.hip[1]], rig.feet[0], 2.6, cloth, -1.4);
  torso(ctx, rig, cloth, trim);
  head(ctx, rig, cloth, trim, player.hitstun);
  limb(ctx, shoulder(rig, 0.7), rig.hands[0], 2.2, cloth, 1.2);
  dot(ctx, rig.hands[0], 1.5, trim);
  if (rig.blow) swoosh(ctx, shoulder(rig, 0), rig.blow, trim);
  ctx.restore();

  if (player.shield !== null) drawShield(ctx, player, colour, size);
}

/**
 * @param {import('./rig.js').Rig} rig
 * @param {number} dx
 * @returns {Point}
 */
function shoulder(rig, dx) {
  return [rig.chest[0] + dx, rig.chest[1] + 0.4];
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Point} from
 * @param {Point} to
 * @param {number} width
 * @param {string} colour
 * @param {number} bend of the joint, to the back if positive
 */
function limb(ctx, from, to, width, colour, bend) {
  const joint = [(from[0] + to[0]) / 2 - bend, (from[1] + to[1]) / 2 - Math.abs(bend) * 0.3];
  ctx.beginPath();
  ctx.moveTo(...from);
  ctx.quadraticCurveTo(joint[0], joint[1], ...to);
  inked(ctx, width, colour);
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {import('./rig.js').Rig} rig
 * @param {string} cloth
 * @param {string} trim
 */
function torso(ctx, { hip, chest }, cloth, trim) {
  ctx.beginPath();
  ctx.moveTo(...hip);
  ctx.lineTo(...chest);
  inked(ctx, 4.6, cloth);
  ctx.beginPath();
  ctx.moveTo(hip[0] - 1.6, hip[1] + 0.7);
  ctx.lineTo(hip[0] + 1.6, hip[1] + 0.7);
  ctx.strokeStyle = trim;
  ctx.lineWidth = 1;
  ctx.stroke();
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {import('./rig.js').Rig} rig
 * @param {string} cloth
 * @param {string} trim
 * @param {boolean} isHurt
 */
function head(ctx, { head: at }, cloth, trim, isHurt) {
  dot(ctx, at, 3.1, INK);
  dot(ctx, at, 2.5, cloth);
  // A visor tells where a fighter looks from across the room.
  ctx.beginPath();
  ctx.moveTo(at[0] + 0.1, at[1] + (isHurt ? 0.9 : 0.3));
  ctx.lineTo(at[0] + 2.1, at[1] + (isHurt ? -0.3 : 0.3));
  ctx.strokeStyle = INK;
  ctx.lineWidth = 1.7;
  ctx.stroke();
  ctx.strokeStyle = isHurt ? '#ff3b3b' : trim;
  ctx.lineWidth = 0.8;
  ctx.stroke();
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Point} at
 * @param {number} radius
 * @param {string} colour
 */
function dot(ctx, at, radius, colour) {
  ctx.beginPath();
  ctx.arc(at[0], at[1], radius, 0, Math.PI * 2);
  ctx.fillStyle = colour;
  ctx.fill();
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} width
 * @param {string} colour
 */
function inked(ctx, width, colour) {
  ctx.strokeStyle = INK;
  ctx.lineWidth = width + 1.1;
  ctx.stroke();
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.stroke();
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Point} at
 * @param {{ aim: number, reach: number, age: number }} blow
 * @param {string} colour
 */
function swoosh(ctx, at, { aim, reach, age }, colour) {
  ctx.save();
  ctx.globalAlpha *= 0.85 * (1 - age);
  for (const [back, width] of [[1.5, 0.8], [1.05, 1.7], [0.6, 2.6]]) {
    ctx.beginPath();
    ctx.arc(at[0], at[1], reach, aim, aim + back * (1 - age * 0.5));
    ctx.strokeStyle = width > 2 ? '#ffffff' : colour;
    ctx.lineWidth = width;
    ctx.stroke();
  }
  ctx.restore();
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {import('./rig.js').Rig} rig
 * @param {number} nowMs
 */
function glow(ctx, { hip, chest, head: at }, nowMs) {
  ctx.save();
  ctx.globalAlpha *= 0.32 + 0.18 * Math.sin(nowMs * 0.02);
  ctx.beginPath();
  ctx.moveTo(hip[0], hip[1] - 4);
  ctx.lineTo(...chest);
  ctx.lineTo(...at);
  ctx.strokeStyle = '#ffffff';
  ctx.lineWidth = 12;
  ctx.stroke();
  ctx.restore();
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Player} player
 * @param {string} colour
 * @param {number} size
 */
function drawShield(ctx, player, colour, size) {
  const health = Math.max(0, Math.min(60, player.shield ?? 0)) / 60;
  const radius = (3.5 + 7.5 * health) * size;
  const y = player.y + 8 * size;
  ctx.save();
  const bubble = ctx.createRadialGradient(player.x - radius * 0.3, y + radius * 0.35, radius * 0.1, player.x, y, radius);
  bubble.addColorStop(0, 'rgb(255 255 255 / 0.5)');
  bubble.addColorStop(0.6, `${colour}44`);
  bubble.addColorStop(1, `${colour}bb`);
  ctx.fillStyle = bubble;
  ctx.beginPath();
  ctx.arc(player.x, y, radius, 0, Math.PI * 2);
  ctx.fill();
  ctx.strokeStyle = `${colour}`;
  ctx.lineWidth = 0.6;
  ctx.stroke();
  ctx.restore();
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {string} colour
 * @param {number} nowMs
 */
function drawHalo(ctx, colour, nowMs) {
  ctx.save();
  ctx.globalAlpha = 0.55 + 0.2 * Math.sin(nowMs * 0.006);
  ctx.beginPath();
  ctx.ellipse(0, -1, 9, 2.2, 0, 0, Math.PI * 2);
  ctx.fillStyle = colour;
  ctx.fill();
  ctx.strokeStyle = '#fff';
  ctx.lineWidth = 0.6;
  ctx.stroke();
  ctx.restore();
}

/** @param {string} colour #rrggbb */
function shade(colour) {
  const [r, g, b] = [1, 3, 5].map((at) => Math.round(parseInt(colour.slice(at, at + 2), 16) * 0.58));
  return `rgb(${r} ${g} ${b})`;
}
