/**
 * Owns a match in three dimensions, beside the flat picture: same positions, another painter.
 * Loaded only when somebody chooses it, and three.js with it.
 * Invariant: what is made for a fighter or a stage is made once and given back at the end.
 */

import {
  AmbientLight, BoxGeometry, CapsuleGeometry, Color, CylinderGeometry, DirectionalLight, Fog, Group, Mesh,
  MeshStandardMaterial, PerspectiveCamera, Scene, SphereGeometry, WebGLRenderer,
} from '../vendor/three.js';

import { portColour } from './names.js';
import { element } from './text.js';

const FIELD_OF_VIEW = 32;
/** Stage units from front to back. */
const DEPTH = 46;
const RATIO_MAX = 2;

export class Solid {
  /** @param {HTMLElement} root */
  constructor(root) {
    /** @private */
    this.canvas = element('canvas', 'solid');
    this.canvas.setAttribute('role', 'img');
    this.canvas.setAttribute('aria-label', 'Fighters on a stage, in three dimensions');
    /** @private */
    this.renderer = new WebGLRenderer({ canvas: this.canvas, antialias: true });
    // Above the flat picture, below the plates.
    root.insertBefore(this.canvas, root.children[1] ?? null);
    /** @private */
    this.scene = new Scene();
    this.scene.background = new Color('#0c0e18');
    this.scene.fog = new Fog('#0c0e18', 260, 900);
    const sun = new DirectionalLight('#ffffff', 2.6);
    sun.position.set(60, 160, 120);
    const rim = new DirectionalLight('#8f7bff', 1.6);
    rim.position.set(-80, 60, -120);
    this.scene.add(new AmbientLight('#8fa0d8', 1.1), sun, rim);
    /** @private */
    this.eye = new PerspectiveCamera(FIELD_OF_VIEW, 1, 1, 2000);
    /** @private @type {Map<number, any>} by port */
    this.fighters = new Map();
    /** @private */
    this.stage = new Group();
    this.scene.add(this.stage);
    /** @private @type {import('./stages.js').Shape | null} what the stage was made of */
    this.shape = null;
    /** @private */
    this.size = '';
  }

  /**
   * @param {import('./draw.js').Scene} seen
   * @param {number} now
   */
  draw(seen, now) {
    const { width, height, camera, players, shape, isStill } = seen;
    this.fit(width, height);
    if (shape !== this.shape) this.build(shape);
    // The flat camera says what has to be seen; from here that is a distance.
    const across = camera.width / Math.max(0.2, this.eye.aspect);
    const distance = across / 2 / Math.tan((FIELD_OF_VIEW * Math.PI) / 360);
    const sway = isStill ? 0 : Math.sin(now / 4000) * 0.06;
    this.eye.position.set(camera.x + distance * Math.sin(sway), camera.y + distance * 0.16, distance * Math.cos(sway));
    this.eye.lookAt(camera.x, camera.y - across * 0.06, 0);
    for (const fighter of this.fighters.values()) fighter.visible = false;
    for (const player of players) this.place(player);
    this.renderer.render(this.scene, this.eye);
  }

  close() {
    this.scene.traverse((/** @type {any} */ it) => {
      it.geometry?.dispose();
      it.material?.dispose();
    });
    this.renderer.dispose();
    this.canvas.remove();
  }

  /**
   * @private
   * @param {import('../client/melee.js').Player} player
   */
  place({ port, x, y, facing, stocks, hitstun, invincible, shield }) {
    if (stocks <= 0 || !Number.isFinite(x) || !Number.isFinite(y)) return;
    const fighter = this.fighters.get(port) ?? this.make(port);
    fighter.visible = true;
    fighter.position.set(x, y, 0);
    fighter.rotation.set(0, facing < 0 ? -Math.PI / 2 : Math.PI / 2, 0);
    fighter.rotation.x = hitstun ? -0.5 : 0;
    const [body, bubble] = fighter.children;
    /** @type {any} */ (body).material.emissiveIntensity = invincible ? 0.9 : hitstun ? 0.5 : 0.12;
    bubble.visible = shield !== null;
  }

  /**
   * @private
   * @param {number} port
   */
  make(port) {
    const colour = portColour(port);
    const skin = new MeshStandardMaterial({ color: colour, emissive: colour, emissiveIntensity: 0.12, roughness: 0.5 });
    const dark = new MeshStandardMaterial({ color: '#10131f', roughness: 0.4 });
    const body = new Mesh(new CapsuleGeometry(3.4, 6, 6, 14), skin);
    body.position.y = 7;
    const bubble = new Mesh(new SphereGeometry(9, 20, 14), new MeshStandardMaterial({ color: colour, transparent: true, opacity: 0.3 }));
    bubble.position.y = 7;
    const head = new Mesh(new SphereGeometry(3, 18, 12), skin);
    head.position.y = 14.4;
    const visor = new Mesh(new BoxGeometry(3.6, 1.3, 1.6), dark);
    visor.position.set(0, 14.8, 2.3);
    const fighter = new Group();
    fighter.add(body, bubble, head, visor);
    for (const side of [-1, 1]) {
      const arm = new Mesh(new CapsuleGeometry(1.1, 4, 4, 8), skin);
      arm.position.set(side * 4.3, 8.6, 1);
      arm.rotation.x = -0.7;
      const leg = new Mesh(new CapsuleGeometry(1.3, 3.4, 4, 8), dark);
      leg.position.set(side * 1.7, 2.4, 0);
      fighter.add(arm, leg);
    }
    this.fighters.set(port, fighter);
    this.scene.add(fighter);
    return fighter;
  }

  /**
   * @private
   * @param {import('./stages.js').Shape} shape
   */
  build(shape) {
    this.shape = shape;
    for (const part of [...this.stage.children]) {
      /** @type {any} */ (part).geometry.dispose();
      this.stage.remove(part);
    }
    const top = new MeshStandardMaterial({ color: new Color().setHSL(shape.hue / 360, 0.45, 0.42), roughness: 0.55 });
    const rock = new MeshStandardMaterial({ color: new Color().setHSL(shape.hue / 360, 0.25, 0.14), roughness: 0.9 });
    const { left, right } = shape.floor;
    const floor = new Mesh(new BoxGeometry(right - left, 3, DEPTH), top);
    floor.position.set((left + right) / 2, -1.5, 0);
    const base = new Mesh(new CylinderGeometry((right - left) * 0.46, (right - left) * 0.16, 46, 6), rock);
    base.position.set((left + right) / 2, -26, 0);
    base.scale.z = 0.42;
    this.stage.add(floor, base);
    for (const { left: from, right: to, y } of shape.platforms) {
      const platform = new Mesh(new BoxGeometry(to - from, 1.6, DEPTH * 0.6), top);
      platform.position.set((from + to) / 2, y - 0.8, 0);
      this.stage.add(platform);
    }
  }

  /**
   * @private
   * @param {number} width
   * @param {number} height
   */
  fit(width, height) {
    const size = `${width} ${height}`;
    if (size === this.size) return;
    this.size = size;
    this.renderer.setPixelRatio(Math.min(RATIO_MAX, globalThis.devicePixelRatio || 1));
    this.renderer.setSize(width, height, false);
    this.eye.aspect = width / Math.max(1, height);
    this.eye.updateProjectionMatrix();
  }
}
