// Pulumi's own mocks stand for the cluster; what is registered is what the command would apply.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, beforeEach, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { compile } from "egressc";

const combined = join(__dirname, "../../combined");
const sources = ["mesh.yaml", "policy.yaml"].map((name) => ({ name, text: readFileSync(join(combined, name), "utf8") }));
const registered: pulumi.runtime.MockResourceArgs[] = [];

before(() => pulumi.runtime.setMocks({
  newResource: (args) => {
    registered.push(args);
    return { id: args.name, state: args.inputs };
  },
  call: ({ inputs }) => inputs,
}));
beforeEach(() => registered.splice(0));

const sorted = (resources: any[]) => [...resources].sort((one, other) => (key(one) < key(other) ? -1 : 1));
const key = ({ kind, metadata }: any) => `${kind} ${metadata.namespace} ${metadata.name}`;

const settled = async (resources: pulumi.Resource[]) => {
  await Promise.all(resources.map((resource) => new Promise((done) => resource.urn.apply(done))));
};

test("the program registers every resource that egressc compiles, as it is", async () => {
  const { resources } = await import("./index.js");
  const { Egress } = await import("./egress.js");
  const egress = new Egress("again", { sources });
  await settled([egress, ...egress.resources]);
  const compiled = compile({ sources }).resources;
  assert.ok(compiled.length > 10);
  assert.equal(resources, compiled.length);
  for (const program of ["egress", "again"]) {
    const own = registered.filter(({ name }) => name.startsWith(`${program}-`));
    assert.equal(own.length, compiled.length);
    const names = own.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    assert.ok(own.every(({ type, inputs }) => type === `kubernetes:${inputs.apiVersion}:${inputs.kind}`));
    // Pulumi registers them in any order; the resources are closed in every one.
    const got = own.map(({ inputs: { apiVersion, kind, metadata, spec } }) => ({ apiVersion, kind, metadata, spec }));
    assert.deepEqual(sorted(got), sorted(compiled));
  }
});

test("a policy may be built by the program", async () => {
  const { Egress } = await import("./egress.js");
  const policy = {
    apiVersion: "istio.alibabacloud.com/v1", kind: "ASMEgressTrafficPolicy",
    metadata: { name: "egress-by-egressgateway-a", namespace: "istio-egress" },
    spec: {
      byEgressGateway: { name: "egressgateway-a" },
      egressRules: [{
        from: [{ namespace: "mytest", workloadSelector: { app: "sleep-a" } }],
        to: [{ name: "api", hosts: ["api.example.com"], port: { name: "https", number: 443, protocol: "HTTPS" } }],
      }],
    },
  };
  const egress = new Egress("built", { sources: [sources[0]!, { name: "policy", value: policy }] });
  await settled(egress.resources);
  assert.ok(registered.some(({ inputs }) => inputs.spec?.hosts?.includes("api.example.com")));
});

test("refused policies register nothing, and say why", async () => {
  const { Egress } = await import("./egress.js");
  const wrong = sources[1]!.text.replace("www.httpbin.org", '"*.httpbin.org"');
  assert.throws(() => new Egress("refused", { sources: [sources[0]!, { name: "policy.yaml", text: wrong }] }), (error: Error) => {
    assert.ok(pulumi.RunError.isInstance(error));
    assert.match(error.message, /EGR0422[\s\S]*policy\.yaml:\d+:\d+/);
    return true;
  });
  await pulumi.runtime.disconnect();
  assert.ok(registered.every(({ type }) => !type.startsWith("kubernetes:")));
});
