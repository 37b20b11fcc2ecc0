/**
 * Owns publishing one channel until it is ended: connects, resumes, sends what was not accepted.
 * Does not know transports (`transport.js`) nor which batch is next (`outbox.js`).
 * Invariant: one link at a time; what `push` took is sent until the relay has it or publishing
 * failed, which `done` then says.
 */
import { connect } from './transport.js';
export type Draft = import('./outbox.js').Draft;
export type Link = import('./transport.js').Link;
export type PublishOptions = {
    /**
     * where the relay answers over HTTP; the page's own origin if absent
     */
    server?: string | URL;
    channel: string;
    /**
     * a function is asked before each attempt
     */
    token?: string | (() => string | Promise<string>);
    /**
     * the payloads' format, such as `melee/1`, `json` or one of your own
     */
    schema: string;
    /**
     * JSON for late joiners: who plays, and where
     */
    meta?: unknown;
    /**
     * go on with the channel's present life; else a new one begins
     */
    resume?: boolean;
    /**
     * auto if absent
     */
    transport?: import('./transport.js').Choice;
    /**
     * where there is none, as in Node before 22: that of `ws`
     */
    WebSocket?: typeof WebSocket;
    /**
     * batches that may wait to be accepted; 256 if absent
     */
    waiting?: number;
    /**
     * how long the relay may be out of reach; 60 s if absent
     */
    patienceMs?: number;
};
export type Over = {
    kind: 'done' | 'left' | 'lost' | 'refused';
    code: number | null;
    reason: string;
};
/** Publishing is over and was not finished. */
export declare class PublishError extends Error {
    code: number | null;
    /**
     * @param {number | null} code of the refusal, or null if the relay was out of reach
     * @param {string} reason
     */
    constructor(code: number | null, reason: string);
}
/**
 * Publishes a channel; connects at once.
 * @param {PublishOptions} options
 */
export declare function publish(options: PublishOptions): Publisher;
export declare class Publisher {
    /** @private */
    private options;
    /** @private */
    private meta;
    /** @private */
    private home;
    /** @private */
    private server;
    /** @private */
    private dial;
    /** @private */
    private backoff;
    /** @private */
    private outbox;
    /** @private */
    private stopper;
    /** @private @type {Link | null} the one that was welcomed */
    private link;
    /** @private @type {'webtransport' | 'websocket' | null} of the newest link */
    private transport;
    /** @private @type {(() => void)[]} */
    private waiting;
    /** @private */
    private isEnded;
    /** @private the present session was welcomed */
    private wasGood;
    /** Resolves when the relay has everything and the end; rejects with a {@link PublishError}. */
    done: Promise<void>;
    /**
     * @param {PublishOptions} options
     * @param {{ connect?: typeof connect, random?: () => number }} seams for tests
     */
    constructor(options: PublishOptions, { connect: dial, random }?: {
        connect?: typeof connect;
        random?: () => number;
    });
    /** How far it has come: `held` is the highest number that the relay has, or -1. */
    get progress(): {
        epoch: import("./outbox.js").U64 | null;
        held: number;
        stored: number | null;
        sessions: number;
        renumbered: number;
        transport: "websocket" | "webtransport" | null;
    };
    /**
     * Takes a batch; waits while too many are not accepted yet. One after the other: await it.
     * @param {Draft} draft
     * @returns {Promise<number>} the batch's number, as long as the life does not change
     */
    push(draft: Draft): Promise<number>;
    /**
     * Ends the channel; resolves when the relay has everything.
     * @param {string} [reason] for viewers
     */
    end(reason?: string): Promise<void>;
    /** Stops without an end: the channel waits for who resumes it. */
    close(): void;
    /** @private */
    private get isOver();
    /** @private */
    private run;
    /**
     * One link, from the attempt to its end.
     * @private
     * @returns {Promise<Over>}
     */
    private session;
    /**
     * @private
     * @param {import('./messages.js').FromRelay} message
     * @param {Link | null} link
     * @param {{ leaveAt: number }} life
     * @returns {Over | null} if it is the session's last
     */
    private hear;
    /** @private gives the link whatever there is */
    private flush;
    /** @private lets those go on who wait for room */
    private release;
}
