/**
 * Owns reading `melee/1` payloads: what happened in a game, frame by frame.
 * Does not know sessions or batches; every payload is read on its own.
 * Invariant: takes bytes from strangers; what it makes is bounded by what it was given.
 */
export type Player = {
    port: number;
    /**
     * stage units, to the right
     */
    x: number;
    /**
     * stage units, upwards
     */
    y: number;
    actionState: number;
    actionFrame: number;
    /**
     * 1 right, -1 left
     */
    facing: number;
    percent: number;
    stocks: number;
    /**
     * health, null while it is down
     */
    shield: number | null;
    invincible: boolean;
    hitstun: boolean;
};
export type Frame = {
    number: number;
    players: Player[];
};
export type Fighter = {
    port: number;
    character: number;
    code: string;
    name: string | null;
};
export type Start = {
    type: 'Start';
    game: number;
    stage: number;
    score: number[];
    players: Fighter[];
};
export type Frames = {
    type: 'Frames';
    frames: Frame[];
};
export type GameEnd = {
    type: 'GameEnd';
    game: number;
    winnerPort: number;
    endMethod: string;
};
export type MatchEnd = {
    type: 'MatchEnd';
    winnerPort: number;
    finalScore: number[];
};
export type Record = Start | Frames | GameEnd | MatchEnd;
/**
 * @typedef {object} Player one fighter in one frame
 * @property {number} port
 * @property {number} x stage units, to the right
 * @property {number} y stage units, upwards
 * @property {number} actionState
 * @property {number} actionFrame
 * @property {number} facing 1 right, -1 left
 * @property {number} percent
 * @property {number} stocks
 * @property {number | null} shield health, null while it is down
 * @property {boolean} invincible
 * @property {boolean} hitstun
 */
/** @typedef {{ number: number, players: Player[] }} Frame */
/** @typedef {{ port: number, character: number, code: string, name: string | null }} Fighter */
/** @typedef {{ type: 'Start', game: number, stage: number, score: number[], players: Fighter[] }} Start */
/** @typedef {{ type: 'Frames', frames: Frame[] }} Frames */
/** @typedef {{ type: 'GameEnd', game: number, winnerPort: number, endMethod: string }} GameEnd */
/** @typedef {{ type: 'MatchEnd', winnerPort: number, finalScore: number[] }} MatchEnd */
/** @typedef {Start | Frames | GameEnd | MatchEnd} Record */
export declare const SCHEMA = "melee/1";
/**
 * What a payload says; throws {@link Malformed}.
 * @param {Uint8Array} payload
 * @returns {Record[]}
 */
export declare function decodeMelee(payload: Uint8Array): Record[];
