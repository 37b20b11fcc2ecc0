/**
 * Owns what flies off a blow: short-lived particles and the shake of the picture.
 * Invariant: bounded; nothing lives longer than a second.
 */

/** @typedef {{ x: number, y: number, vx: number, vy: number, age: number, life: number, size: number, colour: string, kind: 'ring' | 'dot' | 'words', text: string }} Spark */

const SPARKS_MAX = 160;
/** Damage that is told as a number, too. */
const TOLD_FROM = 2;
/** Beside the fighter, where no name stands: towards the nearer end of the stage. */
const ASIDE = 12;

export class Sparks {
  constructor() {
    /** @type {Spark[]} */
    this.all = [];
    this.shake = 0;
  }

  /**
   * A blow that did this much damage.
   * @param {number} x
   * @param {number} y
   * @param {number} damage
   * @param {string} colour
   */
  hit(x, y, damage, colour) {
    const force = Math.min(1, damage / 20);
    this.add({ x, y, vx: 0, vy: 0, age: 0, life: 200 + 160 * force, size: 5 + 9 * force, colour: '#fff', kind: 'ring', text: '' });
    // What a tick of poison does is not worth a word.
    if (damage >= TOLD_FROM) this.add({ x: x + (x < 0 ? -ASIDE : ASIDE), y, vx: 0, vy: 0.03, age: 0, life: 750, size: 0.7 + 0.6 * force, colour: '#fff', kind: 'words', text: `+${Math.round(damage)}` });
    const count = 6 + Math.round(12 * force);
    for (let i = 0; i < count; i++) {
      const angle = (i / count) * Math.PI * 2 + Math.random();
      const speed = (0.03 + 0.07 * Math.random()) * (1 + force);
      this.add({
        x, y, vx: Math.cos(angle) * speed, vy: Math.sin(angle) * speed, age: 0, life: 220 + 240 * Math.random(),
        size: 0.7 + 1.3 * force * Math.random(), colour: i % 3 === 0 ? '#fff6d6' : colour, kind: 'dot', text: '',
      });
    }
    this.shake = Math.min(3, this.shake + force * 1.6);
  }

  /**
   * Somebody left the stage for good.
   * @param {number} x
   * @param {number} y
   * @param {string} colour
   */
  blast(x, y, colour) {
    const length = Math.hypot(x, y - 20) || 1;
    const [dx, dy] = [-x / length, (20 - y) / length];
    for (let i = 0; i < 46; i++) {
      const spread = (Math.random() - 0.5) * 0.5;
      const speed = 0.06 + 0.34 * Math.random();
      this.add({
        x, y, vx: (dx - dy * spread) * speed, vy: (dy + dx * spread) * speed, age: 0, life: 400 + 560 * Math.random(),
        size: 1 + 2.6 * Math.random(), colour: i % 3 === 0 ? '#fff' : colour, kind: 'dot', text: '',
      });
    }
    this.shake = 3;
  }

  /** @param {number} elapsedMs */
  advance(elapsedMs) {
    this.shake *= Math.exp(-elapsedMs / 90);
    const slower = Math.exp(-elapsedMs / 260);
    let kept = 0;
    for (const spark of this.all) {
      spark.age += elapsedMs;
      spark.x += spark.vx * elapsedMs;
      spark.y += spark.vy * elapsedMs;
      spark.vx *= slower;
      spark.vy *= slower;
      if (spark.age < spark.life) this.all[kept++] = spark;
    }
    this.all.length = kept;
  }

  clear() {
    this.all = [];
    this.shake = 0;
  }

  /**
   * @private
   * @param {Spark} spark
   */
  add(spark) {
    if (this.all.length < SPARKS_MAX) this.all.push(spark);
  }
}
