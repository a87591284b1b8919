import type { CoatcheckClient } from "@coatcheck/client";
import { createContext } from "react";

/** Carries the client of the page; undefined outside of `CoatcheckProvider`. */
export const CoatcheckContext = createContext<CoatcheckClient | undefined>(undefined);
