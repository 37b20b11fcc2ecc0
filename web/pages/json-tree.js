/**
 * Owns showing JSON as a tree that opens and closes.
 * Invariant: bounded: so many nodes, so deep, so many letters; the rest is counted.
 */

import { clip, element } from './text.js';

const NODES_MAX = 400;
const DEPTH_MAX = 6;
const CHILDREN_MAX = 50;
const TEXT_MAX = 160;

/**
 * @param {unknown} value as it was parsed
 * @returns {HTMLElement}
 */
export function jsonTree(value) {
  const root = element('div', 'tree');
  root.append(node('', value, 0, { left: NODES_MAX }));
  return root;
}

/**
 * @param {string} name
 * @param {unknown} value
 * @param {number} depth
 * @param {{ left: number }} budget
 * @returns {HTMLElement}
 */
function node(name, value, depth, budget) {
  budget.left -= 1;
  const label = name === '' ? '' : `${clip(name, 60)}: `;
  if (value === null || typeof value !== 'object') {
    const leaf = element('div', 'leaf', label);
    leaf.append(element('span', typeof value === 'string' ? 'is-text' : 'is-value', typeof value === 'string' ? `“${clip(value, TEXT_MAX)}”` : String(value)));
    return leaf;
  }
  const entries = Object.entries(value);
  const branch = element('details');
  branch.open = depth < 2;
  branch.append(element('summary', '', `${label}${Array.isArray(value) ? `[${entries.length}]` : `{${entries.length}}`}`));
  if (depth >= DEPTH_MAX) return branch;
  let shown = 0;
  for (const [key, child] of entries) {
    if (budget.left <= 0 || shown >= CHILDREN_MAX) break;
    branch.append(node(key, child, depth + 1, budget));
    shown += 1;
  }
  if (shown < entries.length) branch.append(element('div', 'leaf soft', `… ${entries.length - shown} more`));
  return branch;
}
