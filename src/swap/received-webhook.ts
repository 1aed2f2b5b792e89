/** The body of a provider's webhook, as received. */
export interface ReceivedWebhook {
  bytes: Buffer;
  contentType?: string | undefined;
  contentEncoding?: string | undefined;
}
