/** The Studio's logo: two overlapping faces. */
export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="9" />
      <circle cx="12.6" cy="16" r="6.6" />
      <path d="M17.200 10.600a6.600 6.600 0 1 1 0 10.800" />
    </svg>
  );
}
