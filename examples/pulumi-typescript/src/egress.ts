import * as pulumi from "@pulumi/pulumi";
import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import { compile, type Source } from "egressc";

export interface EgressArgs {
  /** All policies of the mesh, and what describes it: texts, or objects that a program has built. */
  sources: Source[];
}

/** The Istio resources of a set of egress policies, each a resource of Pulumi's. */
export class Egress extends pulumi.ComponentResource {
  readonly resources: CustomResource[];

  constructor(name: string, args: EgressArgs, options?: pulumi.ComponentResourceOptions) {
    super("egressc:index:Egress", name, {}, options);
    const { ok, resources, rendered } = compile({ sources: args.sources, render: "plain" });
    // Before anything is registered: a refused set of policies changes nothing in the cluster.
    if (!ok) throw new pulumi.RunError(`the egress policies of ${name} are refused\n${rendered}`);
    if (rendered) void pulumi.log.warn(rendered, this);
    this.resources = resources.map(({ apiVersion, kind, metadata, spec }) =>
      // A policy's change renames no resource of another rule, and the names of Pulumi's follow.
      new CustomResource(`${name}-${kind.toLowerCase()}-${metadata.namespace}-${metadata.name}`, { apiVersion, kind, metadata, spec }, { parent: this }));
    this.registerOutputs({ count: this.resources.length });
  }
}
