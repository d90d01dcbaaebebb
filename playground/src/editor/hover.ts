import { hoverTooltip, type Tooltip } from "@codemirror/view";
import { at, schemaOf, typeName, values } from "./schemas";
import { ticked } from "./ticked";
import { spot } from "./yaml-spot";

/** What a field means. */
export const fieldHover = hoverTooltip(async (view, position): Promise<Tooltip | null> => {
  const line = view.state.doc.lineAt(position);
  const text = line.text;
  // The key under the pointer, in block or in flow style.
  const pattern = /["']?([A-Za-z_][\w./-]*)["']?\s*:(?=\s|$)/g;
  for (const match of text.matchAll(pattern)) {
    const start = line.from + match.index;
    const end = start + match[0].length;
    if (position < start || position > end) continue;
    const found = spot(view.state.doc.toString(), end);
    const name = match[1] ?? "";
    if (found === null || found.kind === null) return null;
    const root = await schemaOf(found.kind);
    const path = found.spot.path;
    const schema = root === null ? null : at(root, path);
    if (schema === null || path.at(-1) !== name) return null;
    return {
      pos: start,
      end: start + match[0].trimEnd().length,
      above: true,
      create: () => {
        const dom = document.createElement("div");
        dom.className = "field-help";
        const head = dom.appendChild(document.createElement("div"));
        head.className = "field-help-head";
        head.append(Object.assign(document.createElement("code"), { textContent: name }), ` ${typeName(schema)}`);
        if (schema.description !== undefined) {
          dom.appendChild(document.createElement("p")).append(ticked(schema.description));
        }
        const offered = schema.type === "boolean" ? [] : values(schema);
        if (offered.length > 1) {
          dom.appendChild(Object.assign(document.createElement("p"), { textContent: offered.join(" · ") }));
        }
        return { dom };
      },
    };
  }
  return null;
});
