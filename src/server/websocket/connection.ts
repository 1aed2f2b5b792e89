import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { GraphQLFormattedError } from 'graphql';
import { CloseCode, MessageType, parseMessage, type SubscribePayload } from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { GatewayContext } from '../../graphql/context.js';
import type { SharedPayloads } from '../../graphql/execution/shared-payloads.js';
import type { FaultReporter } from '../../lib/contain.js';
import { exceedsNesting } from '../../lib/json-nesting.js';
import { takeToken, tokenWaitMs } from '../../lib/rate-limiter.js';
import type { Principal } from '../../swap/principal.js';
import type { EndedSwap } from '../../swap/swap.js';
import { parentOf } from '../http/trace-operations.js';
import {
  Subscription,
  type SubscriptionFrames,
  type SubscriptionHost,
} from '../subscriptions/subscription.js';
import type { TimeSlicer } from '../subscriptions/time-slicer.js';
import { maxBufferedBytes, maxOperationIdLength, messageRate } from './limits.js';

export type SubscriptionFailure =
  | { type: MessageType.Error; payload: readonly GraphQLFormattedError[] }
  | { type: MessageType.Next; payload: { errors: readonly GraphQLFormattedError[] } };

/** Application callbacks of a connection. */
export interface ConnectionHandlers {
  readonly slicer: TimeSlicer;
  readonly report: FaultReporter;
  readonly payloads: SharedPayloads;
  /** Called when a finished swap was sent to a client that subscribed before it finished. */
  pushed(swap: EndedSwap): void;
  /** Authenticates the client. Undefined: rejected, or already disconnected. */
  connect(
    connection: Connection,
    parameters: Record<string, unknown> | undefined,
  ): Principal | undefined | Promise<Principal | undefined>;
  /** Starts a subscription. @returns the message for the client if it could not be started */
  subscribe(
    connection: Connection,
    subscription: Subscription,
    payload: SubscribePayload,
    context: GatewayContext,
  ): Promise<SubscriptionFailure | undefined>;
  /** The subscription ended or was never started. */
  unsubscribe(connection: Connection, subscription: Subscription): void;
  context(principal: Principal, requestId: string, address: () => string): GatewayContext;
  /** The close code and reason for a client whose key or token is no longer valid; undefined while it is. */
  recheck(principal: Principal): { code: number; reason: string } | undefined;
  /** The socket is closed. */
  disconnect(connection: Connection): void;
}

const frames: SubscriptionFrames = {
  next: (id, payload) => `{"id":${JSON.stringify(id)},"type":"next","payload":${payload}}`,
  complete: (id) => `{"id":${JSON.stringify(id)},"type":"complete"}`,
};

/**
 * The server side of one graphql-transport-ws connection, with the message types and close codes of graphql-ws. It replaces
 * graphql-ws's server, which keeps closures, a timer and the message for each subscription, executes each event once per
 * subscriber, and buffers without limit for slow readers.
 */
export class Connection implements SubscriptionHost {
  /** Identifies the connection in log lines; operations append their number. */
  readonly id = randomUUID();
  /** Set once `connection_init` has been accepted. */
  principal: Principal | undefined;
  readonly subscriptions = new Map<string, Subscription>();
  /** Time of the last ping, or of the handshake before the first one. */
  pingedAt = performance.now();
  isAlive = true;
  /** Received messages that have not been processed yet. */
  waitingMessages = 0;
  /** Bytes passed to the operating system as of the last check. */
  flushedBytes = 0;
  /** Since when buffered bytes have made no progress; 0 while none are buffered. */
  stalledSince = 0;
  /** One for all contexts of this connection. */
  /** The `traceparent` of the upgrade request. */
  readonly caller: string | undefined;
  readonly #readAddress = (): string => this.address;
  #isInitialized = false;
  #operationCount = 0;
  #messagesFullAt = 0;

  constructor(
    readonly socket: WebSocket,
    readonly stream: Socket,
    readonly address: string,
    /** The upgrade request; released once `connection_init` has been processed. */
    public request: IncomingMessage | undefined,
    readonly handlers: ConnectionHandlers,
  ) {
    this.caller = request && parentOf(request.headers);
  }

  get frames(): SubscriptionFrames {
    return frames;
  }

  get payloads(): SharedPayloads {
    return this.handlers.payloads;
  }

  pushed(swap: EndedSwap): void {
    this.handlers.pushed(swap);
  }

  get isInitialized(): boolean {
    return this.#isInitialized;
  }

  isOpen(): boolean {
    return this.socket.readyState === this.socket.OPEN;
  }

  close(code: number, reason: string): void {
    this.socket.close(code, closeReason(reason));
  }

