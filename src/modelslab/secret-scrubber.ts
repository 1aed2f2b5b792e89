/** Takes secrets out of text of unknown origin, by value and, for webhook addresses, by form. */
export type SecretScrubber = (text: string) => string;

/** An upstream that quotes the request back quotes the webhook's token too, perhaps with JSON's escaped slashes. */
const webhookAddress = /[^\s"'<>]*\/webhooks\\*\/modelslab\\*\/[^\s"'<>\\]+/g;

/** @param secrets values that must never be shown; each in every spelling that a quoting party may use */
export function createSecretScrubber(secrets: readonly string[]): SecretScrubber {
  const spellings = new Set(
    secrets
      .filter((secret) => secret !== '')
      .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]),
  );
  return (text) => {
    let scrubbed = text.replace(webhookAddress, '[redacted]');
    for (const spelling of spellings) scrubbed = scrubbed.replaceAll(spelling, '[redacted]');
    return scrubbed;
  };
}
