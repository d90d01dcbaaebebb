// Objects by js-yaml.
import { readFileSync } from "node:fs";
import { dump } from "js-yaml";

const objects = JSON.parse(readFileSync("objects.json", "utf8"));
process.stdout.write(objects.map((object) => `---\n${dump(object, { noRefs: true })}`).join(""));
