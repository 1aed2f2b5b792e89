import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

export interface DnsQuestion {
  name: string;
  type: 'A' | 'AAAA' | 'other';
}

export interface DnsServer {
  /** `127.0.0.1:port` */
  address: string;
  questions: DnsQuestion[];
  close(): void;
}

/**
 * A real DNS server on a free UDP port. `answer` returns addresses of the queried type, after any delay; undefined
 * never answers the query, and an empty list means that there are none.
 */
export async function serveDns(
  answer: (question: DnsQuestion) => readonly string[] | undefined | Promise<readonly string[] | undefined>,
): Promise<DnsServer> {
  const questions: DnsQuestion[] = [];
  const socket = createSocket('udp4');
  let isOpen = true;
  socket.on('message', async (message, sender) => {
    const { name, type, end } = readQuestion(message);
    questions.push({ name, type });
    const addresses = await answer({ name, type });
    if (addresses && isOpen)
      socket.send(writeAnswer(message, end, type, addresses), sender.port, sender.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${(socket.address() as AddressInfo).port}`,
    questions,
    close() {
      isOpen = false;
      socket.close();
    },
  };
}

const types: Record<number, DnsQuestion['type']> = { 1: 'A', 28: 'AAAA' };

function readQuestion(message: Buffer): DnsQuestion & { end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return {
    name: labels.join('.').toLowerCase(),
    type: types[message.readUInt16BE(at + 1)] ?? 'other',
    end: at + 5,
  };
}

function writeAnswer(
  message: Buffer,
  end: number,
  type: DnsQuestion['type'],
  addresses: readonly string[],
): Buffer {
  const head = Buffer.from(message.subarray(0, end));
  head.writeUInt16BE(0x8180, 2);
  head.writeUInt16BE(addresses.length, 6);
  head.writeUInt16BE(0, 8);
  head.writeUInt16BE(0, 10);
  const records = addresses.map((address) => {
    const data = type === 'A' ? Buffer.from(address.split('.').map(Number)) : ipv6Bytes(address);
    const record = Buffer.alloc(12);
    record.writeUInt16BE(0xc00c, 0);
    record.writeUInt16BE(type === 'A' ? 1 : 28, 2);
    record.writeUInt16BE(1, 4);
    record.writeUInt32BE(60, 6);
    record.writeUInt16BE(data.length, 10);
    return Buffer.concat([record, data]);
  });
  return Buffer.concat([head, ...records]);
}

/** @param address at most one `::`, and only hexadecimal groups */
function ipv6Bytes(address: string): Buffer {
  const [left = '', right] = address.split('::');
  const groups = (text: string | undefined): string[] => (text ? text.split(':') : []);
  const missing = 8 - groups(left).length - groups(right).length;
  const all = [...groups(left), ...Array<string>(missing).fill('0'), ...groups(right)];
  return Buffer.from(
    all.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]),
  );
}
