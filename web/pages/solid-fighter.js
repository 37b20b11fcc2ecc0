/**
 * Owns a fighter in three dimensions: limbs between the points of the same rig that the flat picture
 * is drawn from.
 * Invariant: what is made for a fighter is made once, and moved.
 */

import { CapsuleGeometry, Group, Mesh, MeshStandardMaterial, SphereGeometry } from '../vendor/three.js';

import { lookOf } from './looks.js';
import { portColour } from './names.js';
import { poseOf } from './pose.js';
import { CHEST, FAR_FOOT, FAR_HAND, freshRig, HEAD, HIP, NEAR_FOOT, NEAR_HAND, rigOf, TURN } from './rig.js';

/** Limbs of the far side stand this much behind, those of the near side before. */
const DEPTH = 2.1;
const FLASH_FRAMES = 5;
const rig = freshRig();

export class SolidFighter {
  /**
   * @param {number} port
   * @param {number} character
   */
  constructor(port, character) {
    const look = lookOf(character);
    this.character = character;
    /** @private */
    this.size = look.size;
    const colour = portColour(port);
    /** @private */
    this.cloth = new MeshStandardMaterial({ color: colour, emissive: colour, emissiveIntensity: 0.12, roughness: 0.5 });
    const skin = new MeshStandardMaterial({ color: look.head, roughness: 0.6 });
    const trim = new MeshStandardMaterial({ color: look.trim, roughness: 0.5 });
    const ink = new MeshStandardMaterial({ color: '#07080d', roughness: 0.4 });
    /** @private how wide, from where to where, and how far to the side @type {{ mesh: any, from: number, to: number, z: number }[]} */
    this.limbs = [
      { mesh: capsule(2.5, this.cloth), from: HIP, to: CHEST, z: 0 },
      { mesh: capsule(1.1, this.cloth), from: CHEST, to: NEAR_HAND, z: DEPTH }, { mesh: capsule(1.1, this.cloth), from: CHEST, to: FAR_HAND, z: -DEPTH },
      { mesh: capsule(1.3, this.cloth), from: HIP, to: NEAR_FOOT, z: DEPTH * 0.6 }, { mesh: capsule(1.3, this.cloth), from: HIP, to: FAR_FOOT, z: -DEPTH * 0.6 },
    ];
    /** @private */
    this.head = new Mesh(new SphereGeometry(look.isRound ? 5.2 : 2.9, 22, 16), skin);
    const cap = new Mesh(new SphereGeometry(look.isRound ? 1.6 : 2.95, 18, 10, 0, Math.PI * 2, 0, Math.PI * 0.42), trim);
    cap.position.set(-0.25, 0.3, 0);
    this.head.add(cap);
    for (const z of [-0.9, 0.9]) {
      const eye = new Mesh(new SphereGeometry(0.5, 10, 8), ink);
      eye.position.set(look.isRound ? 4.6 : 2.5, 0.2, z);
      this.head.add(eye);
    }
    /** @private */
    this.bubble = new Mesh(new SphereGeometry(1, 24, 16), new MeshStandardMaterial({ color: colour, transparent: true, opacity: 0.32 }));
    /** @private turns round the middle of the figure */
    this.figure = new Group();
    for (const { mesh } of this.limbs) this.figure.add(mesh);
    this.figure.add(this.head);
    this.root = new Group();
    this.root.add(this.figure, this.bubble);
  }

  /** @param {import('../client/melee.js').Player} player */
  show({ x, y, facing, actionState, actionFrame, shield, invincible, hitstun }) {
    const { root, figure, head, bubble, size } = this;
    const t = Math.max(0, Math.min(10_000, actionFrame));
    root.visible = poseOf(actionState) !== 'dead' && Number.isFinite(x) && Number.isFinite(y);
    if (!root.visible) return;
    rigOf(actionState, t, rig);
    root.position.set(x, y, 0);
    root.scale.set(facing < 0 ? -size : size, size, size);
    // Round the middle, eight units up, not round the feet.
    const [sin, cos] = [Math.sin(rig[TURN]), Math.cos(rig[TURN])];
    figure.rotation.z = rig[TURN];
    figure.position.set(8 * sin, 8 - 8 * cos, 0);
    for (const { mesh, from, to, z } of this.limbs) {
      const [dx, dy] = [rig[to] - rig[from], rig[to + 1] - rig[from + 1]];
      mesh.position.set((rig[from] + rig[to]) / 2, (rig[from + 1] + rig[to + 1]) / 2, z);
      mesh.rotation.z = Math.atan2(-dx, dy);
      mesh.scale.y = Math.max(0.4, Math.hypot(dx, dy) / 4);
    }
    head.position.set(rig[HEAD], rig[HEAD + 1], 0);
    this.cloth.emissiveIntensity = invincible ? 0.9 : hitstun && t < FLASH_FRAMES ? 1.1 : 0.12;
    bubble.visible = shield !== null;
    bubble.position.y = 8;
    bubble.scale.setScalar(3.5 + (7.5 * Math.max(0, Math.min(60, shield ?? 0))) / 60);
  }

  close() {
    this.root.removeFromParent();
    this.root.traverse((/** @type {any} */ it) => {
      it.geometry?.dispose();
      it.material?.dispose();
    });
  }
}

/**
 * Four units long, to be stretched.
 * @param {number} radius
 * @param {any} material
 */
function capsule(radius, material) {
  return new Mesh(new CapsuleGeometry(radius, 4 - radius * 0.6, 6, 14), material);
}
