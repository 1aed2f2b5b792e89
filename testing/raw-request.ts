import { once } from 'node:events';
import { connect } from 'node:net';

export interface RawAnswer {
  status: number;
  /** Everything received, head and body. */
  text: string;
}

/** Sends bytes as they are, and reads until the gateway closes the connection or has sent a complete head, whichever `until` says. */
export async function sendRaw(
  url: string,
  bytes: string,
  until: 'closed' | 'head' = 'head',
): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname.replace(/^\[|\]$/g, ''));
  let text = '';
  const hasHead = new Promise<void>((resolve, reject) => {
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (text.includes('\r\n\r\n')) resolve();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve());
  });
  const closed = once(socket, 'close');
  socket.write(bytes);
  await (until === 'head' ? hasHead : closed);
  socket.destroy();
  const [, status] = /^HTTP\/1\.1 (\d{3})/.exec(text) ?? [];
  return { status: Number(status), text };
}
