output "manifests" {
  description = "The Kubernetes manifests, each under Kind/namespace/name: for for_each. Keys never change while an object is made."
  value       = jsondecode(data.external.compile.result.manifests)
}

output "messages" {
  description = "Warnings and notes, as text; empty when there is nothing to say."
  value       = local.messages
}
