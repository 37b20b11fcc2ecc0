/**
 * Owns a conversation with the gateway for as long as it is wanted: who we are, what was asked, where
 * we were. Does not know games; the messages are typed in `gateway-messages.js`.
 * Invariant: at most one socket; a question gets one answer or one error, and is asked again on the
 * next socket by the same UUID, so the arena does it once.
 */
export type Asks = import('./gateway-messages.js').Asks;
export type Says = import('./gateway-messages.js').Says;
export type GatewayState = 'connecting' | 'open' | 'reconnecting' | 'closed';
export type GatewayOptions = {
    /**
     * the page's own origin if absent
     */
    server?: string | URL;
    /**
     * an access token or an API key; a function is asked whenever one is needed
     */
    token?: string | (() => string | Promise<string>);
    /**
     * an entry to speak for
     */
    queueId?: string;
    /**
     * the last number that was seen
     */
    after?: number;
    /**
     * where there is none, as in Node before 22: that of `ws`
     */
    WebSocket?: typeof WebSocket;
};
export type Message<K extends keyof Says> = {
    type: K;
    id: string;
    ts: number;
    number: number | null;
    data: Says[K];
};
export type Asked = {
    /**
     * what is sent
     */
    text: string;
    resolve: (message: Message<any>) => void;
    reject: (error: Error) => void;
    timer: ReturnType<typeof setTimeout>;
    /**
     * asked by this file for one socket, and in vain on the next
     */
    isOurs: boolean;
};
/** The arena has refused something, or will not answer any more. */
export declare class GatewayError extends Error {
    code: string;
    /**
     * @param {string} code a stable word, such as `not_found`; `closed` and `no_answer` are of here
     * @param {string} message what to do
     */
    constructor(code: string, message: string);
}
/**
 * Speaks with the gateway; connects at once.
 * @param {GatewayOptions} [options]
 */
export declare function gateway(options?: GatewayOptions): Gateway;
export declare class Gateway extends EventTarget {
    /** @type {GatewayState} */
    state: GatewayState;
    /** Why it was closed, once it was. @type {GatewayError | null} */
    reason: GatewayError | null;
    /** The last number of the log that was heard of. @type {number | null} */
    after: number | null;
    /** The entry that this socket speaks for, if it speaks for one. @type {string | null} */
    queueId: string | null;
    /** @private */
    private options;
    /** @private */
    private socketOf;
    /** @private */
    private uuid;
    /** @private */
    private now;
    /** @private */
    private backoff;
    /** @private */
    private stopper;
    /** @private @type {Map<string, Asked>} by id, in the order of asking */
    private asked;
    /** @private @type {Set<string>} matches that are watched, to be joined again */
    private watched;
    /** @private @type {WebSocket | null} the one that may be spoken on */
    private socket;
    /** @private tokens that were refused, one after the other */
    private turnedAway;
    /**
     * @param {GatewayOptions} options
     * @param {{ random?: () => number, uuid?: () => string, now?: () => number }} seams for tests
     */
    constructor(options: GatewayOptions, { random, uuid, now }?: {
        random?: () => number;
        uuid?: () => string;
        now?: () => number;
    });
    /**
     * Listens to what the arena says; returns the function that stops listening. `*` hears everything,
     * `state` how the connection is.
     * @template {keyof Says | '*' | 'state'} K
     * @param {K} type
     * @param {(message: K extends keyof Says ? Message<K> : K extends 'state' ? { state: GatewayState, reason: GatewayError | null } : Message<any>) => void} listener
     */
    on<K extends keyof Says | '*' | 'state'>(type: K, listener: (message: K extends keyof Says ? Message<K> : K extends 'state' ? {
        state: GatewayState;
        reason: GatewayError | null;
    } : Message<any>) => void): () => void;
    /**
     * Asks; resolves with the answer, rejects with a {@link GatewayError}.
     * @template {keyof Asks} K
     * @param {K} type
     * @param {Asks[K]} data
     * @returns {Promise<Message<any>>}
     */
    ask<K extends keyof Asks>(type: K, data: Asks[K]): Promise<Message<any>>;
    /** Stops for good. */
    close(): void;
    /**
     * @private
     * @param {string} type
     * @param {unknown} data
     * @param {boolean} isOurs
     * @returns {Promise<Message<any>>}
     */
    private put;
    /**
     * @private
     * @param {string} id
     * @param {Message<any> | GatewayError} answer
     */
    private settle;
    /** @private */
    private run;
    /**
     * One socket, from the attempt to its end.
     * @private
     */
    private session;
    /**
     * Says who we are, then asks again what has no answer.
     * @private
     * @param {WebSocket} socket
     */
    private greet;
    /**
     * @private
     * @param {WebSocket} socket
     * @param {any} message
     */
    private hear;
    /**
     * @private
     * @param {WebSocket} socket
     */
    private renew;
    /**
     * @private
     * @param {unknown} error
     * @param {WebSocket} socket
     */
    private refused;
    /**
     * @private
     * @param {number} code
     */
    private closed;
    /**
     * @private
     * @param {GatewayError} reason
     */
    private shut;
    /**
     * @private
     * @param {GatewayState} state
     */
    private become;
    /**
     * @private
     * @param {string} type
     * @param {unknown} detail
     */
    private emit;
}
