// Every case of tests/cases, byte for byte.
import { test } from "node:test";
import * as egressc from "../dist/node.js";
import { answers } from "./answers.js";
import { cases, hold } from "./cases.js";

for (const one of cases()) test(one.name, () => hold(one, answers(egressc, [one])[0]));
