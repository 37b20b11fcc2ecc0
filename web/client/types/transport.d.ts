/**
 * Owns the seam between a session and the way its messages travel: two types and the choice.
 * Does not know what messages mean.
 * Invariant: `closed` is heard once, only after the link was handed out, and nothing after it.
 */
export type Ears = {
    /**
     * one whole message, on whichever stream it came
     */
    message: (message: Uint8Array) => void;
    /**
     * over, by the other side or the network
     */
    closed: (code: number, reason: string) => void;
};
export type Link = {
    transport: 'webtransport' | 'websocket';
    send: (message: Uint8Array) => void;
    /**
     * says nothing to the ears any more
     */
    close: () => void;
};
export type Choice = 'auto' | 'webtransport' | 'websocket';
/**
 * @param {URL} server
 * @param {Choice} choice
 * @param {Ears} ears
 * @param {AbortSignal} signal
 * @param {typeof WebSocket} [socketOf] where there is none to be found
 * @returns {Promise<Link>}
 */
export declare function connect(server: URL, choice: Choice, ears: Ears, signal: AbortSignal, socketOf?: typeof WebSocket): Promise<Link>;
