export const maxSubjectLength = 255;

/** Whether the subject of a token stays unique when URL-encoded and has an acceptable length. */
export function isUsableSubject(subject: unknown): subject is string {
  return (
    typeof subject === 'string' &&
    subject !== '' &&
    subject.length <= maxSubjectLength &&
    subject.isWellFormed()
  );
}
