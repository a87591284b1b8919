import { SESSION_MUTANTS } from "./session.ts";
import type { Mutant } from "../mutation.ts";

export const MUTANTS: readonly Mutant[] = [...SESSION_MUTANTS];
