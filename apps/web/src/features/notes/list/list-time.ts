const TIME = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const WEEKDAY = new Intl.DateTimeFormat("en-GB", { weekday: "short" });
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const DAY_AND_YEAR = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

/** When a note was saved, so that an old time isn't taken for one of today: `14:03`, `Tue 14:03`, `12 Nov, 14:03`. */
export function savedAt(at: number, now: number): string {
  const day = listTime(at, now);
  const time = TIME.format(at);
  if (day === time) return time;
  return calendarDaysBetween(at, now) < 7 ? `${day} ${time}` : `${day}, ${time}`;
}

/** When a note was last changed, as short as it can be understood: `14:03`, `Tue`, `12 Nov`, `12 Nov 2025`. */
export function listTime(at: number, now: number): string {
  const days = calendarDaysBetween(at, now);
  if (days <= 0) return TIME.format(at);
  if (days < 7) return WEEKDAY.format(at);
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return (sameYear ? DAY : DAY_AND_YEAR).format(at);
}

function calendarDaysBetween(at: number, now: number): number {
  const startOfDay = (instant: number) => new Date(instant).setHours(0, 0, 0, 0);
  // Rounded, since a day with a change of the clocks has 23 or 25 hours.
  return Math.round((startOfDay(now) - startOfDay(at)) / 86_400_000);
}
