# frozen_string_literal: true

Gem::Specification.new do |spec|
  spec.name = "egressc"
  spec.version = "@VERSION@"
  spec.summary = "Compiles egress policies into the Istio resources that enforce them, and checks them."
  spec.authors = ["The egressc authors"]
  spec.license = "Apache-2.0"
  spec.homepage = "https://github.com/egressc/egressc"
  # The library inside is for the platform that it was built on.
  spec.platform = Gem::Platform.local
  spec.required_ruby_version = ">= 3.0"
  spec.files = Dir["lib/**/*", "README.md", "LICENSE"]
  spec.add_dependency "ffi", "~> 1.15"
  spec.metadata = {"rubygems_mfa_required" => "true"}
end
