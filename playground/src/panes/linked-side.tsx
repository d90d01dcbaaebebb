import { link, target } from "../model/links";
import { pane, phoneView } from "../model/session";
import { narrow } from "../parts/narrow";
import { count } from "./problems";

/** On a narrow page the other end of a link is out of sight: this says that there is one, and leads there. */
export const LinkedSide = ({ from }: { from: "policy" | "resources" }) => {
  const now = link.value;
  const place = now?.places[0];
  if (!narrow.value || now === null || now.from !== from || place === undefined) return null;
  const toRule = () => {
    phoneView.value = "documents";
    target.value = { place, focus: false };
    focusTab("documents");
  };
  const toResources = () => {
    phoneView.value = "output";
    pane.value = "resources";
    focusTab("resources");
  };
  return (
    <button type="button" class="linked-side" onClick={from === "resources" ? toRule : toResources}>
      {from === "resources" ? `See the rule, ${place.source}:${place.start.line}` : `See the resources of this rule, ${count(now.resources.size, "resource")}`}
    </button>
  );
};

/** The button goes with its side, and the keyboard's place must not go with it. */
const focusTab = (id: string): void => document.getElementById(`tab-${id}`)?.focus();
