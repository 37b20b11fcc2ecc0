/* What the pages use is checked where it is used; three.js itself brings no types. */
export const AmbientLight: any, BoxGeometry: any, CapsuleGeometry: any, Color: any, CylinderGeometry: any, DirectionalLight: any;
export const Fog: any, Group: any, Mesh: any, MeshStandardMaterial: any, PerspectiveCamera: any, Scene: any, SphereGeometry: any, WebGLRenderer: any;
