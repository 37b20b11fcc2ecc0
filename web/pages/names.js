/** Owns the tables that people read: games, characters by internal id, stages by id, ports' colours. */

/** @type {Readonly<Record<number, string>>} */
export const CHARACTERS = {
  0: 'Mario', 1: 'Fox', 2: 'Captain Falcon', 3: 'Donkey Kong', 4: 'Kirby', 5: 'Bowser', 6: 'Link',
  7: 'Sheik', 8: 'Ness', 9: 'Peach', 10: 'Popo', 11: 'Nana', 12: 'Pikachu', 13: 'Samus', 14: 'Yoshi',
  15: 'Jigglypuff', 16: 'Mewtwo', 17: 'Luigi', 18: 'Marth', 19: 'Zelda', 20: 'Young Link',
  21: 'Dr. Mario', 22: 'Falco', 23: 'Pichu', 24: 'Game & Watch', 25: 'Ganondorf', 26: 'Roy',
};

/** @type {Readonly<Record<number, string>>} */
export const STAGES = {
  6: 'Yoshi’s Story', 8: 'Fountain of Dreams', 18: 'Pokémon Stadium', 24: 'Battlefield',
  25: 'Final Destination', 26: 'Dream Land',
};

/** By queue, and by what stands before the slash of a schema. @type {Readonly<Record<string, string>>} */
export const GAMES = {
  melee: 'Melee', code_duel: 'Code Duel', duel: 'Code Duel', proxy_war: 'Proxy War', bounty_hunt: 'Bounty Hunt', json: 'Data',
};

const PORTS = ['#ff5d62', '#3fb8ff', '#ffc247', '#57e39a'];

/** @param {number} port from 1 */
export function portColour(port) {
  return PORTS[(((port - 1) % 4) + 4) % 4];
}
