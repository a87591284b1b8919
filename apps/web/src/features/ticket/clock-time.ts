const TIME = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

/** The time of day of an instant (milliseconds since the epoch), in the reader's zone: `14:03`. */
export function clockTime(at: number): string {
  return TIME.format(at);
}

/** When somebody came, as a ticket prints it: `13:41 today`, `13:41, 20 Nov`. */
export function timeAndDay(at: number, now: number): string {
  const sameDay = new Date(at).toDateString() === new Date(now).toDateString();
  return sameDay ? `${clockTime(at)} today` : `${clockTime(at)}, ${DAY.format(at)}`;
}
