/** Takes secrets out of text of unknown origin. Linear in its length. */
export type SecretRedactor = (text: string) => string;

/**
 * A webhook's token by its form, swap id and signature, since an upstream that quotes the request back quotes its address
 * too, in whatever encoding; the token itself looks the same in all of them.
 */
const webhookToken = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.[\w-]{43}/g;

/** Where there is a token there is this too; it begins with a rare character, so that most text is passed over quickly. */
const tokenMiddle = /-[0-9a-f]{12}\.[\w-]{43}/;

const encodings: ((text: string) => string)[] = [
  (text) => text,
  (text) => JSON.stringify(text).slice(1, -1),
  encodeURIComponent,
];

/** @param secrets values that must never be shown: as they are, as JSON or URLs spell them, or both, one in the other */
export function createSecretRedactor(secrets: readonly string[]): SecretRedactor {
  const spellings = new Set(
    secrets
      .filter((secret) => secret !== '')
      .flatMap((secret) => encodings.map((encode) => encode(secret)))
      .flatMap((spelling) => encodings.map((encode) => encode(spelling)))
      .flatMap((spelling) => encodings.map((encode) => encode(spelling))),
  );
  // The longest first: a shorter one may be part of it.
  const ordered = [...spellings].sort((a, b) => b.length - a.length);
  return (text) => {
    let redacted = tokenMiddle.test(text) ? text.replace(webhookToken, '[redacted]') : text;
    for (const spelling of ordered) {
      if (redacted.includes(spelling)) redacted = redacted.replaceAll(spelling, '[redacted]');
    }
    return redacted;
  };
}
