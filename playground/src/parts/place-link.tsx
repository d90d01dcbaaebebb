import type { Place } from "../engine/types";
import { target } from "../model/links";
import { phoneView } from "../model/session";

/** Leads to a place in the documents. */
export const PlaceLink = ({ place }: { place: Place }) => (
  <button
    type="button"
    class="link place"
    onClick={() => {
      phoneView.value = "documents";
      target.value = { place, focus: true };
    }}
  >
    {place.source}:{place.start.line}
  </button>
);
