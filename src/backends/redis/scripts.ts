import { readFileSync } from 'node:fs';
import { type RedisScript, redisScript } from './connection.js';

const read = (name: string): string =>
  readFileSync(new URL(`./scripts/${name}.lua`, import.meta.url), 'utf8');

/** Prepends the folder's `prelude.lua`, which defines key names and shared functions. */
const load = (folder: string, name: string): RedisScript =>
  redisScript(`${read(`${folder}/prelude`)}\n${read(`${folder}/${name}`)}`);

/** Lua scripts of the queue, read once at start. Each file documents its arguments and reply. */
export const queueScripts = {
  reserve: load('queue', 'reserve'),
  release: load('queue', 'release'),
  add: load('queue', 'add'),
  count: load('queue', 'count'),
  withdraw: load('queue', 'withdraw'),
  positions: load('queue', 'positions'),
  next: load('queue', 'next'),
  pauses: load('queue', 'pauses'),
  pause: load('queue', 'pause'),
  resume: load('queue', 'resume'),
  heartbeat: load('queue', 'heartbeat'),
};

export const swapScripts = {
  create: load('swaps', 'create'),
  end: load('swaps', 'end'),
  erase: load('swaps', 'erase'),
  save: load('swaps', 'save'),
  link: load('swaps', 'link'),
  markEnded: load('swaps', 'mark-ended'),
  page: load('swaps', 'page'),
  candidates: load('swaps', 'candidates'),
  listMissing: load('swaps', 'list-missing'),
  signatures: load('swaps', 'signatures'),
  addConsent: load('swaps', 'add-consent'),
};

export const outboxScripts = {
  add: load('outbox', 'add'),
  take: load('outbox', 'take'),
  postpone: load('outbox', 'postpone'),
  remove: load('outbox', 'remove'),
  giveUp: load('outbox', 'give-up'),
  list: load('outbox', 'list'),
};

export const scheduleScripts = {
  add: load('schedule', 'add'),
  take: load('schedule', 'take'),
  postpone: load('schedule', 'postpone'),
  remove: load('schedule', 'remove'),
};
