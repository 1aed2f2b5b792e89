/**
 * All random faults, with their effects. Each is drawn independently for each submission, fetch or webhook. "Paid"
 * means that the submission was accepted and a picture will be generated.
 */
export const chanceFaults = {
  // The submit call.
  successAtOnce: 'The submit responds with `success`, once the picture is finished, instead of `processing`.',
  submitSlow: 'The same, but not before `slowSubmitMs` have passed: a synchronous generation.',
  submitLate: 'Paid, but the response arrives only after `lateSubmitMs`: later than clients wait.',
  successWithoutId: 'A `success` response to the submit has no `id`.',
  unauthorized: 'Rejected with 401 although the key is valid.',
  insufficientCredits: 'Rejected with 402.',
  forbidden: 'Rejected with 403.',
  busy: "A burst of 429 starts here and lasts for `busyBurst` submits: other programs fill the account's queue.",
  busyHeader: 'A 429 states its pause in the `Retry-After` header, in seconds, and not in the body.',
  busyDate: 'A 429 states its pause in the `Retry-After` header, as an HTTP date.',
  busyZero: 'A 429 has `retry_after` 0.',
  busyInWords: 'A full queue is reported in words, as `status: error` with HTTP status 200.',
  cdnBefore: 'Nothing accepted: 521, 523, 525, 526 or 530, with `cf-ray` and `server: cloudflare`.',
  cdnAfter: 'Paid: 520, 522 or 524, with `cf-ray` and `server: cloudflare`.',
  cdnForged: 'Paid: 521, 523, 525, 526 or 530 without evidence that Cloudflare wrote it.',
  redirected: 'Nothing accepted: 301, 302, 307 or 308 to another host.',
  errorBefore: '500 or 503, and nothing was accepted.',
  resetBefore: 'Connection reset, and nothing was accepted.',
  hangBefore: 'No response ever, and nothing was accepted.',
  errorAfter: '500 or 503 although the submission was accepted and paid.',
  resetAfter: 'Connection reset although the submission was accepted and paid.',
  hangAfter: 'No response ever although the submission was accepted and paid.',
  echoRequest: "An error's message repeats the request, with the API key in it.",
  errorsAs200: 'Rejections have HTTP status 200.',

  // The generation.
  imageUnfetchable:
    'An image counts as unreachable; `imageCheck` decides whether the submit or the generation reports it.',
  generationFailed: 'The generation ends as failed.',
  noFace: 'The generation ends as failed with "No face detected".',
  generationLate: 'The picture takes `lateGenerationMs`; until then it is `processing`.',
  reportLate:
    'The picture is finished in time, but for another `lateReportMs` no webhook is sent and fetches get a 5xx.',

  // The bytes of a response to submit or fetch.
  bodyTruncated: 'The JSON of a response is truncated halfway.',
  bodyHtml: 'The response is an HTML page with status 200.',
  bodySlow: 'The response trickles in over `slowBodyMs`.',
  byteOrderMark: 'A byte order mark precedes the JSON.',
  phpWarning: 'A PHP warning precedes the JSON.',
  compressed: 'The response is compressed with gzip, deflate or br, whatever `accept-encoding` says.',
  contentTypeOdd: 'The JSON has content type text/html, text/plain or none; applies to webhooks too.',
  successAs5xx: 'A `success` or `processing` body has HTTP status 500, 502 or 503.',

  // The JSON of a response or a webhook.
  statusSynonym: '`status` is `queued`, `in_queue` or similar for processing, `completed` for success.',
  statusCase: '`status` is `Success`, `PROCESSING` or similar.',
  statusPadded: '`status` ends with a space.',
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
  errorWithOutput: 'A finished picture is reported as `status: error` with its `output`.',
  foreignId: "Fetch or webhook: `id`, `track_id` and picture of another account's swap.",
  foreignTrackId: "Submit, fetch or webhook: `track_id` and picture of another account's swap.",
  metaCaptured:
    '`processing` has the `meta` seen in production: our webhook URL, ids as text, a future `output`.',
  metaMissing: '`success` without `meta` and `generationTime`.',
  idAsString: '`id` is a string.',
  idDashed: 'The id is a string like `abc123-def456`.',
  idUuid: 'The id is a UUID.',
  idHuge: 'The id is an integer above 2^53.',
  trackIdAsString: '`track_id` is a string.',
  messege: 'Errors carry `messege` instead of `message`.',
  failedAsError: 'A failed generation has status `error` instead of `failed`.',
  etaWrong: '`eta` is far off: anything from zero to a hundred times too long.',
  etaAbsent: '`eta` is missing.',
  etaPublished: '`eta` is 605, as in every published example.',
  etaFractional: '`eta` has decimal places.',

  // The fetch call.
  fetchError: 'A fetch responds with 500 or 503.',
  fetchReset: "A fetch's connection is reset.",
  fetchHang: 'A fetch never gets a response.',
  fetchStale: 'A fetch says `processing` although the swap is finished.',
  fetchPublished:
    'A fetch responds as in production: no id and `output: ""` while processing, no `meta` later.',
  fetchMoved: '`fetch_result` names another path on the same origin, and the default path is a 404.',
  fetchForeign: '`fetch_result` names another origin, which must never get the key.',
  fetchRefused: 'For `fetchTroubleMs` after acceptance, fetches get a 4xx.',
  fetchBlank: 'For `fetchTroubleMs`, fetches get `{}`.',
  fetchNull: 'For `fetchTroubleMs`, fetches get `null`.',
  fetchStrange: 'For `fetchTroubleMs`, fetches get JSON of an unknown form.',
  fetchGenericError: 'For `fetchTroubleMs`, fetches get `status: error` with a meaningless message.',

  // The finished picture.
  pictureError: 'A read of a finished picture gets 500 or 503.',
  pictureMissing: 'A read of a finished picture gets 404, as if it were not there yet.',
  pictureReset: 'A read of a finished picture is reset halfway.',
  pictureSlow: 'A finished picture trickles in over `slowBodyMs`.',
  pictureTruncated: 'A finished picture is truncated halfway, in a response that is complete.',
  pictureReplaced:
    'A read of a finished picture gets an HTML page with status 200 and content type image/jpeg.',

  // The deletion of a picture.
  deleteError: 'A deletion responds with 500 or 503.',
  deleteReset: "A deletion's connection is reset.",
  deleteMissing: 'A deletion gets a 404, as if the endpoint did not exist.',
  deleteRefused: 'A deletion gets a 403: the plan does not include it.',

  // The webhook.
  webhookDropped: 'The webhook is never sent.',
  webhookDoubled: 'The webhook is sent `webhookCopies` times.',
  webhookDelayed: 'The webhook is delayed by `webhookDelayMs`, so that later ones overtake it.',
  webhookEarly: 'The webhook is sent, and gets a response, before the submit gets its own.',
  webhookContradicted: 'After the true webhook, another one claims the opposite.',
  webhookWithoutId: 'The webhook has no `id`.',
  webhookUnparsable: "The webhook's body is not JSON.",
} as const satisfies Record<string, string>;

export type ChanceFault = keyof typeof chanceFaults;

export const chanceFaultNames = Object.keys(chanceFaults) as ChanceFault[];
