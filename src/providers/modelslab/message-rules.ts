/**
 * The meaning of ModelsLab's messages: a table in which the first matching pattern wins.
 *
 * Patterns are matched against the message in lower case, with spaces for underscores and without URLs and file names,
 * which come from the client: `premium_photo.jpg` is not about the plan.
 */

import { redactUrls } from '../../lib/redact-urls.js';
import { failure, upstreamAccount, upstreamBusy, upstreamFailed } from '../../swap/failures.js';
import type { SwapFailure } from '../../swap/swap.js';

/**
 * `rate`: over a limit; the request was not accepted. `input`: about the client's own pictures, permanent. `account`:
 * key or plan. `credits`: the account has none left; the request was not accepted. `request`: a field of the request is wrong; on a fetch that is not about the swap. `progress`:
 * not finished yet. `busy`: ModelsLab asks to retry. `generation`: this swap failed. `server`: an error inside
 * ModelsLab, so the outcome is uncertain. `unclear`: none of these.
 */
export type MessageKind =
  | 'rate'
  | 'input'
  | 'account'
  | 'credits'
  | 'request'
  | 'progress'
  | 'busy'
  | 'generation'
  | 'server'
  | 'unclear';

interface MessageRule {
  kind: MessageKind;
  pattern: RegExp;
  /** For `input` and `request`: the code, and advice for the client. */
  code?: 'IMAGE_UNREADABLE' | 'NO_FACE_FOUND' | 'REJECTED';
  advice?: string;
}

const image = String.raw`\b(?:images?|imgs?|photos?|pictures?|base64)\b`;
const cannot = `(?:un ?able|could ?n[o']?t|can ?not|can'?t|fail(?:ed|ure|s)?|error|problem|not possible|impossible)`;
const read = String.raw`(?:download|fetch|load|read|open|access|decod|identif|retriev|get|reach|process the provided|validat|pars)\w*`;
const largest = String.raw`(?:too (?:large|big|high)|exceed\w*|larger than|bigger than|over the limit|maximum|max\b|(?:must|should|has to) be (?:less|smaller|under|below))`;
const measure = String.raw`(?:size|dimensions?|resolution|width|height|pixels?|megapixels?|mb\b)`;

const fetchAdvice =
  'ModelsLab could not read one of the images. Use a public https URL that opens without a login and returns the picture itself (JPEG, PNG or WebP).';
const formatAdvice =
  'ModelsLab does not support the format of one of the images. Use a JPEG, PNG or WebP picture.';
const sizeAdvice = 'One of the images is too large or too small for ModelsLab. Resize it.';
const dimensionAdvice = 'The dimensions of one of the images do not suit ModelsLab. Resize it.';
const noFaceAdvice =
  'ModelsLab found no face to work with. Use pictures in which each face is large, sharp and seen from the front.';
const faceCountAdvice =
  'ModelsLab found more than one face. Use pictures with one face, or crop to the face you mean.';
const contentAdvice = "ModelsLab's content filter rejected one of the images. Use another picture.";
const requestAdvice = 'ModelsLab rejected the request. Correct the field that its message names.';

