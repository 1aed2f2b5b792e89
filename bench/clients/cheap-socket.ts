import { connect, type Socket } from 'node:net';

export interface CheapSocketEvents {
  open(): void;
  /** A text message arrived. */
  message(text: string): void;
  /** The connection has closed, whichever side closed it. */
  close(): void;
}

/** A lightweight WebSocket, so that thousands in one process do not distort the measurement. */
export interface CheapSocket {
  send(text: string): void;
  /** Drops the connection, as when the network is lost. */
  drop(): void;
}

const opcodes = { text: 1, close: 8, ping: 9, pong: 10 };

/** Implements as much of RFC 6455 as servers need: no fragments, no extensions, and an all-zero mask, which changes nothing. */
export function openCheapSocket(url: string, protocol: string, events: CheapSocketEvents): CheapSocket {
  const { hostname, port, pathname } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  let pending: Buffer<ArrayBufferLike> = Buffer.alloc(0);
  let isOpen = false;

  const send = (opcode: number, payload: Buffer): void => {
    if (!socket.writable) return;
    const isShort = payload.length < 126;
    const head = Buffer.alloc((isShort ? 2 : 4) + 4);
    head[0] = 0x80 | opcode;
    head[1] = 0x80 | (isShort ? payload.length : 126);
    if (!isShort) head.writeUInt16BE(payload.length, 2);
    socket.write(Buffer.concat([head, payload]));
  };

  const readFrame = (opcode: number, payload: Buffer): void => {
    if (opcode === opcodes.text) events.message(payload.toString());
    else if (opcode === opcodes.ping) send(opcodes.pong, payload);
    else if (opcode === opcodes.close) socket.end();
    else if (opcode !== opcodes.pong) throw new Error(`unexpected frame ${opcode}`);
  };

  const read = (): void => {
    for (;;) {
      if (pending.length < 2) return;
      const [first = 0, short = 0] = pending;
      if (short > 126) throw new Error('a message over 64 KiB');
      const headLength = short === 126 ? 4 : 2;
      if (pending.length < headLength) return;
      const end = headLength + (short === 126 ? pending.readUInt16BE(2) : short);
      if (pending.length < end) return;
      const payload = pending.subarray(headLength, end);
      pending = pending.subarray(end);
      readFrame(first & 0x0f, payload);
    }
  };

  const readHandshake = (): boolean => {
    const end = pending.indexOf('\r\n\r\n');
    if (end === -1) return false;
    if (!pending.toString('latin1', 0, end).startsWith('HTTP/1.1 101')) {
      socket.destroy();
      return false;
    }
    pending = pending.subarray(end + 4);
    isOpen = true;
    events.open();
    return true;
  };

  socket.on('connect', () => socket.write(handshake(url, pathname, protocol)));
  socket.on('data', (chunk) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    if (isOpen || readHandshake()) read();
  });
  socket.on('error', () => socket.destroy());
  socket.once('close', () => events.close());
  return {
    send: (text) => send(opcodes.text, Buffer.from(text)),
    drop: () => reset(socket),
  };
}

function reset(socket: Socket): void {
  socket.resetAndDestroy();
}

function handshake(url: string, path: string, protocol: string): string {
  return [
    `GET ${path} HTTP/1.1`,
    `Host: ${new URL(url).host}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Protocol: ${protocol}`,
    '\r\n',
  ].join('\r\n');
}
