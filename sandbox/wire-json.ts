/** A number serialized digit for digit, unlike a `number` above 2^53. */
export class RawNumber {
  constructor(readonly digits: string) {}

  toJSON(): string {
    return `${rawMark}${this.digits}${rawMark}`;
  }
}

const rawMark = '\uE000';
const rawNumbers = new RegExp(`"${rawMark}(\\d+)${rawMark}"`, 'g');

/** Serializes a body; ids may be larger than a `number` can hold. */
export function toJson(body: unknown): string {
  return JSON.stringify(body).replace(rawNumbers, '$1');
}