const rules: MessageRule[] = [
  {
    kind: 'account',
    pattern:
      /(?:daily|monthly|weekly|total|free|trial).{0,30}(?:limit|quota)|(?:limit|quota).{0,30}(?:per|for|of) (?:the|this|your) (?:day|month|week|trial)|quota (?:is )?(?:exceeded|exhausted|reached)|exceeded your (?:current )?quota/,
  },
  {
    kind: 'rate',
    pattern:
      /rate.?limit|too many (?:concurrent |simultaneous |pending |queued |active )?(?:requests|calls|jobs|tasks|attempts)|queued requests|queue (?:is |limit |size )?(?:currently )?(?:full|exceeded|reached)|(?:full|maximum|exceeded|limit).{0,20}\bqueue|requests? at (?:a|the same|one|any) time|(?:concurrent|simultaneous|parallel|pending) (?:requests?|jobs?|generations?|calls?)|requests? per (?:second|minute|hour)|throttl|slow down|request limit/,
  },
  {
    kind: 'progress',
    pattern:
      /^(?!.*\b(?:fail\w*|errors?|invalid|unable|could ?n[o']?t|can ?not|models?|servers?)\b).*(?:\bnot (?:yet )?(?:ready|finished|completed?|done|generated|processed)\b|\bstill (?:processing|running|working|generating|loading|queued|pending|in|being)\b|\b(?:being|currently) (?:processed|generated|queued)\b|\b(?:request|job|task|generation|image)\b.{0,20}\bqueued\b|\bin (?:the |our )?(?:queue|progress|background)\b)/,
  },
  {
    kind: 'input',
    code: 'REJECTED',
    advice: faceCountAdvice,
    pattern:
      /(?:multiple|several|many|two|more than (?:one|1)|\b[2-9]) (?:\w+ )?(?:faces?|people|persons?)\b|only (?:one|1|a single) (?:face|person)/,
  },
  {
    kind: 'input',
    code: 'NO_FACE_FOUND',
    advice: noFaceAdvice,
    pattern:
      /\b(?:no|zero|0|without(?: a)?|missing(?: a)?)\b.{0,30}\bfaces?\b|\bfaces?\b.{0,25}\b(?:not|n't|missing|unclear|too (?:small|blurry))|(?:could ?n[o']?t|can ?not|can'?t|un ?able|fail(?:ed)?|did ?n[o']?t).{0,30}\bfaces?\b|face (?:detection|recognition|extraction|analysis) (?:has )?failed/,
  },
  {
    kind: 'input',
    code: 'REJECTED',
    advice: contentAdvice,
    pattern:
      /nsfw|\bnud(?:e|ity)\b|content (?:policy|filter|violation|moderation)|(?:inappropriate|unsafe|explicit|adult|sexual|prohibited|illegal|offensive|sensitive) (?:content|image|material)|moderation|\bunderage|\bminors?\b|celebrit/,
  },
  {
    kind: 'input',
    code: 'IMAGE_UNREADABLE',
    advice: formatAdvice,
    pattern: new RegExp(
      [
        String.raw`(?:unsupported|invalid|unknown|wrong|not (?:a )?(?:supported|allowed|valid)).{0,25}\b(?:format|extension|mime|media type|file ?type|image type)`,
        String.raw`\b(?:format|extension|mime ?type|file ?type|image type)s?\b.{0,30}(?:not|un) ?(?:supported|allowed|valid|recogni)`,
        String.raw`only .{0,40}\b(?:jpe?g|png|webp)\b`,
        'must be a file of type',
      ].join('|'),
    ),
  },
  {
    kind: 'input',
    code: 'REJECTED',
    advice: sizeAdvice,
    pattern: new RegExp(
      [
        `(?:${image}|\\bfile|\\bpayload).{0,40}(?:${largest}|too small)`,
        `${measure}.{0,25}(?:${largest}|too small)`,
        `${largest}.{0,25}${measure}`,
      ].join('|'),
    ),
  },
  {
    kind: 'input',
    code: 'REJECTED',
    advice: dimensionAdvice,
    pattern:
      /(?:invalid|wrong|incorrect|unsupported|bad|mismatch\w*).{0,25}\b(?:dimensions?|resolution|aspect ratio|image size)|\b(?:dimensions?|resolution|aspect ratio)\b.{0,25}(?:invalid|wrong|not|mismatch|must)/,
  },
  {
    kind: 'input',
    code: 'IMAGE_UNREADABLE',
    advice: fetchAdvice,
    // About the server that hosts the picture, which mentions keys and permissions just as ModelsLab does.
    pattern: new RegExp(
      [
        String.raw`\b4\d\d\b.{0,40}\bfor url\b`,
        String.raw`${image}(?: url| link| host)? (?:returned|responded|answered|gave)\b.{0,30}\b4\d\d\b`,
        `broken data stream.{0,20}${image}`,
      ].join('|'),
    ),
  },
  {
    kind: 'credits',
    pattern:
      /(?:insufficient|not (?:have )?(?:enough|sufficient|any)|n't (?:have )?(?:enough|sufficient|any)|\bno\b|out of|ran out|\bzero\b|\blow\b|negative|\badd\b|\bbuy\b|purchase|remaining|exhausted).{0,25}\b(?:credits?|balance|funds|tokens)\b|\b(?:credits?|balance|funds|wallet)\b.{0,25}(?:insufficient|exhausted|expired|required|\blow\b|exceeded|used up|depleted|empty|\bzero\b|negative|not (?:enough|sufficient)|n't (?:enough|sufficient)|run out|\bout\b)|(?:recharge|re-?fill|top[ -]?up|\bfund).{0,25}\b(?:wallet|account|balance|credits?)\b|payment required/,
  },
  {
    kind: 'account',
    pattern:
      /\bapi ?key\b|invalid (?:key|token)|\bkey (?:is |was )?(?:invalid|missing|required|expired|disabled|not (?:valid|found))|subscri(?:be|ption)|\bpremium\b|\benterprise\b|upgrade|your (?:current )?plan|plan (?:does|is|has|expired|required)|billing|payment|wallet|unauthori[sz]ed|unauthenticated|forbidden|permission|account (?:is |has been |was )?(?:suspended|disabled|blocked|banned|inactive|not)|feature (?:is )?not (?:available|enabled)|not (?:available|allowed) (?:for|on|in|with) your/,
  },
  {
    kind: 'input',
    code: 'IMAGE_UNREADABLE',
    advice: fetchAdvice,
    pattern: new RegExp(
      [
        `${cannot}.{0,40}${read}.{0,40}(?:${image}|provided url)`,
        `${image}.{0,60}${cannot}.{0,30}${read}`,
        `${image}.{0,40}(?:is |are |was |were )?(?:n[o']?t|never) (?:be )?(?:an? )?(?:valid|found|${read}|accessible|reachable|available|exist|an image)`,
        `(?:not an?|invalid|corrupt(?:ed)?|broken|damaged|bad|malformed|unreadable|inaccessible|empty|truncated) (?:\\w+ ){0,3}?${image}`,
        `${image}(?: \\w+)?(?: is| are| was)? (?:invalid|corrupt(?:ed)?|broken|damaged|unreadable|inaccessible|empty|truncated|missing)`,
        `must be (?:an? )?(?:valid |public |accessible ){0,2}${image}`,
        `(?:download|fetch|load)(?:ing)? (?:\\w+ ){0,3}?${image}.{0,20}(?:failed|error)`,
        `${image} (?:download|fetch|load)\\w* (?:failed|error)`,
        `${image}.{0,30}(?:url|link).{0,20}(?:invalid|not|expired|broken|unreachable)`,
        `${cannot}.{0,20}${read}.{0,10}(?:the )?(?:provided )?(?:url|file)s?\\b`,
      ].join('|'),
    ),
  },
  {
    kind: 'request',
    code: 'REJECTED',
    advice: requestAdvice,
    pattern:
      /\b(?:is|are) required\b|field .{0,40}(?:required|must|invalid)|\bmust (?:be|have|contain|not)\b|\bmay (?:only|not)\b|\bshould be\b|(?:invalid|missing|unknown|unexpected|bad) (?:\w+ ){0,3}?(?:input|parameter|param|argument|field|value|url|json|payload|format)|validation|given data was invalid|malformed|selected .{0,40} is invalid/,
  },
  {
    kind: 'server',
    pattern:
      /internal (?:server )?error|server error|service (?:is )?(?:temporarily )?unavailable|bad gateway|gateway time ?-?out|curl error|timed? ?out|connection (?:refused|reset|closed|error)|sqlstate|exception|something went wrong|(?:unknown|unexpected) error|error (?:has )?occurr?ed|request (?:was )?not found/,
  },
  {
    kind: 'busy',
    pattern:
      /try again|retry|\bloading\b|warm(?:ing)? ?up|\bwarming\b|cold start|\bbusy\b|overload|high (?:demand|load|traffic|volume)|at capacity|no (?:gpus?|workers?|servers?) available|come back later|maintenance/,
  },
  {
    kind: 'generation',
    pattern:
      /(?:generation|processing|process|swap|swapping|job|task|inference|request) (?:has |have |was |is )?(?:failed|aborted|canceled|cancelled|rejected)|failed to (?:generate|process|swap|complete)|out of memory|cuda/,
  },
];

const fileName = /[^\s"'<>:]+\.(?:jpe?g|png|webp|gif|bmp|heic|heif|avif|tiff?|svg)\b/gi;
const accountRule = rules.filter(({ kind }) => kind === 'account' || kind === 'credits');

export interface MessageMeaning {
  kind: MessageKind;
  /** Message for the client. */
  failure: SwapFailure;
}

/** @param message ModelsLab's, length-limited and in one line */
export function meaningOf(message: string): MessageMeaning {
  const words = wordsOf(message);
  const rule = rules.find(({ pattern }) => pattern.test(words));
  const kind = rule?.kind ?? 'unclear';
  return { kind, failure: failureOf(kind, rule, message, words) };
}

/** On a fetch, such a message may be about the picture that is not generated yet. */
export function isAboutAbsence(message: string): boolean {
  return /^404\b|^(?:the |an? )?(?:images?|pictures?|files?|urls?|links?|results?) (?:is |was |were |are |has |have )?(?:not|n't|never) (?:be |been |yet )?(?:found|available|exist|accessible|ready)\b/.test(
    wordsOf(message).trim(),
  );
}

/** The failure shown to the client if only the HTTP status says that its input is at fault. */
export function rejected(message: string): SwapFailure {
  return failure('REJECTED', withWords(requestAdvice, message, wordsOf(message)));
}

function failureOf(
  kind: MessageKind,
  rule: MessageRule | undefined,
  message: string,
  words: string,
): SwapFailure {
  if (rule?.code && rule.advice) return failure(rule.code, withWords(rule.advice, message, words));
  if (kind === 'account' || kind === 'credits') return upstreamAccount;
  return kind === 'busy' || kind === 'progress' || kind === 'rate' ? upstreamBusy : upstreamFailed;
}

/** Advice first, then ModelsLab's message, unless that also mentions the operator's account. URLs in it are shortened. */
function withWords(advice: string, message: string, words: string): string {
  const isAboutAccount = accountRule.some(({ pattern }) => pattern.test(words));
  if (message === '' || isAboutAccount) return advice;
  return `${advice} ModelsLab's message: "${redactUrls(message, false)}"`;
}

function wordsOf(message: string): string {
  return redactUrls(message.replace(/\[redacted\]/g, ' '), false)
    .replace(/(?:\b[a-z][a-z0-9+.-]*:)?\/\/[^\s"']*/gi, ' ')
    .replace(fileName, ' ')
    .toLowerCase()
    .replace(/[_\s]+/g, ' ')
    .replace(/[’`]/g, "'");
}
