export { createNotesApi, type NotesApiOptions } from "./create-notes-api.ts";
export { startNotesApi, type NotesApiServer, type NotesApiServerOptions } from "./start-notes-api.ts";
export { NotesApiError, type NotesApiErrorCode } from "./notes-api-error.ts";
export type { Note, NotePage, NoteText } from "./note.ts";
