/**
 * Owns writing `melee/1` payloads, for demos and tests; the mirror of `melee.js`.
 * Invariant: `decodeMelee(encodeMelee(records))` gives the records again, floats rounded to 32 bits.
 */
export type Record = import('./melee.js').Record;
export type Player = import('./melee.js').Player;
/**
 * @param {Record[]} records
 * @returns {Uint8Array}
 */
export declare function encodeMelee(records: Record[]): Uint8Array;
