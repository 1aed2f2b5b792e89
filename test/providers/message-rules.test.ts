import { expect, test } from 'vitest';
import { type MessageKind, meaningOf } from '../../src/providers/modelslab/message-rules.js';
import type { SwapFailureCode } from '../../src/swap/swap.js';

const fetchAdvice = /could not read one of the images.*public https URL/;
const formatAdvice = /format.*JPEG, PNG or WebP/;
const sizeAdvice = /too large or too small.*Resize/;
const dimensionAdvice = /dimensions.*Resize/;
const noFace = /found no face.*seen from the front/;
const manyFaces = /more than one face.*crop/;
const content = /content filter.*another picture/;
const field = /rejected the request.*Correct the field/;
const account = /^The service cannot process swaps right now\. Its operator has been notified\.$/;
const busy = /asked for a retry.*may have been charged/;
const failed = /^ModelsLab could not process this swap\.$/;

/** Whether the client's message contains ModelsLab's own words. */
const shown = true;
const hidden = false;

const table: [
  string,
  MessageKind,
  SwapFailureCode,
  retryable: boolean,
  reads: RegExp,
  areWordsShown: boolean,
][] = [
  ['Unable to download init_image', 'input', 'IMAGE_UNREADABLE', false, fetchAdvice, shown],
  ['Unable to fetch image from provided URL', 'input', 'IMAGE_UNREADABLE', false, fetchAdvice, shown],
  ['Failed to download target_image', 'input', 'IMAGE_UNREADABLE', false, fetchAdvice, shown],
  ['Could not load reference_image', 'input', 'IMAGE_UNREADABLE', false, fetchAdvice, shown],
  ["We couldn't read your image.", 'input', 'IMAGE_UNREADABLE', false, fetchAdvice, shown],
  ['The init_image is not a valid image', 'input', 'IMAGE_UNREADABLE', false, fetchAdvice, shown],
  ['not a valid image', 'input', 'IMAGE_UNREADABLE', false, fetchAdvice, shown],
  ['init_image must be a valid image url', 'input', 'IMAGE_UNREADABLE', false, fetchAdvice, shown],
  ['Image: premium_photo.jpg could not be read', 'input', 'IMAGE_UNREADABLE', false, fetchAdvice, shown],
  ['Image not found', 'input', 'IMAGE_UNREADABLE', false, fetchAdvice, shown],
  ['Invalid image', 'input', 'IMAGE_UNREADABLE', false, fetchAdvice, shown],
  ['Invalid image URL', 'input', 'IMAGE_UNREADABLE', false, fetchAdvice, shown],
  ['Invalid base64 image', 'input', 'IMAGE_UNREADABLE', false, fetchAdvice, shown],
  ['Corrupted image file', 'input', 'IMAGE_UNREADABLE', false, fetchAdvice, shown],
  ['The target image is corrupted', 'input', 'IMAGE_UNREADABLE', false, fetchAdvice, shown],
  [
    'cannot identify image file <_io.BytesIO object at 0x7f>',
    'input',
    'IMAGE_UNREADABLE',
    false,
    fetchAdvice,
    shown,
  ],
  ['Error loading image', 'input', 'IMAGE_UNREADABLE', false, fetchAdvice, shown],
  ['Image download failed', 'input', 'IMAGE_UNREADABLE', false, fetchAdvice, shown],
  ['Image URL is not accessible', 'input', 'IMAGE_UNREADABLE', false, fetchAdvice, shown],
  ['Unable to open the file', 'input', 'IMAGE_UNREADABLE', false, fetchAdvice, shown],
  ['Unsupported file format', 'input', 'IMAGE_UNREADABLE', false, formatAdvice, shown],
  ['Unsupported image format: heic', 'input', 'IMAGE_UNREADABLE', false, formatAdvice, shown],
  ['Invalid image format', 'input', 'IMAGE_UNREADABLE', false, formatAdvice, shown],
  ['The file extension is not supported', 'input', 'IMAGE_UNREADABLE', false, formatAdvice, shown],
  ['Only jpg, jpeg and png are allowed', 'input', 'IMAGE_UNREADABLE', false, formatAdvice, shown],
  [
    'The init_image must be a file of type: jpg, png.',
    'input',
    'IMAGE_UNREADABLE',
    false,
    formatAdvice,
    shown,
  ],
  ['size too large', 'input', 'REJECTED', false, sizeAdvice, shown],
  ['Image size too large', 'input', 'REJECTED', false, sizeAdvice, shown],
  ['init_image size exceeds 10 MB', 'input', 'REJECTED', false, sizeAdvice, shown],
  ['Image is too small', 'input', 'REJECTED', false, sizeAdvice, shown],
  ['The image resolution is too high', 'input', 'REJECTED', false, sizeAdvice, shown],
  ['Maximum image dimensions are 4096x4096', 'input', 'REJECTED', false, sizeAdvice, shown],
  [
    'Image size too large. Upgrade to a premium plan for larger images.',
    'input',
    'REJECTED',
    false,
    sizeAdvice,
    hidden,
  ],
  ['Processing failed: Invalid input dimensions', 'input', 'REJECTED', false, dimensionAdvice, shown],
  ['No face detected in target image', 'input', 'NO_FACE_FOUND', false, noFace, shown],
  ['No face found', 'input', 'NO_FACE_FOUND', false, noFace, shown],
  ['Face not detected', 'input', 'NO_FACE_FOUND', false, noFace, shown],
  ['Could not detect a face in init_image', 'input', 'NO_FACE_FOUND', false, noFace, shown],
  ['No face detected. Please try again with another image.', 'input', 'NO_FACE_FOUND', false, noFace, shown],
  ['Face detection failed', 'input', 'NO_FACE_FOUND', false, noFace, shown],
  ['Multiple faces detected', 'input', 'REJECTED', false, manyFaces, shown],
  ['More than one face found in target_image', 'input', 'REJECTED', false, manyFaces, shown],
  ['Only one face is allowed', 'input', 'REJECTED', false, manyFaces, shown],
  ['NSFW content', 'input', 'REJECTED', false, content, shown],
  ['NSFW content detected in init_image', 'input', 'REJECTED', false, content, shown],
  ['Your image violates our content policy', 'input', 'REJECTED', false, content, shown],
  ['Inappropriate content detected', 'input', 'REJECTED', false, content, shown],
  ['init_image: The init image field is required.', 'request', 'REJECTED', false, field, shown],
  ['target_image is required', 'request', 'REJECTED', false, field, shown],
  ['track_id must be a string', 'request', 'REJECTED', false, field, shown],
  ['watermark must be between 0 and 1', 'request', 'REJECTED', false, field, shown],
  ['The given data was invalid.', 'request', 'REJECTED', false, field, shown],
  ['Validation error', 'request', 'REJECTED', false, field, shown],
  ['The selected watermark is invalid.', 'request', 'REJECTED', false, field, shown],
  ['Invalid API key', 'account', 'UPSTREAM_ACCOUNT', false, account, hidden],
  ['API key required', 'account', 'UPSTREAM_ACCOUNT', false, account, hidden],
  ['invalid_api_key', 'account', 'UPSTREAM_ACCOUNT', false, account, hidden],
  [
    'Insufficient credits. Please add more credits to continue.',
    'credits',
    'UPSTREAM_ACCOUNT',
    false,
    account,
    hidden,
  ],
  ...[
    'Insufficient balance',
    'Insufficient funds in your wallet',
    'Not enough credits to process this request',
    "You don't have enough credits.",
    'You do not have sufficient credits',
    'Your credits are exhausted',
    'No credits remaining',
    'Credits: 0. Out of credits',
    'Your account balance is too low',
    'Your wallet is empty',
    'Please recharge your wallet to continue.',
    'Please top up your account',
    'Payment Required',
    'insufficient_credits',
  ].map((words): (typeof table)[number] => [words, 'credits', 'UPSTREAM_ACCOUNT', false, account, hidden]),
  ['You have run out of credits', 'credits', 'UPSTREAM_ACCOUNT', false, account, hidden],
  ['Your wallet balance is low', 'credits', 'UPSTREAM_ACCOUNT', false, account, hidden],
  ['This feature requires a premium subscription', 'account', 'UPSTREAM_ACCOUNT', false, account, hidden],
  ['Feature not available', 'account', 'UPSTREAM_ACCOUNT', false, account, hidden],
  ['Subscribe to use this API', 'account', 'UPSTREAM_ACCOUNT', false, account, hidden],
  ['Your account has been suspended', 'account', 'UPSTREAM_ACCOUNT', false, account, hidden],
  ['Unauthorized', 'account', 'UPSTREAM_ACCOUNT', false, account, hidden],
  ['Your daily API limit has been reached', 'account', 'UPSTREAM_ACCOUNT', false, account, hidden],
  ['Monthly quota exceeded', 'account', 'UPSTREAM_ACCOUNT', false, account, hidden],
  ['Rate limit exceeded', 'rate', 'UPSTREAM_BUSY', true, busy, hidden],
  ['Rate limit exceeded. Maximum 5 queued requests allowed.', 'rate', 'UPSTREAM_BUSY', true, busy, hidden],
  ['Too many requests', 'rate', 'UPSTREAM_BUSY', true, busy, hidden],
  ['The queue is full', 'rate', 'UPSTREAM_BUSY', true, busy, hidden],
  [
    'You can only process 5 requests at a time, upgrade your plan',
    'rate',
    'UPSTREAM_BUSY',
    true,
    busy,
    hidden,
  ],
  ['Too many concurrent requests', 'rate', 'UPSTREAM_BUSY', true, busy, hidden],
  ['Under maintenance', 'busy', 'UPSTREAM_BUSY', true, busy, hidden],
  ['Try Again', 'busy', 'UPSTREAM_BUSY', true, busy, hidden],
  ['try again later.', 'busy', 'UPSTREAM_BUSY', true, busy, hidden],
  ['Model is loading, please wait', 'busy', 'UPSTREAM_BUSY', true, busy, hidden],
  ['The server is warming up', 'busy', 'UPSTREAM_BUSY', true, busy, hidden],
  ['Server is busy', 'busy', 'UPSTREAM_BUSY', true, busy, hidden],
  ['We are experiencing high demand', 'busy', 'UPSTREAM_BUSY', true, busy, hidden],
  ['Internal server error. Please try again.', 'server', 'UPSTREAM_FAILED', true, failed, hidden],
  [
    'Service temporarily unavailable. Please try again later.',
    'server',
    'UPSTREAM_FAILED',
    true,
    failed,
    hidden,
  ],
  ['Server Error', 'server', 'UPSTREAM_FAILED', true, failed, hidden],
  [
    'cURL error 28: Operation timed out after 30001 milliseconds',
    'server',
    'UPSTREAM_FAILED',
    true,
    failed,
    hidden,
  ],
  ['Request not found', 'server', 'UPSTREAM_FAILED', true, failed, hidden],
  ['CUDA out of memory', 'generation', 'UPSTREAM_FAILED', true, failed, hidden],
  ['Image generation failed', 'generation', 'UPSTREAM_FAILED', true, failed, hidden],
  ['Failed to process request', 'generation', 'UPSTREAM_FAILED', true, failed, hidden],
  ['Something went wrong', 'server', 'UPSTREAM_FAILED', true, failed, hidden],
  ['Model not found', 'unclear', 'UPSTREAM_FAILED', true, failed, hidden],
  ['GPU exploded', 'unclear', 'UPSTREAM_FAILED', true, failed, hidden],
  ['Image URL returned 403 forbidden', 'input', 'IMAGE_UNREADABLE', false, fetchAdvice, hidden],
  ['403 Client Error: Forbidden for url', 'input', 'IMAGE_UNREADABLE', false, fetchAdvice, hidden],
  ['404 Not Found for url', 'input', 'IMAGE_UNREADABLE', false, fetchAdvice, shown],
  ['broken data stream when reading image file', 'input', 'IMAGE_UNREADABLE', false, fetchAdvice, shown],
  ['Image size should be less than 10MB', 'input', 'REJECTED', false, sizeAdvice, shown],
  ['Request queued, please wait', 'progress', 'UPSTREAM_BUSY', true, busy, hidden],
  ['Image not ready yet', 'progress', 'UPSTREAM_BUSY', true, busy, hidden],
  ['Your request is still processing', 'progress', 'UPSTREAM_BUSY', true, busy, hidden],
  ['Failed while the image was being processed', 'unclear', 'UPSTREAM_FAILED', true, failed, hidden],
  ['', 'unclear', 'UPSTREAM_FAILED', true, failed, hidden],
];

