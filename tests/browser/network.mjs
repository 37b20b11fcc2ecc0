/**
 * Owns a network between browsers and the arena that tests can break: it stands at the arena's ports
 * on another loopback address, so pages find the relay through it as they would directly.
 */

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** Start the arena with this as its name, so that it takes pages from there for its own. */
export const ADDRESS = '127.0.0.2';

export class Network {
  /** @param {import('./support.mjs').Arena} arena */
  static async before(arena) {
    const network = new Network();
    const [http, quic] = [arena.http, arena.quic].map((address) => Number(address.split(':').at(-1)));
    network.url = `http://${ADDRESS}:${http}`;
    network.upstream = { http, quic };
    /** @type {Set<import('node:net').Socket>} */
    network.sockets = new Set();
    /** By the client's port: what its packets go out by; null since it was cut off. @type {Map<number, import('node:dgram').Socket | null>} */
    network.flows = new Map();
    network.tcp = createServer((socket) => network.carry(socket)).listen(http, ADDRESS);
    network.udp = createSocket('udp4').on('message', (packet, from) => network.pass(packet, from)).bind(quic, ADDRESS);
    await Promise.all([once(network.tcp, 'listening'), once(network.udp, 'listening')]);
    return network;
  }

  /** Breaks every connection that there is. Over UDP nobody is told: its packets are lost from now on. */
  cut() {
    for (const socket of this.sockets) socket.resetAndDestroy();
    for (const [port, flow] of this.flows) {
      flow?.close();
      this.flows.set(port, null);
    }
  }

  stop() {
    this.cut();
    this.tcp.close();
    this.udp.close();
  }

  /** @private @param {import('node:net').Socket} socket */
  carry(socket) {
    const other = connect(this.upstream.http, '127.0.0.1');
    for (const [one, to] of [[socket, other], [other, socket]]) {
      this.sockets.add(one);
      one.setNoDelay(true);
      one.on('error', () => to.destroy()).on('close', () => {
        this.sockets.delete(one);
        to.destroy();
      }).pipe(to);
    }
  }

  /** @private @param {Buffer} packet @param {import('node:dgram').RemoteInfo} from */
  pass(packet, { address, port }) {
    const known = this.flows.get(port);
    if (known === null) return;
    known?.send(packet, this.upstream.quic, '127.0.0.1');
    if (known) return;
    const flow = createSocket('udp4').on('message', (answer) => {
      if (this.flows.get(port) === flow) this.udp.send(answer, port, address);
    });
    this.flows.set(port, flow);
    flow.send(packet, this.upstream.quic, '127.0.0.1');
  }
}
