/** What the pages use of three.js; the rest is left out. */

export {
  AmbientLight, BoxGeometry, CapsuleGeometry, Color, CylinderGeometry, DirectionalLight, Fog, Group, Mesh,
  MeshStandardMaterial, PerspectiveCamera, Scene, SphereGeometry, WebGLRenderer,
} from 'three';
