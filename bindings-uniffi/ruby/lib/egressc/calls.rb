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

  # Says what becomes of one request, hop by hop.
  #
  # @param sources [Array<Hash>] All policies of the mesh, what describes it, and Istio's own objects.
  # @param access_log [String, nil] A line of an Envoy access log in Istio's text or JSON format.
  # @param ask [String, nil] The request in one line, as `mytest,app=sleep-a -> POST https://www.httpbin.org/anything`.
  # @param client [Hash, nil] Whose sidecar wrote `accessLog`; without it every client that the policies name is tried.
  # @param format ["text", "mermaid", nil] Fills `text` with the answer in this format.
  # @param position_encoding ["utf8", "utf16", "utf32"] Units of columns and offsets in the response.
  # @param query [Hash, nil] The request.
  # @param render ["plain", "coloured", nil] Fills `rendered` with the diagnostics as text.
  # @return [Hash] ok, trace, declared, hint, text, diagnostics, rendered
  # @raise [UsageError] when the call is wrong in itself
  def self.trace(sources:, access_log: nil, ask: nil, client: nil, format: nil, position_encoding: "utf32", query: nil, render: nil)
    answer(:trace, {"sources" => sources(sources), "accessLog" => access_log, "ask" => ask, "client" => client, "format" => format, "positionEncoding" => position_encoding, "query" => query, "render" => render})
  end

  # Says who can reach what.
  #
  # @param sources [Array<Hash>] All policies of the mesh, what describes it, and Istio's own objects.
  # @param format ["table", "csv", "mermaid", "dot", nil] Fills `text` with the answer in this format.
  # @param position_encoding ["utf8", "utf16", "utf32"] Units of columns and offsets in the response.
  # @param render ["plain", "coloured", nil] Fills `rendered` with the diagnostics as text.
  # @return [Hash] ok, flows, text, diagnostics, rendered
  # @raise [UsageError] when the call is wrong in itself
  def self.reach(sources:, format: nil, position_encoding: "utf32", render: nil)
    answer(:reach, {"sources" => sources(sources), "format" => format, "positionEncoding" => position_encoding, "render" => render})
  end

  # Says what a change opens, closes and reroutes, and in which order to apply it.
  #
  # @param before [Array<Hash>] The mesh before the change: all policies, what describes it, and Istio's own objects.
  # @param after [Array<Hash>] The same after the change.
  # @param format ["text", "markdown", nil] Fills `text` with the answer in this format.
  # @param position_encoding ["utf8", "utf16", "utf32"] Units of columns and offsets in the response.
  # @param render ["plain", "coloured", nil] Fills `rendered` with the diagnostics as text.
  # @return [Hash] ok, changes, widened, affectedNamespaces, order, text, diagnostics, rendered
  # @raise [UsageError] when the call is wrong in itself
  def self.diff(before:, after:, format: nil, position_encoding: "utf32", render: nil)
    answer(:diff, {"before" => sources(before), "after" => sources(after), "format" => format, "positionEncoding" => position_encoding, "render" => render})
  end

  # Runs the expectations among the sources, and says what none of them would notice.
  #
  # @param sources [Array<Hash>] All policies of the mesh, what describes it, Istio's own objects, and `EgressExpectations`.
  # @param format ["text", nil] Fills `text` with the answer in this format.
  # @param mutations [Boolean] Whether to look for changes of the policies that no expectation notices.
  # @param position_encoding ["utf8", "utf16", "utf32"] Units of columns and offsets in the response.
  # @param render ["plain", "coloured", nil] Fills `rendered` with the diagnostics as text.
  # @return [Hash] ok, passed, failed, expectations, uncovered, mutants, untried, text, diagnostics, rendered
  # @raise [UsageError] when the call is wrong in itself
  def self.test(sources:, format: nil, mutations: false, position_encoding: "utf32", render: nil)
    answer(:test, {"sources" => sources(sources), "format" => format, "mutations" => mutations, "positionEncoding" => position_encoding, "render" => render})
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
  # @param kind ["policy", "environment", "expectations"] The kind.
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
