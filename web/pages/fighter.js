/**
 * Owns drawing one fighter, in stage units with y upwards.
 * Does not know the camera, nor what happened before this moment.
 */

import { lookOf } from './looks.js';
import { drawBack, drawHat, drawHold, fill, INK, line } from './marks.js';
import { portColour } from './names.js';
import { poseOf } from './pose.js';
import { AGE, AIM, CHEST, FAR_FOOT, FAR_HAND, freshRig, HEAD, HIP, NEAR_FOOT, NEAR_HAND, REACH, rigOf, TURN } from './rig.js';

/** @typedef {import('./looks.js').Look} Look */
/** @typedef {import('./rig.js').Rig} Rig */
/** @typedef {import('../client/melee.js').Player} Player */

const HEAD_RADIUS = 2.7;
const ROUND_RADIUS = 5.6;
/** A blow lights up who takes it for so many frames, not for as long as it is felt. */
const FLASH_FRAMES = 5;
const FLASH = '#fff3ea';
/** What is further away is darker, by the colour in front. @type {Map<string, string>} */
const SHADES = new Map();
const BEHIND = [FAR_HAND, FAR_FOOT, NEAR_FOOT];
/** Of the fighter that is drawn now. */
const rig = freshRig();

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Player} player
 * @param {number} character
 * @param {number} nowMs
 * @param {CanvasGradient} bubble of a shield, in a circle of 1
 */
export function drawFighter(ctx, player, character, nowMs, bubble) {
  const pose = poseOf(player.actionState);
  if (pose === 'dead') return;
  const t = Math.max(0, Math.min(10_000, player.actionFrame));
  rigOf(player.actionState, t, rig);
  const look = lookOf(character);
  const colour = portColour(player.port);
  const shake = player.hitstun ? Math.sin(nowMs * 0.09) * 0.45 : 0;

  ctx.save();
  ctx.translate(player.x + shake, player.y);
  if (pose === 'respawn') drawHalo(ctx, colour, nowMs);
  ctx.scale((player.facing < 0 ? -1 : 1) * look.size, look.size);
  ctx.translate(0, 8);
  ctx.rotate(rig[TURN]);
  ctx.translate(0, -8);
  ctx.globalAlpha = pose === 'dodge' || pose === 'roll' ? 0.62 : 1;
  ctx.lineCap = ctx.lineJoin = 'round';
  if (player.invincible) glow(ctx, nowMs);
  const isLit = player.hitstun && t < FLASH_FRAMES;
  const cloth = isLit ? FLASH : colour;
  if (look.isRound) drawRound(ctx, look, cloth, player.hitstun);
  else drawFigure(ctx, look, cloth, isLit ? FLASH : shade(colour), player.hitstun);
  if (rig[AGE] >= 0) swoosh(ctx, look.trim);
  ctx.restore();

  if (player.shield !== null) drawShield(ctx, player, colour, look.size, bubble);
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Look} look
 * @param {string} cloth
 * @param {string} dark
 * @param {boolean} isHurt
 */
function drawFigure(ctx, look, cloth, dark, isHurt) {
  drawBack(ctx, rig, look);
  limb(ctx, CHEST, -0.7, FAR_HAND, 2.1, dark, 1.1);
  limb(ctx, HIP, -0.7, FAR_FOOT, 2.5, dark, -1.2);
  limb(ctx, HIP, 0.7, NEAR_FOOT, 2.6, cloth, -1.4);
  ctx.beginPath();
  ctx.moveTo(rig[HIP], rig[HIP + 1]);
  ctx.lineTo(rig[CHEST], rig[CHEST + 1]);
  line(ctx, 4.6, cloth);
  ctx.beginPath();
  ctx.moveTo(rig[HIP] - 1.6, rig[HIP + 1] + 0.7);
  ctx.lineTo(rig[HIP] + 1.6, rig[HIP + 1] + 0.7);
  ctx.strokeStyle = look.trim;
  ctx.lineWidth = 1;
  ctx.stroke();
  ctx.beginPath();
  ctx.arc(rig[HEAD], rig[HEAD + 1], HEAD_RADIUS, 0, Math.PI * 2);
  fill(ctx, look.head);
  drawHat(ctx, rig, look, HEAD_RADIUS);
  face(ctx, HEAD_RADIUS, isHurt);
  limb(ctx, CHEST, 0.7, NEAR_HAND, 2.2, cloth, 1.2);
  drawHold(ctx, rig, look);
  ctx.beginPath();
  ctx.arc(rig[NEAR_HAND], rig[NEAR_HAND + 1], 1.35, 0, Math.PI * 2);
  ctx.fillStyle = look.head;
  ctx.fill();
}

/**
 * Those who are nearly all head. It wears its player's colour as shoes and hands.
 * @param {CanvasRenderingContext2D} ctx
 * @param {Look} look
 * @param {string} cloth
 * @param {boolean} isHurt
 */
