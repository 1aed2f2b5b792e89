/** Removes secrets from text of unknown origin. Linear in its length. */
export type SecretRedactor = (text: string) => string;

/**
 * Matches a webhook token by its form, swap id and signature: an upstream may echo the request, with the webhook's URL,
 * in any encoding, and the token looks the same in all of them.
 */
const webhookToken = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.[\w-]{43}/g;

/** Part of every token, and it begins with a rare character, so most text is scanned quickly. */
const tokenMiddle = /-[0-9a-f]{12}\.[\w-]{43}/;

const encodings: ((text: string) => string)[] = [
  (text) => text,
  (text) => JSON.stringify(text).slice(1, -1),
  encodeURIComponent,
];

/** @param secrets values to redact: verbatim, as escaped in JSON or URLs, or both nested */
export function createSecretRedactor(secrets: readonly string[]): SecretRedactor {
  const spellings = new Set(
    secrets
      .filter((secret) => secret !== '')
      .flatMap((secret) => encodings.map((encode) => encode(secret)))
      .flatMap((spelling) => encodings.map((encode) => encode(spelling)))
      .flatMap((spelling) => encodings.map((encode) => encode(spelling))),
  );
  // Longest first: a shorter one may be part of it.
  const ordered = [...spellings].sort((a, b) => b.length - a.length);
  return (text) => {
    let redacted = tokenMiddle.test(text) ? text.replace(webhookToken, '[redacted]') : text;
    for (const spelling of ordered) {
      if (redacted.includes(spelling)) redacted = redacted.replaceAll(spelling, '[redacted]');
    }
    return redacted;
  };
}
