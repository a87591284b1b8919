/** What the demo part is called in a session's `extensions`. By itself: every page asks for it, few use the rest of the demo. */
export const DEMO_EXTENSION = "demo";
