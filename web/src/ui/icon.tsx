/** Stroked paths on a 24 by 24 grid. */
const paths = {
  picture:
    'M4 6.5A2.5 2.5 0 0 1 6.5 4h11A2.5 2.5 0 0 1 20 6.5v11a2.5 2.5 0 0 1-2.5 2.5h-11A2.5 2.5 0 0 1 4 17.5zM4.5 17l4.6-4.6a1.5 1.5 0 0 1 2.1 0L17 18.2M14 15.2l1.3-1.3a1.5 1.5 0 0 1 2.1 0L20 16.5M15.2 8.8h.01',
  link: 'M10 13.5a4 4 0 0 0 5.7 0l2.8-2.8a4 4 0 0 0-5.7-5.7l-1 1M14 10.5a4 4 0 0 0-5.7 0l-2.8 2.8a4 4 0 0 0 5.7 5.7l1-1',
  close: 'M6.5 6.5l11 11M17.5 6.5l-11 11',
  download: 'M12 4v11M7.5 11l4.5 4.5 4.5-4.5M5 19.5h14',
  code: 'M8.5 7.5 4 12l4.5 4.5M15.5 7.5 20 12l-4.5 4.5',
  retry: 'M5 12a7 7 0 1 1 2.3 5.2M5 18v-4.5h4.5',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  info: 'M12 11v5.5M12 7.6h.01M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z',
  missing: 'M4 4l16 16M9 4h8.5A2.5 2.5 0 0 1 20 6.5V15M4 9v8.5A2.5 2.5 0 0 0 6.5 20H15',
  compare: 'M9 7 4.5 12 9 17M15 7l4.5 5L15 17',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}
