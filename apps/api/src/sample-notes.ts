import type { NoteText } from "./note.ts";

/** A note that a person of the demo wrote some time ago. */
export interface SampleNote extends NoteText {
  readonly minutesAgo: number;
}

const HOUR = 60;
const DAY = 24 * HOUR;

const ADA: readonly SampleNote[] = [
  {
    minutesAgo: 6,
    title: "Winter reading, and what to return",
    body: `Borrowed from Ines: the Tokarczuk, both Sebalds, and the grey atlas with the loose spine. All four go back before the 14th, when she leaves for Bergen.

Ask whether she still wants the field notes. I have not opened them since the move, and somebody should.

For the long nights, in this order: the lighthouse letters, then the one about salt, then whatever the library sends first.`,
  },
  {
    minutesAgo: 49,
    title: "Questions for the lighting plan",
    body: `Can the foyer stay at 2700 K until ten? The cleaners want it brighter, but they come at six.

Who decides about the stairs: we, or the fire officer? Last year both did.

The lamp over the counter hums at half power. Ask for another driver, not another lamp.`,
  },
  {
    minutesAgo: 4 * DAY,
    title: "Packing, Tromsø",
    body: `Wool, headlamp, the thin gloves, spare film. The good thermos, not the light one.

The hotel has skis. Boots it has not.

Leave at home: the second sweater. It has never once been worn there.`,
  },
  {
    minutesAgo: 5 * DAY,
    title: "Seat numbers",
    body: `Row 14, 22 to 25. Aisle for Jonas.

Coats before the first bell; the queue is shorter on the left.`,
  },
  {
    minutesAgo: 9 * DAY,
    title: "Soup for eleven people",
    body: `Two kilos of leeks, one of potatoes, three onions, stock for five litres. Cream at the table, so that Marit can leave it out.

Bread from the corner, ordered by Thursday. The big pot is still at Ines's.`,
  },
  {
    minutesAgo: 12 * DAY,
    title: "What the tailor said",
    body: `Sleeves can come up 2 cm, not 3. The lining is worth saving, the buttons are not.

Ready on the 26th, after four. Bring the belt.`,
  },
];

const INES: readonly SampleNote[] = [
  {
    minutesAgo: 31,
    title: "Bergen, before the 14th",
    body: `Four books should come back from Ada by then. If the atlas still loses pages, leave it with her.

Night train, lower berth. The cat goes to Jonas, with the blue blanket.`,
  },
  {
    minutesAgo: 26 * HOUR,
    title: "Where the big pot is",
    body: `Here, on the balcony, holding a rosemary. Ada thinks it is in the kitchen.

Find the rosemary another home by the weekend.`,
  },
  {
    minutesAgo: 3 * DAY,
    title: "Field notes, loose ends",
    body: `The count on the ridge is from the wrong year: 41, not 14. Everything after page 60 is Ada's hand.

Write to the museum once more. They answer in spring or not at all.`,
  },
  {
    minutesAgo: 8 * DAY,
    title: "Bicycle",
    body: `Front light works when it rains, and only then. New cable, 90 cm.`,
  },
];

const SAMPLES: ReadonlyMap<string, readonly SampleNote[]> = new Map([
  ["ada", ADA],
  ["ines", INES],
]);

/** What a person of the demo has written before anybody signs in; nothing for anybody else. */
export function sampleNotesOf(sub: string): readonly SampleNote[] {
  return SAMPLES.get(sub) ?? [];
}
