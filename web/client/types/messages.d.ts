/**
 * Owns every message of the session protocol, version 1, as bytes and as objects.
 * Does not know transports, nor what a payload means.
 * Invariant: what `decode` accepts is canonical, so `encode` gives the same bytes again.
 */
export type U64 = import('./bincode.js').U64;
export type Delivery = 'Live' | 'Complete' | 'Latest' | 'Datagram';
export type Why = 'Lagged' | 'Expired' | 'Restarted';
export type Publish = {
    Publish: {
        schema: string;
        meta: Uint8Array;
        resume: boolean;
    };
};
export type Watch = {
    Watch: {
        after: U64 | null;
        delivery: Delivery;
    };
};
export type Hello = {
    type: 'Hello';
    version: number;
    channel: string;
    token: string | null;
    intent: Publish | Watch;
};
export type Batch = {
    type: 'Batch';
    seq: U64;
    capturedUs: U64;
    firstFrame: U64;
    frames: number;
    key: boolean;
    payload: Uint8Array;
};
export type ClientEnd = {
    type: 'End';
    reason: string;
};
export type StartFields = {
    epoch: U64;
    schema: string;
    meta: Uint8Array;
};
export type Start = {
    type: 'Start';
} & StartFields;
export type Welcome = {
    type: 'Welcome';
    subscription: number;
    epoch: U64;
    start: StartFields | null;
    oldestSeq: U64;
    nextSeq: U64;
    delayMs: number;
};
export type End = {
    type: 'End';
    lastSeq: U64 | null;
    reason: string;
};
export type Refused = {
    type: 'Refused';
    code: number;
    reason: string;
};
export type Accepted = {
    type: 'Accepted';
    held: U64;
    stored: U64 | null;
};
export type Gap = {
    type: 'Gap';
    from: U64;
    to: U64;
    why: Why;
};
export type GoAway = {
    type: 'GoAway';
    afterMs: number;
    url: string | null;
};
export type FromClient = Hello | Batch | ClientEnd;
export type FromRelay = Welcome | Batch | End | Refused | Accepted | Gap | GoAway | Start;
/** @typedef {import('./bincode.js').U64} U64 */
/** @typedef {'Live' | 'Complete' | 'Latest' | 'Datagram'} Delivery */
/** @typedef {'Lagged' | 'Expired' | 'Restarted'} Why */
/** @typedef {{ Publish: { schema: string, meta: Uint8Array, resume: boolean } }} Publish */
/** @typedef {{ Watch: { after: U64 | null, delivery: Delivery } }} Watch */
/** @typedef {{ type: 'Hello', version: number, channel: string, token: string | null, intent: Publish | Watch }} Hello */
/** @typedef {{ type: 'Batch', seq: U64, capturedUs: U64, firstFrame: U64, frames: number, key: boolean, payload: Uint8Array }} Batch */
/** @typedef {{ type: 'End', reason: string }} ClientEnd */
/** @typedef {{ epoch: U64, schema: string, meta: Uint8Array }} StartFields */
/** @typedef {{ type: 'Start' } & StartFields} Start */
/** @typedef {{ type: 'Welcome', subscription: number, epoch: U64, start: StartFields | null, oldestSeq: U64, nextSeq: U64, delayMs: number }} Welcome */
/** @typedef {{ type: 'End', lastSeq: U64 | null, reason: string }} End */
/** @typedef {{ type: 'Refused', code: number, reason: string }} Refused */
/** @typedef {{ type: 'Accepted', held: U64, stored: U64 | null }} Accepted */
/** @typedef {{ type: 'Gap', from: U64, to: U64, why: Why }} Gap */
/** @typedef {{ type: 'GoAway', afterMs: number, url: string | null }} GoAway */
/** @typedef {Hello | Batch | ClientEnd} FromClient */
/** @typedef {Welcome | Batch | End | Refused | Accepted | Gap | GoAway | Start} FromRelay */
export declare const VERSION = 1;
/** `after` of a viewer that wants everything that is held. */
export declare const FROM_THE_FIRST = 18446744073709551615n;
/** Bytes of a message, unless the relay is configured otherwise. */
export declare const MESSAGE_LEN_MAX: number;
/**
 * Reads one message from a relay; throws {@link Malformed}.
 * @param {Uint8Array} bytes without a length before them; the payload stays a view of them
 * @returns {FromRelay}
 */
export declare function decode(bytes: Uint8Array): FromRelay;
/**
 * Reads one message from a client; throws {@link Malformed}.
 * @param {Uint8Array} bytes
 * @returns {FromClient}
 */
export declare function decodeFromClient(bytes: Uint8Array): FromClient;
/**
 * Writes one message of a client.
 * @param {FromClient} message
 */
export declare function encode(message: FromClient): Uint8Array<ArrayBuffer>;
/**
 * Writes one message of a relay, for tests and stand-ins.
 * @param {FromRelay} message
 */
export declare function encodeFromRelay(message: FromRelay): Uint8Array<ArrayBuffer>;
