# Policies to Kubernetes manifests, at plan time and without a cluster.

terraform {
  required_version = ">= 1.5"
  required_providers {
    external = {
      source = "hashicorp/external"
    }
  }
}

data "external" "compile" {
  program = concat(var.python, ["-m", "egressc.terraform"])
  query = {
    paths     = jsonencode(var.paths)
    documents = jsonencode(var.documents)
  }
}

locals {
  messages = data.external.compile.result.messages
}

# Warnings and notes do not stop a plan; they are shown in it.
check "egressc" {
  assert {
    condition     = local.messages == ""
    error_message = local.messages
  }
}