  /** Handles one message as soon as the time slicer allows. Until then the socket is paused. */
  receive(data: string): void {
    if (!this.isOpen() || !this.countMessage()) return;
    this.waitingMessages += 1;
    const isDone = this.handlers.slicer.run(() => {
      this.waitingMessages -= 1;
      this.guard(() => this.#handle(data));
      if (this.socket.isPaused && this.waitingMessages === 0) this.socket.resume();
    });
    if (!isDone) this.socket.pause();
  }

  /** Runs a callback of this socket; an unexpected error closes only this socket. */
  guard(work: () => unknown): void {
    try {
      const outcome = work();
      if (outcome instanceof Promise) outcome.catch((error: unknown) => this.fail(error));
    } catch (error) {
      this.fail(error);
    }
  }

  /** Closes this socket after an unexpected error. Never throws. */
  fail(error: unknown): void {
    this.handlers.report('socket', error, { requestId: this.id });
    try {
      this.close(CloseCode.InternalServerError, 'Internal server error');
    } catch (another) {
      this.handlers.report('socket', another, { requestId: this.id });
      this.stream.destroy();
    }
  }

  #handle(data: string): void {
    if (!this.isOpen()) return;
    let message: ReturnType<typeof parseMessage>;
    try {
      if (exceedsNesting(data)) throw new Error('too many levels of nesting');
      message = parseMessage(data);
    } catch {
      this.close(CloseCode.BadRequest, 'Invalid message received');
      return;
    }
    switch (message.type) {
      case MessageType.ConnectionInit:
        this.guard(() => this.#init(message.payload));
        return;
      case MessageType.Ping:
        this.send(JSON.stringify({ type: MessageType.Pong, payload: message.payload }));
        return;
      case MessageType.Pong:
        return;
      case MessageType.Subscribe:
        this.guard(() => this.#subscribe(message.id, message.payload));
        return;
      case MessageType.Complete:
        this.subscriptions.get(message.id)?.cancel();
        return;
      default:
        this.close(CloseCode.BadRequest, 'Invalid message received');
    }
  }

  /** Counts a message against the rate limit. False: over the limit, and the socket is being closed. */
  countMessage(): boolean {
    const now = performance.now();
    this.#messagesFullAt = takeToken(messageRate, this.#messagesFullAt, now);
    if (tokenWaitMs(messageRate, this.#messagesFullAt, now) === 0) return true;
    this.close(1008, 'Too many messages');
    return false;
  }

  canSend(): boolean {
    return !this.stream.writableNeedDrain;
  }

  /** Total bytes written, including buffered ones. */
  sentBytes(): number {
    return this.stream.bytesWritten;
  }

  /** The socket is writable again. */
  flush(): void {
    for (const subscription of this.subscriptions.values()) subscription.onReadable();
  }

  send(...messages: string[]): void {
    if (!this.isOpen() || this.isFlooded()) return;
    this.stream.cork();
    for (const message of messages) this.socket.send(message);
    this.stream.uncork();
  }

  /** True over the buffer limit. Terminates the socket without a close frame, which the client would not read. */
  isFlooded(): boolean {
    if (this.socket.bufferedAmount <= maxBufferedBytes) return false;
    this.socket.terminate();
    return true;
  }

  context(requestNumber: number): GatewayContext {
    if (!this.principal) throw new Error('subscribed before the connection was acknowledged');
    return this.handlers.context(this.principal, `${this.id}.${requestNumber}`, this.#readAddress);
  }

  forget(subscription: Subscription): void {
    if (this.subscriptions.get(subscription.id) === subscription) this.subscriptions.delete(subscription.id);
    this.handlers.unsubscribe(this, subscription);
  }

  /** Cleans up after the socket has closed. */
  end(): void {
    for (const subscription of [...this.subscriptions.values()]) subscription.cancel();
    this.handlers.disconnect(this);
  }

  async #init(parameters: Record<string, unknown> | undefined): Promise<void> {
    if (this.#isInitialized) {
      this.close(CloseCode.TooManyInitialisationRequests, 'Too many initialisation requests');
      return;
    }
    this.#isInitialized = true;
    try {
      this.principal = await this.handlers.connect(this, parameters);
    } catch {
      this.close(CloseCode.InternalServerError, 'Internal server error');
      return;
    }
    this.request = undefined;
    if (this.principal) this.send('{"type":"connection_ack"}');
    else this.close(CloseCode.Forbidden, 'Forbidden');
  }

  async #subscribe(id: string, payload: SubscribePayload): Promise<void> {
    if (!this.principal) {
      this.close(CloseCode.Unauthorized, 'Unauthorized');
    } else if (this.subscriptions.has(id)) {
      this.close(CloseCode.SubscriberAlreadyExists, `Subscriber for ${id} already exists`);
    } else if (id.length > maxOperationIdLength) {
      this.close(CloseCode.BadRequest, 'Operation id is too long');
    } else {
      const number = ++this.#operationCount;
      const subscription = new Subscription(this, id, number);
      this.subscriptions.set(id, subscription);
      const failure = await this.handlers.subscribe(this, subscription, payload, this.context(number));
      if (!failure || subscription.isOver) return;
      subscription.cancel();
      this.send(JSON.stringify({ id, ...failure }));
      if (failure.type === MessageType.Next) this.send(JSON.stringify({ id, type: MessageType.Complete }));
    }
  }
}

/** Truncates a reason to the 123 bytes that a close frame can carry. */
export function closeReason(reason: string): string {
  return Buffer.from(reason).subarray(0, 123).toString().replace(/�$/, '');
}
