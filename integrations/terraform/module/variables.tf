variable "paths" {
  description = "Files and folders with all policies of the mesh, and what describes it. Relative to where terraform runs: begin with path.module or path.root."
  type        = list(string)
  default     = []
}

variable "documents" {
  description = "Policies and mesh facts that are no files, as YAML or JSON text, by the name that messages shall use."
  type        = map(string)
  default     = {}
}

variable "python" {
  description = "A Python with the package egressc, as a command."
  type        = list(string)
  default     = ["python3"]

  validation {
    condition     = length(var.python) > 0
    error_message = "Name a Python, for instance [\"python3\"]."
  }
}
