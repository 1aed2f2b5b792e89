/** Listeners by topic. Holds only topics that have listeners. */
export class ListenerMap<Message> {
  readonly #byTopic = new Map<string, Set<(message: Message) => void>>();

  /** @returns a function that removes the listener; true if it was the last one of the topic */
  add(topic: string, listener: (message: Message) => void): () => boolean {
    const listeners = this.#byTopic.get(topic) ?? new Set();
    this.#byTopic.set(topic, listeners.add(listener));
    return () => {
      if (!listeners.delete(listener) || listeners.size > 0) return false;
      return this.#byTopic.get(topic) === listeners && this.#byTopic.delete(topic);
    };
  }

  of(topic: string): Iterable<(message: Message) => void> {
    return this.#byTopic.get(topic) ?? [];
  }

  has(topic: string): boolean {
    return this.#byTopic.has(topic);
  }

  topics(): Iterable<string> {
    return this.#byTopic.keys();
  }

  clear(): void {
    this.#byTopic.clear();
  }
}
