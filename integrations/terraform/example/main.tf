# The policy and the mesh of examples/combined, as one Terraform resource for each manifest.

module "egress" {
  source = "../module"
  paths  = var.paths
  python = var.python
}

# With a cluster, this is all:
#
# resource "kubernetes_manifest" "egress" {
#   for_each = module.egress.manifests
#   manifest = each.value
# }
#
# Without one, Terraform's own placeholder resource, so that plans can be looked at.
resource "terraform_data" "egress" {
  for_each = module.egress.manifests
  input    = each.value
}

variable "paths" {
  type    = list(string)
  default = ["../../../examples/combined"]
}

variable "python" {
  type    = list(string)
  default = ["python3"]
}
