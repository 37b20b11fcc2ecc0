/**
 * Makes `gateway-messages.js` of the tables in docs/gateway.md, which a test of the control plane
 * makes of the messages themselves. `node gateway-messages.js --write` renews it.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const DOCS = new URL('../../../docs/gateway.md', import.meta.url);
const FILE = new URL('../gateway-messages.js', import.meta.url);

/** What the tables name and describe elsewhere: /openapi.json. */
const PARTS = `/** @typedef {'accept' | 'decline'} Answer */
/** @typedef {{ typed: string, at_ms: number }} Key one key of a duel, and when it was typed, since the start */
/** @typedef {{ tournament_id: string, round: number, slot: number, state: 'called' | 'playing', you: string, opponent: string, until: number | null, match_id: string | null, queue_id: string | null }} OwnGame a game of a tournament, as one of its sides sees it */
/** @typedef {{ rating: number, waited_ms: number, hindrance: string | null }} Other another entry, as far as others may know it */
/** @typedef {{ connect_code: string | null, address: string | null, agent_id: number | null, rating: number, wins: number | null, avg_wpm: number | null }} Opponent */
/** @typedef {{ progress: number, wpm: number, accuracy: number, keys: number, wrong: number }} Stats */
/** @typedef {{ progress: number, wpm: number, accuracy: number }} SeenProgress as spectators see it: whole percents, words a minute in fives */
`;

const SIMPLE = { string: 'string', integer: 'number', number: 'number', object: 'Record<string, any>' };
/** Messages whose fields are those of something else, which the tables leave out. */
const OPEN = '[field: string]: any';

export const made = () => types(readFileSync(DOCS, 'utf8'));
export const committed = () => readFileSync(FILE, 'utf8');

/** @param {string} markdown */
function types(markdown) {
  const [asks, says] = ['## From the client', '## From the arena'].map((heading) => {
    const from = markdown.indexOf(heading);
    const to = markdown.indexOf('\n## ', from + 1);
    return markdown.slice(from, to < 0 ? markdown.indexOf('<!-- end of messages -->') : to).split('\n### ').slice(1).map(message);
  });
  return [
    '/**', ' * Owns the types of what is said on the gateway. Made of docs/gateway.md by',
    ' * `test/gateway-messages.js`: not to be changed by hand.', ' */', '', PARTS,
    map('Asks', 'What a client asks, by type.', asks), map('Says', 'What the arena says, by type.', says), 'export {};', '',
  ].join('\n');
}

/**
 * No stars before the fields: tsc would take them into the declarations, where nobody can read them.
 * @param {string} name
 * @param {string} about
 * @param {{ type: string, fields: string }[]} messages
 */
function map(name, about, messages) {
  return ['/**', ` * ${about}`, ' * @typedef {{', ...messages.map(({ type, fields }) => `     '${type}': ${fields},`), ` * }} ${name}`, ' */', ''].join('\n');
}

/** @param {string} section */
function message(section) {
  const type = /^`([^`]+)`/.exec(section)?.[1] ?? '';
  const fields = [...section.matchAll(/^\| `(\w+)` \| ([^|]+) \|/gm)].map(([, field, told]) => {
    const [kind, ...rest] = told.split(',').map((it) => it.trim());
    const list = /^list of (.+)$/.exec(kind)?.[1];
    const plain = SIMPLE[list ?? kind] ?? list ?? kind;
    const isOptional = rest.includes('optional');
    return `${field}${isOptional ? '?' : ''}: ${plain}${list ? '[]' : ''}${isOptional ? ' | null' : ''}`;
  });
  return { type, fields: `{ ${fields.length > 0 ? fields.join(', ') : OPEN} }` };
}

if (process.argv[1] === fileURLToPath(import.meta.url) && process.argv.includes('--write')) writeFileSync(FILE, made());
