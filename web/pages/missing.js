/** Owns the page of what is not there: it says which address that is. */

import { clip, need } from './text.js';

const PATH_MAX = 80;

need('lead').textContent = `There is no page at “${clip(location.pathname, PATH_MAX)}”. The address may be cut off, or what it named has moved.`;
