/**
 * Owns a publisher's batches on their way: numbered, sent, accepted. Pure: no clock, no socket.
 * Invariant: numbers rise by one, a batch is kept until the relay has it, and there are never more
 * than the limits allow.
 */
export type Batch = import('./messages.js').Batch;
export type U64 = import('./messages.js').U64;
export type Draft = {
    /**
     * what it carries; not empty. It is not copied: leave it alone
     */
    payload: Uint8Array;
    /**
     * whether a late joiner can start here; true if absent
     */
    key?: boolean;
    /**
     * 0 if absent
     */
    firstFrame?: number;
    /**
     * how many it holds; 1 if absent
     */
    frames?: number;
    /**
     * Unix microseconds; now if absent
     */
    capturedUs?: number;
};
export type Progress = {
    epoch: U64 | null;
    held: number;
    stored: number | null;
    sessions: number;
    renumbered: number;
};
export declare class Outbox {
    /** @private */
    private lenMax;
    /** @private @type {Batch[]} */
    private queue;
    /** @private */
    private bytes;
    /** @private the number of the queue's first batch */
    private first;
    /** @private how many of the queue the present session was given */
    private sent;
    /** @private @type {string | null} why the channel is to end, once it is */
    private reason;
    /** @private */
    private endSent;
    /** @type {Progress} `held` is -1 before the first */
    progress: Progress;
    /** @param {number} lenMax batches that may wait */
    constructor(lenMax: number);
    /** Whether the next batch has to wait. */
    get isFull(): boolean;
    /** Whether the end was sent and the relay holds everything before it. */
    get isDone(): boolean;
    /**
     * Takes a batch; its number is the answer.
     * @param {Draft} draft
     * @param {number} nowUs
     */
    push({ payload, key, firstFrame, frames, capturedUs }: Draft, nowUs: number): number;
    /**
     * Nothing more comes.
     * @param {string} reason
     */
    end(reason: string): void;
    /**
     * What the present session is given next, or null.
     * @returns {import('./messages.js').FromClient | null}
     */
    next(): import('./messages.js').FromClient | null;
    /**
     * The relay has these. Batches of a recorded channel are kept until they are on disk.
     * @param {number} held
     * @param {number | null} stored
     */
    accepted(held: number, stored: number | null): void;
    /**
     * A session begins, and the relay expects this number.
     * @param {U64} epoch
     * @param {number} nextSeq
     */
    welcome(epoch: U64, nextSeq: number): void;
    /**
     * @private
     * @param {number} below
     */
    private release;
}
