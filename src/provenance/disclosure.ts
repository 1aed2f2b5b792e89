/** Response header of labeled pictures; a String or Display String of RFC 9651. */
export const disclosureHeader = 'x-ai-disclosure';

/**
 * Encodes a text for `disclosureHeader`: as a String if it is ASCII, otherwise as a Display String, such as `%"K%c3%bcnstlich"`.
 * Line breaks and other control characters cannot break out of the header.
 */
export function disclosureHeaderValue(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return `"${text.replace(/["\\]/g, '\\$&')}"`;
  const encoded = [...new TextEncoder().encode(text)].map((byte) => {
    const isPlain = byte >= 0x20 && byte <= 0x7e && byte !== 0x22 && byte !== 0x25;
    return isPlain ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, '0')}`;
  });
  return `%"${encoded.join('')}"`;
}
