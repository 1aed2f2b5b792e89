import type { AccountAnswer, ProviderAccount } from '../../swap/provider-account.js';
import { decodeBody } from './decode-body.js';
import type { PostResult } from './post-json.js';
import { findJson } from './read-json.js';
import { readStatus } from './read-status.js';

/** On the API's origin, whatever the base URL is. */
export const requestCountPath = '/api/v6/processing/request_count';
export const walletBalancePath = '/api/wallet_balance';

const maxLevels = 4;
const maxCount = 1_000_000;
const maxBalance = 1e12;
const wrappers = ['data', 'result', 'response', 'wallet', 'user'];

/** @param ask posts the API key to a path of the API's origin */
export function createProviderAccount(ask: (path: string) => Promise<PostResult>): ProviderAccount {
  return {
    processing: async () => readCount(await ask(requestCountPath)),
    balance: async () => readBalance(await ask(walletBalancePath)),
  };
}

function readCount(answer: PostResult): AccountAnswer {
  return read(answer, 'processing_count', (count) => Number.isInteger(count) && count <= maxCount);
}

function readBalance(answer: PostResult): AccountAnswer {
  return read(answer, 'balance', (balance) => balance <= maxBalance);
}

/** Reads a number under that name, at the top or in an envelope. Anything negative or implausible counts as no answer. */
function read(answer: PostResult, name: string, isPlausible: (value: number) => boolean): AccountAnswer {
  if (answer.kind === 'no-answer') return silent('no response');
  const { httpStatus, body } = answer;
  if (httpStatus < 200 || httpStatus >= 300) return silent(`status ${httpStatus}`);
  const found = findJson(
    decodeBody(body),
    (value) => find(value, name) !== undefined,
    (value) => (find(value, name) === undefined ? 0 : 1),
  );
  const field = found && find(found.value, name);
  if (field === undefined) return silent(`no ${name} in the response`);
  if (field === 'refused') return silent('an error in the response');
  const value = readNumber(field.value);
  const isUsable = value !== undefined && value >= 0 && isPlausible(value);
  return isUsable ? { kind: 'told', value } : silent(`no usable ${name} in the response`);
}

const silent = (reason: string): AccountAnswer => ({ kind: 'silent', reason });

function find(value: unknown, name: string, level = 0): { value: unknown } | 'refused' | undefined {
  const content: unknown = Array.isArray(value) ? value[0] : value;
  if (typeof content !== 'object' || content === null || level > maxLevels) return undefined;
  const fields = content as Record<string, unknown>;
  const status = Object.hasOwn(fields, 'status') ? readStatus(fields['status']) : 'unknown';
  if (status === 'error' || status === 'failed') return 'refused';
  if (Object.hasOwn(fields, name)) return { value: fields[name] };
  for (const wrapper of wrappers) {
    const inner = Object.hasOwn(fields, wrapper) ? find(fields[wrapper], name, level + 1) : undefined;
    if (inner !== undefined) return inner;
  }
  return undefined;
}

/** A number, also as text: `"3"`, `"$1,234.50"`, `"12.5 USD"`. */
function readNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || value.length > 50) return undefined;
  const [, digits] =
    /^[\s$€£]*((?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)\s*[A-Za-z$€£]{0,4}\s*$/.exec(value) ?? [];
  return digits === undefined ? undefined : Number(digits.replaceAll(',', ''));
}
