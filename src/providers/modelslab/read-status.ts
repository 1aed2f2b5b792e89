/** `unknown`: the status is missing, or its meaning is unknown. */
export type ModelsLabStatus = 'success' | 'processing' | 'failed' | 'error' | 'unknown';

const words: Record<Exclude<ModelsLabStatus, 'unknown'>, string> = {
  success:
    'success succeed succeeded successful successfully success_completed complete completed completed_successfully successfully_completed done all_done finished finished_successfully generated ok ready',
  processing:
    'processing process in_process queued queue queueing in_queue inqueue pending running in_progress inprogress started starting submitted accepted created generating rendering waiting working scheduled initializing loading',
  failed: 'failed failure fail',
  error: 'error errored err',
};
const statuses = new Map<string, ModelsLabStatus>(
  Object.entries(words).flatMap(([status, synonyms]) =>
    synonyms.split(' ').map((word) => [word, status as ModelsLabStatus] as const),
  ),
);

/** The meaning of a status word, ignoring case, whitespace and punctuation. */
export function readStatus(value: unknown): ModelsLabStatus {
  if (typeof value !== 'string') return 'unknown';
  const word = value
    .slice(0, 100)
    .toLowerCase()
    .trim()
    .replace(/[\s-]+/g, '_')
    .replace(/^\W+|\W+$/g, '');
  return statuses.get(word) ?? 'unknown';
}
