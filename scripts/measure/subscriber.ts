import { once } from 'node:events';
import { WebSocket } from 'ws';

const document = `subscription ($id: ID!) { swapUpdated(id: $id) { id status queuePosition output } }`;

/** A socket that subscribes and reports what it receives, with as little work as possible for the measured machine. */
export interface Subscriber {
  /** Resolves with the first state's text. Later ones go to `onNext`. */
  subscribe(swapId: string, onNext: (text: string) => void): Promise<string>;
  close(): void;
}

/** @param url of the gateway, http. @throws Error if the gateway rejects the socket */
export async function connectSubscriber(url: string): Promise<Subscriber> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
    perMessageDeflate: false,
  });
  await once(socket, 'open');
  const acknowledged = once(socket, 'message');
  socket.send('{"type":"connection_init"}');
  await acknowledged;

  const listeners = new Map<string, (text: string) => void>();
  socket.on('message', (data) => {
    const text = String(data);
    const [, id = ''] = /"id":"(\d+)"/.exec(text) ?? [];
    if (text.includes('"type":"next"')) listeners.get(id)?.(text);
  });
  let operations = 0;
  return {
    subscribe(swapId, onNext) {
      const id = String(++operations);
      return new Promise((resolve) => {
        listeners.set(id, (text) => {
          listeners.set(id, onNext);
          resolve(text);
        });
        socket.send(
          JSON.stringify({ id, type: 'subscribe', payload: { query: document, variables: { id: swapId } } }),
        );
      });
    },
    close: () => socket.terminate(),
  };
}
