# frozen_string_literal: true

# Written by `UPDATE=1 cargo test -p egressc-tests --test codegen` from the Rust types in core/src/api.

module Egressc
  # Compiles a policy set to the resources that enforce it.
  #
  # @param sources [Array<Hash>] All policies of the mesh, and what describes it.
  # @param format ["yaml", "json", nil] Fills `text` with the resources in this format.
  # @param position_encoding ["utf8", "utf16", "utf32"] Units of columns and offsets in the response.
  # @param render ["plain", "coloured", nil] Fills `rendered` with the diagnostics as text.
  # @return [Hash] ok, resources, origins, gatewayPorts, diagnostics, text, rendered
  # @raise [UsageError] when the call is wrong in itself
  def self.compile(sources:, format: nil, position_encoding: "utf32", render: nil)
    answer(:compile, {"sources" => sources(sources), "format" => format, "positionEncoding" => position_encoding, "render" => render})
  end

  # Checks a policy set without compiling it.
  #
  # @param sources [Array<Hash>] All policies of the mesh, and what describes it.
  # @param position_encoding ["utf8", "utf16", "utf32"] Units of columns and offsets in the response.
  # @param render ["plain", "coloured", nil] Fills `rendered` with the diagnostics as text.
  # @return [Hash] ok, gatewayPorts, diagnostics, rendered
  # @raise [UsageError] when the call is wrong in itself
  def self.check(sources:, position_encoding: "utf32", render: nil)
    answer(:check, {"sources" => sources(sources), "positionEncoding" => position_encoding, "render" => render})
  end

  # Says what a diagnostic means.
  #
  # @param code [String] `EGR0421` or its slug, in any case.
  # @return [Hash] code, slug, severity, summary, page
  # @raise [UsageError] when the call is wrong in itself
  def self.explain(code:)
    answer(:explain, {"code" => code})
  end

  # Gives a kind's JSON Schema, for editors.
  #
  # @param kind ["policy", "environment"] The kind.
  # @return [Hash] schema
  # @raise [UsageError] when the call is wrong in itself
  def self.schema(kind:)
    answer(:schema, {"kind" => kind})
  end

  # Says what this library is.
  #
  # @return [Hash] name, version, calls
  # @raise [UsageError] when the call is wrong in itself
  def self.about
    answer(:about, {})
  end
end
