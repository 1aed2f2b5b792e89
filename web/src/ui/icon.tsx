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
  arrow: 'M5 12h13M13 6.5l5.5 5.5-5.5 5.5',
  up: 'M12 19V6M6.5 11 12 5.5 17.5 11',
  left: 'M14.5 6 8.5 12l6 6',
  right: 'M9.5 6l6 6-6 6',
  plus: 'M12 5v14M5 12h14',
  minus: 'M5 12h14',
  expand: 'M9 4H4v5M15 4h5v5M9 20H4v-5M15 20h5v-5',
  share: 'M12 15V4.5M8 8l4-4 4 4M6 12v6.5A1.5 1.5 0 0 0 7.5 20h9a1.5 1.5 0 0 0 1.5-1.5V12',
  copy: 'M8.5 8.5h10v11h-10zM15.5 8.5v-4h-10v11h3',
  again: 'M4.5 12h11.5M10 6l-6 6 6 6M20 5v14',
  trash: 'M5 7h14M10 7V4.5h4V7M7 7l1 12.5h8L17 7M10.5 11v5M13.5 11v5',
  eye: 'M3 12s3.5-6 9-6 9 6 9 6-3.5 6-9 6-9-6-9-6zM12 14.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z',
  crop: 'M7 3v14h14M3 7h14v14',
  bell: 'M6.5 16.5V11a5.5 5.5 0 0 1 11 0v5.5l1.5 1.5H5zM10.5 20.5h3',
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
