/**
 * Owns watching one channel for as long as it is wanted: connects, resumes, waits, gives up.
 * Does not know transports (`transport.js`) nor what messages mean (`subscription.js`).
 * Invariant: at most one link at a time, at most one attempt under way, and every wait is bounded
 * and jittered; `close` ends them all.
 */
import { connect } from './transport.js';
export type U64 = import('./messages.js').U64;
export type Batch = import('./subscription.js').Batch;
export type Gap = import('./subscription.js').Gap;
export type Start = import('./subscription.js').Start;
export type Link = import('./transport.js').Link;
export type State = 'connecting' | 'waiting' | 'live' | 'reconnecting' | 'ended' | 'refused' | 'closed';
export type Options = {
    /**
     * where the relay answers over HTTP; the page's own origin if absent
     */
    server?: string | URL;
    channel: string;
    /**
     * a function is asked before each attempt
     */
    token?: string | (() => string | undefined | Promise<string | undefined>);
    /**
     * Live if absent
     */
    delivery?: import('./messages.js').Delivery;
    /**
     * continue behind this batch; FROM_THE_FIRST: everything that is held
     */
    after?: U64 | null;
    /**
     * auto if absent
     */
    transport?: import('./transport.js').Choice;
    /**
     * where there is none, as in Node before 22: that of `ws`
     */
    WebSocket?: typeof WebSocket;
    /**
     * after an end, wait for the channel's next life; true if absent
     */
    follow?: boolean;
};
export type Events = {
    /**
     * in order, each once
     */
    batch: Batch;
    /**
     * batches that will not come
     */
    gap: Gap;
    /**
     * a life of the channel: what its batches are
     */
    start: Start;
    /**
     * that life is over
     */
    end: {
        lastSeq: number | null;
        reason: string;
    };
    state: {
        state: State;
        code: number | null;
        reason: string;
    };
};
export type Over = {
    kind: 'lost' | 'refused' | 'ended' | 'moved' | 'otherLife';
    code: number | null;
    reason: string;
};
/**
 * Watches a channel; connects at once.
 * @param {Options} options
 */
export declare function watch(options: Options): Watch;
export declare class Watch extends EventTarget {
    /** @type {State} */
    state: State;
    /** @private */
    private options;
    /** @private */
    private home;
    /** @private */
    private server;
    /** @private */
    private dial;
    /** @private */
    private random;
    /** @private */
    private backoff;
    /** @private */
    private stopper;
    /** @private @type {{ epoch: number | null, after: U64 | null }} */
    private place;
    /** @private */
    private hasEnded;
    /** @private */
    private silenceMs;
    /** @private */
    private grudgeUntil;
    /** @private */
    private latency;
    /** @private */
    private counts;
    /** @private @type {'webtransport' | 'websocket' | null} */
    private transport;
    /** @private */
    private delayMs;
    /**
     * @param {Options} options
     * @param {{ connect?: typeof connect, random?: () => number }} seams for tests
     */
    constructor(options: Options, { connect: dial, random }?: {
        connect?: typeof connect;
        random?: () => number;
    });
    /**
     * Listens; returns the function that stops listening.
     * @template {keyof Events} K
     * @param {K} type
     * @param {(detail: Events[K]) => void} listener
     */
    on<K extends keyof Events>(type: K, listener: (detail: Events[K]) => void): () => void;
    /** Numbers since the beginning; `latencyMs` is null before the first batch. */
    stats(): {
        state: State;
        transport: "websocket" | "webtransport" | null;
        epoch: number | null;
        batches: number;
        bytes: number;
        gaps: number;
        missing: number;
        lastSeq: number | null;
        reconnects: number;
        delayMs: number;
        latencyMs: number | null;
        latencyIsRelative: boolean;
    };
    /** Stops for good. */
    close(): void;
    /** @private */
    private run;
    /**
     * What the end of a session leads to: a wait in milliseconds, or null for no other session.
     * @private
     * @param {Over} over
     */
    private decide;
    /**
     * One link, from the attempt to its end.
     * @private
     * @returns {Promise<Over>}
     */
    private session;
    /**
     * @private
     * @param {import('./subscription.js').Outcome} outcome
     * @param {Subscription} subscription
     * @param {{ leaveAt: number, carried: boolean }} life
     * @returns {Over | null} if it is the session's last
     */
    private outcome;
    /**
     * @private
     * @param {Start} start
     */
    private begin;
    /**
     * @private
     * @param {State} state
     * @param {number | null} code
     * @param {string} reason
     */
    private become;
    /**
     * @private
     * @template {keyof Events} K
     * @param {K} type
     * @param {Events[K]} detail
     */
    private emit;
}