function drawRound(ctx, look, cloth, isHurt) {
  for (const at of BEHIND) knob(ctx, at, 2.5, cloth);
  // In the middle of the body, wherever the pose has it.
  rig[HEAD] = (rig[HIP] + rig[CHEST]) / 2;
  rig[HEAD + 1] = Math.max(ROUND_RADIUS * 0.9, (rig[HIP + 1] + rig[CHEST + 1]) / 2);
  ctx.beginPath();
  ctx.arc(rig[HEAD], rig[HEAD + 1], ROUND_RADIUS, 0, Math.PI * 2);
  fill(ctx, look.head);
  face(ctx, ROUND_RADIUS, isHurt);
  knob(ctx, NEAR_HAND, 2.3, cloth);
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} at
 * @param {number} radius
 * @param {string} colour
 */
function knob(ctx, at, radius, colour) {
  ctx.beginPath();
  ctx.arc(rig[at] * 0.85, rig[at + 1], radius, 0, Math.PI * 2);
  fill(ctx, colour);
}

/**
 * An eye tells where a fighter looks from across the room, and how he feels.
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} radius
 * @param {boolean} isHurt
 */
function face(ctx, radius, isHurt) {
  const x = rig[HEAD] + radius * 0.5;
  const y = rig[HEAD + 1] + radius * 0.05;
  ctx.beginPath();
  if (isHurt) {
    ctx.moveTo(x - radius * 0.25, y + radius * 0.2);
    ctx.lineTo(x + radius * 0.25, y - radius * 0.2);
    ctx.moveTo(x - radius * 0.25, y - radius * 0.2);
    ctx.lineTo(x + radius * 0.25, y + radius * 0.2);
  } else {
    ctx.moveTo(x, y + radius * 0.22);
    ctx.lineTo(x, y - radius * 0.12);
  }
  ctx.strokeStyle = INK;
  ctx.lineWidth = Math.max(0.6, radius * 0.24);
  ctx.stroke();
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} from a place of the rig
 * @param {number} aside
 * @param {number} to a place of the rig
 * @param {number} width
 * @param {string} colour
 * @param {number} bend of the joint, to the back if positive
 */
function limb(ctx, from, aside, to, width, colour, bend) {
  const x = rig[from] + aside;
  const y = rig[from + 1] + (from === CHEST ? 0.4 : 0);
  ctx.beginPath();
  ctx.moveTo(x, y);
  ctx.quadraticCurveTo((x + rig[to]) / 2 - bend, (y + rig[to + 1]) / 2 - Math.abs(bend) * 0.3, rig[to], rig[to + 1]);
  line(ctx, width, colour);
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {string} colour
 */
function swoosh(ctx, colour) {
  const alpha = ctx.globalAlpha * 0.85 * (1 - rig[AGE]);
  const swing = 1 - rig[AGE] * 0.5;
  ctx.globalAlpha = alpha;
  arc(ctx, 1.5 * swing, 0.8, colour);
  arc(ctx, 1.05 * swing, 1.7, colour);
  arc(ctx, 0.6 * swing, 2.6, '#ffffff');
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} sweep
 * @param {number} width
 * @param {string} colour
 */
function arc(ctx, sweep, width, colour) {
  ctx.beginPath();
  ctx.arc(rig[CHEST], rig[CHEST + 1] + 0.4, rig[REACH], rig[AIM], rig[AIM] + sweep);
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.stroke();
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} nowMs
 */
function glow(ctx, nowMs) {
  const before = ctx.globalAlpha;
  ctx.globalAlpha = before * (0.32 + 0.18 * Math.sin(nowMs * 0.02));
  ctx.beginPath();
  ctx.moveTo(rig[HIP], rig[HIP + 1] - 4);
  ctx.lineTo(rig[CHEST], rig[CHEST + 1]);
  ctx.lineTo(rig[HEAD], rig[HEAD + 1]);
  ctx.strokeStyle = '#ffffff';
  ctx.lineWidth = 12;
  ctx.stroke();
  ctx.globalAlpha = before;
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Player} player
 * @param {string} colour
 * @param {number} size
 * @param {CanvasGradient} bubble
 */
function drawShield(ctx, player, colour, size, bubble) {
  const radius = (3.5 + (7.5 * Math.max(0, Math.min(60, player.shield ?? 0))) / 60) * size;
  ctx.save();
  ctx.translate(player.x, player.y + 8 * size);
  ctx.scale(radius, radius);
  ctx.fillStyle = bubble;
  ctx.beginPath();
  ctx.arc(0, 0, 1, 0, Math.PI * 2);
  ctx.fill();
  ctx.strokeStyle = colour;
  ctx.lineWidth = 0.6 / radius;
  ctx.stroke();
  ctx.restore();
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {string} colour
 * @param {number} nowMs
 */
function drawHalo(ctx, colour, nowMs) {
  ctx.globalAlpha = 0.55 + 0.2 * Math.sin(nowMs * 0.006);
  ctx.beginPath();
  ctx.ellipse(0, -1, 9, 2.2, 0, 0, Math.PI * 2);
  ctx.fillStyle = colour;
  ctx.fill();
  ctx.strokeStyle = '#fff';
  ctx.lineWidth = 0.6;
  ctx.stroke();
}

/** @param {string} colour #rrggbb */
function shade(colour) {
  const known = SHADES.get(colour);
  if (known !== undefined) return known;
  const [r, g, b] = [1, 3, 5].map((at) => Math.round(parseInt(colour.slice(at, at + 2), 16) * 0.58));
  const made = `rgb(${r} ${g} ${b})`;
  SHADES.set(colour, made);
  return made;
}
