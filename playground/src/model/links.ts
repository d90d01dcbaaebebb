// What belongs together: a place in a policy, and the resources that were made for it.
import { signal } from "@preact/signals";
import type { Place } from "../engine/types";

export interface Link {
  /** On which side somebody pointed. */
  from: "policy" | "resources";
  /** Places in the documents. */
  places: Place[];
  /** Positions of resources in the order of applying. */
  resources: ReadonlySet<number>;
}

export const link = signal<Link | null>(null);

/** Where the editor is asked to go; a new object each time. */
export const target = signal<{ place: Place; focus: boolean } | null>(null);

/** The code whose page is open. */
export const page = signal<string | null>(null);

/** What the rest of the page asks the editor to do. */
export const edits = signal<{ place: Place; replacement: string } | null>(null);
