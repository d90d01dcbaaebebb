import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { Egress } from "./egress.js";

// `pulumi config set policies path/to/folder`
const folder = new pulumi.Config().get("policies") ?? join(__dirname, "../../combined");
const files = readdirSync(folder).filter((name) => /\.(ya?ml|json)$/.test(name)).sort();

const egress = new Egress("egress", { sources: files.map((name) => ({ name, text: readFileSync(join(folder, name), "utf8") })) });

export const resources = egress.resources.length;
