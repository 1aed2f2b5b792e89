export interface StreamedEvent {
  event: string;
  /** Undefined for an event without data. */
  data: { data?: Record<string, unknown> | null; errors?: StreamedError[] } | undefined;
}

export interface StreamedError {
  message: string;
  extensions?: { code?: string };
}

export interface OpenEventStream {
  response: Response;
  /** Everything received so far, pings included. */
  text(): string;
  events: AsyncGenerator<StreamedEvent>;
  /** Disconnects. */
  abort(): void;
}

/** Subscribes by `POST /graphql` with `Accept: text/event-stream`. */
export async function openEventStream(
  url: string,
  body: object | string,
  headers: Record<string, string> = {},
): Promise<OpenEventStream> {
  const leaving = new AbortController();
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    signal: leaving.signal,
  });
  let text = '';
  async function* read(): AsyncGenerator<StreamedEvent> {
    let done = 0;
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      text += Buffer.from(chunk).toString();
      for (let end = text.indexOf('\n\n', done); end >= 0; end = text.indexOf('\n\n', done)) {
        const lines = text.slice(done, end).split('\n');
        done = end + 2;
        const field = (name: string): string | undefined =>
          lines
            .find((line) => line.startsWith(`${name}:`))
            ?.slice(name.length + 1)
            .trim();
        const event = field('event');
        const data = field('data');
        if (event !== undefined)
          yield { event, data: data ? (JSON.parse(data) as StreamedEvent['data']) : undefined };
      }
    }
  }
  return { response, text: () => text, events: read(), abort: () => leaving.abort() };
}

/** All events until the stream ends. */
export async function readEvents(stream: OpenEventStream): Promise<StreamedEvent[]> {
  const events: StreamedEvent[] = [];
  for await (const event of stream.events) events.push(event);
  return events;
}
