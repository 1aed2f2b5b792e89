import { GraphQLError } from 'graphql';
import { expect, test } from 'vitest';
import { createErrorFormatter } from '../../src/graphql/execution/format-error.js';
import { notFound, queueFull } from '../../src/swap/errors.js';
import { captureLog } from '../../testing/capture-log.js';

const thrown = (originalError: Error): GraphQLError =>
  new GraphQLError(originalError.message, { originalError, path: ['swapResult'] });

test.each([
  thrown(new Error('c4n4ry')),
  thrown(new TypeError('c4n4ry')),
  new GraphQLError('c4n4ry'),
  new GraphQLError('c4n4ry', { extensions: { code: 'SECRET_CODE', c4n4ry: true } }),
  new GraphQLError('c4n4ry', { originalError: new Error('x'), extensions: { code: 'BAD_USER_INPUT' } }),
])('an unexpected error is masked with the request id, and logged unmasked: %s', (error) => {
  const { log, text } = captureLog();
  const formatted = createErrorFormatter({ hideSuggestions: false, log })(error, 'request-7');
  expect(JSON.stringify(formatted)).not.toContain('c4n4ry');
  expect(formatted).toMatchObject({
    message: expect.stringContaining('request-7'),
    extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: 'request-7' },
  });
  expect(text()).toContain('request-7');
});

test('GatewayErrors are sent with their code and details, and nothing else', () => {
  const { log, text } = captureLog();
  const present = createErrorFormatter({ hideSuggestions: true, log });
  expect(present(thrown(queueFull('Too many.', 3)), '7')).toEqual({
    message: 'Too many.',
    path: ['swapResult'],
    extensions: { code: 'QUEUE_FULL', retryAfter: 3 },
  });
  expect(present(thrown(notFound()), '7').extensions).toEqual({ code: 'NOT_FOUND' });
  expect(text()).toBe('');
});

test.each([
  ['Cannot query field "idd" on type "Swap". Did you mean "id"?', 'Cannot query field "idd" on type "Swap".'],
  [
    'Variable "$input" got invalid value "X" at "input.reuse"; Value "X" does not exist in "ReusePolicy" enum. Did you mean the enum value "A" or "B"?',
    'Variable "$input" got invalid value "X" at "input.reuse"; Value "X" does not exist in "ReusePolicy" enum.',
  ],
])('schema suggestions are stripped if they are to be hidden', (message, hidden) => {
  const error = new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });
  const { log } = captureLog();
  expect(createErrorFormatter({ hideSuggestions: true, log })(error, '7').message).toBe(hidden);
  expect(createErrorFormatter({ hideSuggestions: false, log })(error, '7').message).toBe(message);
});
