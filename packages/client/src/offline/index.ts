export { createSessionMemory, type SessionMemory } from "./session-memory.ts";
