output "manifests" {
  description = "The Kubernetes manifests by Kind/namespace/name, for use with for_each. The key of an object never changes."
  value       = jsondecode(data.external.compile.result.manifests)
}

output "messages" {
  description = "Warnings and notes, as text; empty if there are none."
  value       = local.messages
}