test.each(table)('"%s" is about: %s, and ends as %s', (message, kind, code, retryable, reads, areShown) => {
  const meaning = meaningOf(message);
  expect(meaning).toMatchObject({ kind, failure: { code, retryable } });
  expect(meaning.failure.message).toMatch(reads);
  if (message !== '') expect(meaning.failure.message.includes(message)).toBe(areShown);
});

test('words in URLs and file names are ignored, and URLs are not shown in full', () => {
  const messages = [
    'Unable to download https://files.example/api-key/premium/nsfw/no-face.jpg as image',
    'Unable to download image https:\\/\\/files.example\\/upgrade-your-plan?rate_limit',
    'Image //files.example/insufficient-credits could not be loaded',
    'Image too_many_requests.png could not be opened',
  ];
  for (const message of messages) {
    const { failure } = meaningOf(message);
    expect([message, failure.code]).toEqual([message, 'IMAGE_UNREADABLE']);
    expect(failure.message).not.toMatch(/plan|premium|credits/);
  }
});

test('the webhook URL, however escaped, never reaches a client', () => {
  const token = '0f8fad5b-d9cb-469f-a165-70867728950e.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
  for (const url of [
    `https://gateway.example/webhooks/modelslab/${token}`,
    `https:\\/\\/gateway.example\\/webhooks\\/modelslab\\/${token}`,
    `https%3A%2F%2Fgateway.example%2Fwebhooks%2Fmodelslab%2F${token}`,
  ]) {
    expect(meaningOf(`Invalid image. Request: ${url}`).failure.message).not.toMatch(/webhooks|0f8fad5b/);
  }
});
