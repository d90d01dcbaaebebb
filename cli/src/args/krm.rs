pub(crate) const EXAMPLES: &str = "\
For kustomize, kpt and tools that run them. The items contain the policies and the description of the mesh; egressc adds the \
resources to the items, and replaces those of an earlier run. functionConfig can be a MeshEnvironment. \
If a policy is refused, the items are returned unchanged, and `results` contains the reasons.

Exit status: 0 generated, also with warnings; 1 refused; 2 wrong usage, or an input that is not a ResourceList.";
