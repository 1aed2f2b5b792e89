/**
 * The upper bound for pushes: sends the gateway's messages over ws, prepared except for the subscription's id, and does
 * nothing else. `POST /publish/{topic}` with the payloads of the snapshot or of the end in JSON.
 */
import { createServer } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import { notePublication } from '../instruments/probe.ts';
import { announce } from '../process/listen.ts';

interface Message {
  id: string;
  type: string;
  payload?: { variables?: { id: string } };
}

const topics = new Map<string, Map<WebSocket, string>>();
/** Payload of the first push, with `TOPIC` in place of the topic's id. */
let snapshot = '';

function publish(topic: string, payload: string): void {
  notePublication(topic);
  const subscribers = topics.get(topic);
  topics.delete(topic);
  for (const [socket, id] of subscribers ?? []) {
    socket.send(`{"id":"${id}","type":"next","payload":${payload}}`);
    socket.send(`{"id":"${id}","type":"complete"}`);
  }
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks).toString();
    const [, command, topic = ''] = (request.url ?? '').split('/');
    if (command === 'snapshot') snapshot = body;
    else if (command === 'publish') publish(topic, body);
    response.end('{"data":{}}');
  });
});

function leave(socket: WebSocket, topic: string): void {
  const subscribers = topics.get(topic);
  subscribers?.delete(socket);
  if (subscribers?.size === 0) topics.delete(topic);
}

const sockets = new WebSocketServer({ server, perMessageDeflate: false });
sockets.on('connection', (socket) => {
  let topic = '';
  socket.on('error', () => socket.terminate());
  socket.on('close', () => leave(socket, topic));
  socket.on('message', (data) => {
    const { id, type, payload } = JSON.parse(String(data)) as Message;
    if (type === 'connection_init') {
      socket.send('{"type":"connection_ack"}');
      return;
    }
    topic = payload?.variables?.id ?? '';
    const subscribers = topics.get(topic) ?? new Map<WebSocket, string>();
    topics.set(topic, subscribers.set(socket, id));
    socket.send(`{"id":"${id}","type":"next","payload":${snapshot.replace('TOPIC', topic)}}`);
  });
});
// Accept as many simultaneous connections as the system queues.
server.listen({ host: '127.0.0.1', port: 0, backlog: 65_535 }, () => announce(server));
