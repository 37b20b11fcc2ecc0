/**
 * Owns a match in three dimensions, beside the flat picture: same positions, another painter.
 * Loaded only when somebody chooses it, and three.js with it.
 * Invariant: what is made for a fighter or a stage is made once and given back at the end.
 */

import {
  AmbientLight, BoxGeometry, Color, CylinderGeometry, DirectionalLight, Fog, Group, Mesh, MeshStandardMaterial,
  PerspectiveCamera, Scene, WebGLRenderer,
} from '../vendor/three.js';

import { SolidFighter } from './solid-fighter.js';
import { element } from './text.js';

const FIELD_OF_VIEW = 32;
/** Stage units from front to back. */
const DEPTH = 46;
const RATIO_MAX = 2;
/** How far over the floor the eye is, as a share of its distance. */
const RAISED = 0.16;
/** Over a fighter's feet, where its name stands. */
const TAG_RISE = 23;

export class Solid {
  /** @param {HTMLElement} root */
  constructor(root) {
    /** @private */
    this.canvas = element('canvas', 'solid');
    this.canvas.setAttribute('role', 'img');
    this.canvas.setAttribute('aria-label', 'Fighters on a stage, in three dimensions');
    /** @private */
    this.renderer = new WebGLRenderer({ canvas: this.canvas, antialias: true });
    /** @private names over the fighters, by port @type {Map<number, HTMLElement>} */
    this.tags = new Map();
    /** @private */
    this.names = element('div', 'solid-names');
    this.names.setAttribute('aria-hidden', 'true');
    // Above the flat picture, below the plates.
    root.children[0]?.after(this.canvas, this.names);
    /** @private */
    this.scene = new Scene();
    const sun = new DirectionalLight('#ffffff', 2.6);
    sun.position.set(60, 160, 120);
    const rim = new DirectionalLight('#8f7bff', 1.6);
    rim.position.set(-80, 60, -120);
    this.scene.add(new AmbientLight('#8fa0d8', 1.1), sun, rim);
    /** @private */
    this.eye = new PerspectiveCamera(FIELD_OF_VIEW, 1, 1, 2000);
    /** @private @type {Map<number, SolidFighter>} by port */
    this.fighters = new Map();
    /** @private */
    this.stage = new Group();
    this.scene.add(this.stage);
    /** @private @type {import('./stages.js').Shape | null} what the stage was made of */
    this.shape = null;
    /** @private a place to be asked where it is seen */
    this.spot = new Group();
    /** @private */
    this.size = '';
  }

  /**
   * @param {import('./draw.js').Scene} seen
   * @param {number} now
   */
  draw(seen, now) {
    const { width, height, footroom, camera, players, shape, isStill, contender } = seen;
    this.fit(width, height, footroom);
    if (shape !== this.shape) this.build(shape);
    // The flat camera says what has to be seen, and at which size; from here that is a distance.
    const across = camera.width / Math.max(0.2, this.eye.aspect);
    const distance = across / 2 / Math.tan((FIELD_OF_VIEW * Math.PI) / 360);
    const sway = isStill ? 0 : Math.sin(now / 4000) * 0.06;
    this.eye.position.set(camera.x + distance * Math.sin(sway), camera.y + distance * RAISED, distance * Math.cos(sway));
    this.eye.lookAt(camera.x, camera.y, 0);
    for (const fighter of this.fighters.values()) fighter.root.visible = false;
    for (const player of players) this.place(player, contender(player.port).character);
    this.renderer.render(this.scene, this.eye);
    for (const tag of this.tags.values()) tag.hidden = true;
    for (const player of players) this.name(player, contender(player.port).name, width, height);
  }

  close() {
    this.scene.traverse((/** @type {any} */ it) => {
      it.geometry?.dispose();
      it.material?.dispose();
    });
    this.renderer.dispose();
    this.canvas.remove();
    this.names.remove();
  }

  /**
   * @private
   * @param {import('../client/melee.js').Player} player
   * @param {number} character
   */
  place(player, character) {
    let fighter = this.fighters.get(player.port);
    if (fighter?.character !== character) {
      fighter?.close();
      fighter = new SolidFighter(player.port, character);
      this.fighters.set(player.port, fighter);
      this.scene.add(fighter.root);
    }
    fighter.show(player);
  }

  /**
   * A name over who is seen; at the rim of the picture it stays whole.
   * @private
   * @param {import('../client/melee.js').Player} player
   * @param {string} name
   * @param {number} width
   * @param {number} height
   */
  name({ port, x, y }, name, width, height) {
    if (!this.fighters.get(port)?.root.visible) return;
    const tag = this.tags.get(port) ?? this.tag(port);
    tag.hidden = false;
    if (tag.textContent !== name) tag.textContent = name;
    this.spot.position.set(x, y + TAG_RISE, 0);
    const at = this.spot.position.project(this.eye);
    const left = Math.max(40, Math.min(width - 40, ((at.x + 1) / 2) * width));
    const top = Math.max(14, Math.min(height - 20, ((1 - at.y) / 2) * height));
    tag.style.setProperty('transform', `translate(${left.toFixed(1)}px, ${top.toFixed(1)}px) translate(-50%, -50%)`);
  }

  /**
   * @private
   * @param {number} port
   */
  tag(port) {
    const it = element('span', `port-${((port - 1) & 3) + 1}`);
    this.names.append(it);
    this.tags.set(port, it);
    return it;
  }

  /**
   * @private
   * @param {import('./stages.js').Shape} shape
   */
  build(shape) {
    this.shape = shape;
    const room = new Color(`hsl(${shape.hue}, 42%, 9%)`);
    this.scene.background = room;
    this.scene.fog = new Fog(room.getHex(), 260, 900);
    for (const part of [...this.stage.children]) {
      /** @type {any} */ (part).geometry.dispose();
      this.stage.remove(part);
    }
    const top = new MeshStandardMaterial({ color: `hsl(${shape.hue}, 60%, 58%)`, roughness: 0.55 });
    const rock = new MeshStandardMaterial({ color: `hsl(${shape.hue}, 26%, 30%)`, roughness: 0.9 });
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
   * @param {number} footroom what the plates cover
   */
  fit(width, height, footroom) {
    const size = `${width} ${height} ${footroom}`;
    if (size === this.size) return;
    this.size = size;
    this.renderer.setPixelRatio(Math.min(RATIO_MAX, globalThis.devicePixelRatio || 1));
    this.renderer.setSize(width, height, false);
    this.eye.aspect = width / Math.max(1, height);
    // The middle of what is seen is above the plates, as in the flat picture.
    this.eye.setViewOffset(width, height, 0, footroom / 2, width, height);
  }
}
