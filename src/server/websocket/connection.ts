import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { GraphQLFormattedError } from 'graphql';
import { CloseCode, MessageType, parseMessage, type SubscribePayload } from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { GatewayContext, Principal } from '../../graphql/context.js';
import type { SharedPayloads } from '../../graphql/execution/shared-payloads.js';
import type { FaultReporter } from '../../lib/contain.js';
import { exceedsNesting } from '../../lib/json-nesting.js';
import { takeToken, tokenWaitMs } from '../../lib/rate-limiter.js';
import type { EndedSwap } from '../../swap/swap.js';
import { maxBufferedBytes, maxOperationIdLength, messageRate } from './limits.js';
import { Subscription, type SubscriptionHost } from './subscription.js';
import type { TimeSlicer } from './time-slicer.js';

export type SubscriptionFailure =
  | { type: MessageType.Error; payload: readonly GraphQLFormattedError[] }
  | { type: MessageType.Next; payload: { errors: readonly GraphQLFormattedError[] } };

/** What is asked of whom connects and subscribes. */
export interface ConnectionHandlers {
  readonly slicer: TimeSlicer;
  readonly report: FaultReporter;
  readonly payloads: SharedPayloads;
  /** Someone who had followed a swap was sent its end. */
  pushed(swap: EndedSwap): void;
  /** Who connects; undefined: may not, or is gone. */
  connect(
    session: Connection,
    parameters: Record<string, unknown> | undefined,
  ): Principal | undefined | Promise<Principal | undefined>;
  /** Starts a subscription. @returns what to tell the client when it did not begin */
  subscribe(
    session: Connection,
    subscription: Subscription,
    payload: SubscribePayload,
    context: GatewayContext,
  ): Promise<SubscriptionFailure | undefined>;
  /** The subscription is over, or never began. */
  unsubscribe(session: Connection, subscription: Subscription): void;
  context(principal: Principal, requestId: string): GatewayContext;
  /** The socket is closed. */
  disconnect(session: Connection): void;
}

/**
 * One socket that speaks graphql-transport-ws, by the codes and messages of graphql-ws. In the place of graphql-ws's own
 * server, which keeps closures, a timer and the message itself for each subscription, runs each event through graphql-js
 * for each subscriber, and lets what waits for a slow reader grow without end.
 */
export class Connection implements SubscriptionHost {
  /** Stands in the log, with the number of the operation. */
  readonly id = randomUUID();
  /** Set once the connection is acknowledged. */
  principal: Principal | undefined;
  readonly subscriptions = new Map<string, Subscription>();
  /** When it was opened, and when the last ping went out. */
  pingedAt = performance.now();
  isAnswered = true;
  /** Messages of the client's that came in and have not had their turn. */
  waitingMessages = 0;
  /** How many bytes had been taken when that was last looked at, and since when no more were; 0 when none wait. */
  takenBytes = 0;
  stalledSince = 0;
  #isInitialised = false;
  #operationCount = 0;
  #messagesFullAt = 0;

  constructor(
    readonly socket: WebSocket,
    readonly connection: Socket,
    readonly address: string,
    /** Of the handshake; let go when the connection is acknowledged. */
    public request: IncomingMessage | undefined,
    readonly rules: ConnectionHandlers,
  ) {}

  get payloads(): SharedPayloads {
    return this.rules.payloads;
  }

  pushed(swap: EndedSwap): void {
    this.rules.pushed(swap);
  }

  get isInitialised(): boolean {
    return this.#isInitialised;
  }

  isOpen(): boolean {
    return this.socket.readyState === this.socket.OPEN;
  }

  close(code: number, reason: string): void {
    this.socket.close(code, closeReason(reason));
  }

  /** Takes one message of the client's, when it is its turn. Until then no more are read. */
  receive(data: string): void {
    if (!this.isOpen() || !this.countMessage()) return;
    this.waitingMessages += 1;
    const isDone = this.rules.slicer.run(() => {
      this.waitingMessages -= 1;
      this.guard(() => this.#take(data));
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
    this.rules.report('socket', error, { requestId: this.id });
    try {
      this.close(CloseCode.InternalServerError, 'Internal server error');
    } catch (another) {
      this.rules.report('socket', another, { requestId: this.id });
      this.connection.destroy();
    }
  }

  #take(data: string): void {
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

  /** False once the socket has sent more messages than it may; it is closed then. */
  countMessage(): boolean {
    const now = performance.now();
    this.#messagesFullAt = takeToken(messageRate, this.#messagesFullAt, now);
    if (tokenWaitMs(messageRate, this.#messagesFullAt, now) === 0) return true;
    this.close(1008, 'Too many messages');
    return false;
  }

  canSend(): boolean {
    return !this.connection.writableNeedDrain;
  }

  /** All that was ever sent, taken or not. */
  sentBytes(): number {
    return this.connection.bytesWritten;
  }

  /** What waited to be taken was. */
  flush(): void {
    for (const subscription of this.subscriptions.values()) subscription.onReadable();
  }

  send(...messages: string[]): void {
    if (!this.isOpen() || this.isFlooded()) return;
    this.connection.cork();
    for (const message of messages) this.socket.send(message);
    this.connection.uncork();
  }

  /** A reader that lets this much pile up is gone or means harm, and is cut off without a word that it would not read. */
  isFlooded(): boolean {
    if (this.socket.bufferedAmount <= maxBufferedBytes) return false;
    this.socket.terminate();
    return true;
  }

  context(requestNumber: number): GatewayContext {
    if (!this.principal) throw new Error('a subscription came before the connection was acknowledged');
    return this.rules.context(this.principal, `${this.id}.${requestNumber}`);
  }

  forget(subscription: Subscription): void {
    if (this.subscriptions.get(subscription.id) === subscription) this.subscriptions.delete(subscription.id);
    this.rules.unsubscribe(this, subscription);
  }

  /** The socket is closed: ends everything that it asked for. */
  end(): void {
    for (const subscription of [...this.subscriptions.values()]) subscription.cancel();
    this.rules.disconnect(this);
  }

  async #init(parameters: Record<string, unknown> | undefined): Promise<void> {
    if (this.#isInitialised) {
      this.close(CloseCode.TooManyInitialisationRequests, 'Too many initialisation requests');
      return;
    }
    this.#isInitialised = true;
    try {
      this.principal = await this.rules.connect(this, parameters);
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
      const failure = await this.rules.subscribe(this, subscription, payload, this.context(number));
      if (!failure || subscription.isOver) return;
      subscription.cancel();
      this.send(JSON.stringify({ id, ...failure }));
      if (failure.type === MessageType.Next) this.send(JSON.stringify({ id, type: MessageType.Complete }));
    }
  }
}

/** A close frame has room for 123 bytes of reason. */
export function closeReason(reason: string): string {
  return Buffer.from(reason).subarray(0, 123).toString().replace(/�$/, '');
}
