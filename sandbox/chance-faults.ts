/**
 * All random faults, with their effects. Each is drawn independently for each submission, fetch or webhook.
 * "Paid" means that the submission was accepted and goes on to a picture.
 */
export const chanceFaults = {
  // The submit call.
  successAtOnce: 'The submit answers `success`, once the picture is done, instead of `processing`.',
  submitSlow: 'The same, but not before `slowSubmitMs` have passed: a synchronous generation.',
  submitLate: 'The submit is paid and answered, but only after `lateSubmitMs`: later than clients wait.',
  successWithoutId: 'A `success` that answers the submit has no `id`.',
  unauthorized: 'Refused with 401 although the key is good.',
  insufficientCredits: 'Refused with 402.',
  forbidden: 'Refused with 403.',
  busy: "A burst of 429 starts here and lasts `busyBurst` submits: other programs fill the account's queue.",
  busyHeader: 'A 429 tells its pause in the `Retry-After` header, in seconds, and not in the body.',
  busyDate: 'A 429 tells its pause in the `Retry-After` header, as an HTTP date.',
  busyZero: 'A 429 has `retry_after` 0.',
  busyInWords: 'A full queue is told in words, as `status: error` with HTTP status 200.',
  cdnBefore: 'Nothing accepted: 521, 523, 525, 526 or 530, with `cf-ray` and `server: cloudflare`.',
  cdnAfter: 'Paid: 520, 522 or 524, with `cf-ray` and `server: cloudflare`.',
  cdnForged: 'Paid: 521, 523, 525, 526 or 530 without a sign that Cloudflare wrote it.',
  redirected: 'Nothing accepted: 301, 302, 307 or 308 to another host.',
  errorBefore: '500 or 503, and nothing was accepted.',
  resetBefore: 'Connection reset, and nothing was accepted.',
  hangBefore: 'No answer ever, and nothing was accepted.',
  errorAfter: '500 or 503 although the submission was accepted and paid.',
  resetAfter: 'Connection reset although the submission was accepted and paid.',
  hangAfter: 'No answer ever although the submission was accepted and paid.',
  echoRequest: "An error's message repeats the request, with the API key in it.",
  errorsAs200: 'Refusals come with HTTP status 200.',

  // The generation.
  imageUnfetchable:
    'An image counts as unreachable; `imageCheck` says whether the submit or the generation tells.',
  generationFailed: 'The generation ends as failed.',
  noFace: 'The generation ends as failed with "No face detected".',
  generationLate: 'The picture takes `lateGenerationMs`; until then it is `processing`.',
  reportLate:
    'The picture is finished in time, but for `lateReportMs` more no webhook comes and fetches get a 5xx.',

  // The bytes of an answer, to submit and fetch.
  bodyTruncated: 'The JSON of an answer stops half way.',
  bodyHtml: 'An answer is an HTML page with status 200.',
  bodySlow: 'An answer trickles in over `slowBodyMs`.',
  byteOrderMark: 'A byte order mark precedes the JSON.',
  phpWarning: 'A PHP warning precedes the JSON.',
  compressed: 'The answer is compressed with gzip, deflate or br, asked for or not.',
  contentTypeOdd: 'The JSON has content type text/html, text/plain or none; also of webhooks.',
  successAs5xx: 'A body of `success` or `processing` comes with HTTP status 500, 502 or 503.',

  // The JSON of an answer or a webhook.
  statusSynonym: '`status` is `queued`, `in_queue` or the like for processing, `completed` for success.',
  statusCase: '`status` is `Success`, `PROCESSING` or the like.',
  statusPadded: '`status` ends with a blank.',
  statusMissing: '`status` is missing.',
  wrappedInArray: 'The body is the only element of an array.',
  wrappedInData: 'The body is the field `data` of an object.',
  outputString: '`output` is a string instead of a list.',
  outputWithNull: '`output` and `proxy_links` have a null after the link.',
  outputObjects: '`output` and `proxy_links` are lists of objects with a `url`.',
  outputInProxyLinks: '`output` is empty; the link is in `proxy_links` only.',
  outputInFutureLinks: '`output` is empty; the link is in `future_links` only.',
  outputSchemeless: 'Links start with `//`.',
  outputLong: 'The link is between 3,000 and 8,000 characters long.',
  outputEmpty: '`success` without any picture.',
  errorWithOutput: 'A finished picture is told as `status: error` with its `output`.',
  foreignId: "Fetch or webhook: `id`, `track_id` and picture of somebody else's swap.",
  foreignTrackId: "Submit, fetch or webhook: `track_id` and picture of somebody else's swap.",
  metaCaptured:
    '`processing` has the `meta` seen in the wild: our webhook URL, ids as text, an `output` to come.',
  metaMissing: '`success` without `meta` and `generationTime`.',
  idAsString: '`id` is a string.',
  idDashed: 'The id is text like `abc123-def456`.',
  idUuid: 'The id is a UUID.',
  idHuge: 'The id is an integer above 2^53.',
  trackIdAsString: '`track_id` is a string.',
  messege: 'Errors carry `messege` instead of `message`.',
  failedAsError: 'A failed generation has status `error` instead of `failed`.',
  etaWrong: '`eta` is far off: between zero and a hundred times too long.',
  etaAbsent: '`eta` is missing.',
  etaPublished: '`eta` is 605, as in every published example.',
  etaFractional: '`eta` has decimal places.',

  // The fetch call.
  fetchError: 'A fetch answers 500 or 503.',
  fetchReset: "A fetch's connection is reset.",
  fetchHang: 'A fetch is never answered.',
  fetchStale: 'A fetch says `processing` although the swap is finished.',
  fetchPublished: 'A fetch answers as in the wild: no id and `output: ""` while processing, no `meta` later.',
  fetchMoved: '`fetch_result` names another path on the same origin, and the usual path is a 404.',
  fetchForeign: '`fetch_result` names another origin, which must never get the key.',
  fetchRefused: 'For `fetchTroubleMs` after the acceptance, fetches get a 4xx.',
  fetchBlank: 'For `fetchTroubleMs`, fetches get `{}`.',
  fetchNull: 'For `fetchTroubleMs`, fetches get `null`.',
  fetchStrange: 'For `fetchTroubleMs`, fetches get JSON of no known form.',
  fetchGenericError: 'For `fetchTroubleMs`, fetches get `status: error` with a message that says nothing.',

  // The webhook.
  webhookDropped: 'The webhook is never sent.',
  webhookDoubled: 'The webhook is sent `webhookCopies` times.',
  webhookDelayed: 'The webhook waits `webhookDelayMs`, so that later ones overtake it.',
  webhookEarly: 'The webhook comes, and is answered, before the submit gets its own answer.',
  webhookContradicted: 'After the true webhook another one claims the opposite.',
  webhookWithoutId: 'The webhook has no `id`.',
  webhookUnparsable: "The webhook's body is no JSON.",
} as const satisfies Record<string, string>;

export type ChanceFault = keyof typeof chanceFaults;

export const chanceFaultNames = Object.keys(chanceFaults) as ChanceFault[];
