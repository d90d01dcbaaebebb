pub(crate) const EXAMPLES: &str = "\
For kustomize, kpt and what runs them. Policies and mesh facts are among the items; the resources are added to them, \
and those of an earlier run are replaced. functionConfig may be a MeshEnvironment. \
When a policy is refused the items come back as they were, and `results` says why.

Exit status: 0 generated, warnings included; 1 refused; 2 misuse, or input that is no ResourceList.";
