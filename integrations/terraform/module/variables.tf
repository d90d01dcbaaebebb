variable "paths" {
  description = "Files and folders with all policies of the mesh, and the documents that describe it. Paths are relative to the folder where terraform runs: begin them with path.module or path.root."
  type        = list(string)
  default     = []
}

variable "documents" {
  description = "Policies and documents about the mesh that are not files, as YAML or JSON text, by the name for messages."
  type        = map(string)
  default     = {}
}

variable "python" {
  description = "The command of a Python that has the package egressc."
  type        = list(string)
  default     = ["python3"]

  validation {
    condition     = length(var.python) > 0
    error_message = "Name a Python, for instance [\"python3\"]."
  }
}
