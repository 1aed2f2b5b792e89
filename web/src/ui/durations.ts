import { t } from '../messages/messages.ts';

/** Such as `7 s` or `1 min 12 s`. */
export function describeDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return t.units.seconds(seconds);
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? t.units.minutes(minutes, seconds % 60)
    : t.units.hours(Math.floor(minutes / 60), minutes % 60);
}

const timeOfDay = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const dayAndTime = new Intl.DateTimeFormat(undefined, {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});

/** The time of day, with the day if that is not today. */
export function describeMoment(iso: string, now = new Date()): string {
  const moment = new Date(iso);
  const isToday = moment.toDateString() === now.toDateString();
  return (isToday ? timeOfDay : dayAndTime).format(moment);
}
