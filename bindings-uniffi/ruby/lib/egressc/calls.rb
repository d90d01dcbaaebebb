# frozen_string_literal: true

# Written by `UPDATE=1 cargo test -p egressc-tests --test codegen` from the Rust types in core/src/api.

module Egressc
  # Compiles a policy set to the resources that enforce it.
  #
  # @param sources [Array<Hash>] All policies of the mesh, and the documents that describe it.
  # @param format ["yaml", "json", nil] If set, `text` contains the resources in this format.
  # @param position_encoding ["utf8", "utf16", "utf32"] Units of columns and offsets in the response.
  # @param render ["plain", "coloured", nil] If set, `rendered` contains the diagnostics as text.
  # @return [Hash] ok, resources, origins, gatewayPorts, diagnostics, text, rendered
  # @raise [UsageError] when the call is wrong in itself
  def self.compile(sources:, format: nil, position_encoding: "utf32", render: nil)
    answer(:compile, {"sources" => sources(sources), "format" => format, "positionEncoding" => position_encoding, "render" => render})
  end

  # Checks a policy set without compiling it.
  #
  # @param sources [Array<Hash>] All policies of the mesh, the documents that describe it, Istio objects, and a `CheckConfiguration`.
  # @param date [String, nil] The day of today, such as `2027-03-31`, for suppressions, which end, and for `until` of rules. Without it no suppression is followed, and nothing is said about rules whose last day has passed.
  # @param position_encoding ["utf8", "utf16", "utf32"] Units of columns and offsets in the response.
  # @param render ["plain", "coloured", nil] If set, `rendered` contains the diagnostics as text.
  # @return [Hash] ok, gatewayPorts, diagnostics, suppressed, rendered
  # @raise [UsageError] when the call is wrong in itself
  def self.check(sources:, date: nil, position_encoding: "utf32", render: nil)
    answer(:check, {"sources" => sources(sources), "date" => date, "positionEncoding" => position_encoding, "render" => render})
  end

  # Evaluates one request, hop by hop.
  #
  # @param sources [Array<Hash>] All policies of the mesh, the documents that describe it, and Istio objects.
  # @param access_log [String, nil] A line of an Envoy access log in Istio's text or JSON format.
  # @param ask [String, nil] The request in one line, for example `mytest,app=sleep-a -> POST https://www.httpbin.org/anything`.
  # @param client [Hash, nil] The client whose sidecar wrote `accessLog`; if absent, egressc tries every client that the policies name.
  # @param format ["text", "mermaid", nil] If set, `text` contains the result in this format.
  # @param position_encoding ["utf8", "utf16", "utf32"] Units of columns and offsets in the response.
  # @param query [Hash, nil] The request.
  # @param render ["plain", "coloured", nil] If set, `rendered` contains the diagnostics as text.
  # @return [Hash] ok, trace, declared, audit, hint, text, diagnostics, rendered
  # @raise [UsageError] when the call is wrong in itself
  def self.trace(sources:, access_log: nil, ask: nil, client: nil, format: nil, position_encoding: "utf32", query: nil, render: nil)
    answer(:trace, {"sources" => sources(sources), "accessLog" => access_log, "ask" => ask, "client" => client, "format" => format, "positionEncoding" => position_encoding, "query" => query, "render" => render})
  end

  # Lists which clients can reach which hosts.
  #
  # @param sources [Array<Hash>] All policies of the mesh, the documents that describe it, and Istio objects.
  # @param date [String, nil] Date that the formats `html` and `svg` show, such as `2027-03-31`. Without it they show none.
  # @param filter [Hash, nil] Which rows the response contains; without it, all of them.
  # @param format ["table", "csv", "mermaid", "dot", "html", "svg", nil] If set, `text` contains the result in this format.
  # @param position_encoding ["utf8", "utf16", "utf32"] Units of columns and offsets in the response.
  # @param render ["plain", "coloured", nil] If set, `rendered` contains the diagnostics as text.
  # @param title [String, nil] Title of the formats `html` and `svg`.
  # @return [Hash] ok, flows, unknowns, assumed, text, diagnostics, rendered
  # @raise [UsageError] when the call is wrong in itself
  def self.reach(sources:, date: nil, filter: nil, format: nil, position_encoding: "utf32", render: nil, title: nil)
    answer(:reach, {"sources" => sources(sources), "date" => date, "filter" => filter, "format" => format, "positionEncoding" => position_encoding, "render" => render, "title" => title})
  end

  # Lists which flows a change opens, closes and reroutes, and in which order to apply it.
  #
  # @param before [Array<Hash>] The mesh before the change: all policies, the documents that describe it, and Istio objects.
  # @param after [Array<Hash>] The mesh after the change.
  # @param format ["text", "markdown", nil] If set, `text` contains the result in this format.
  # @param position_encoding ["utf8", "utf16", "utf32"] Units of columns and offsets in the response.
  # @param render ["plain", "coloured", nil] If set, `rendered` contains the diagnostics as text.
  # @return [Hash] ok, changes, settings, widened, affectedNamespaces, order, text, diagnostics, rendered
  # @raise [UsageError] when the call is wrong in itself
  def self.diff(before:, after:, format: nil, position_encoding: "utf32", render: nil)
    answer(:diff, {"before" => sources(before), "after" => sources(after), "format" => format, "positionEncoding" => position_encoding, "render" => render})
  end

  # Runs the expectations in the sources, and lists what no expectation covers.
  #
  # @param sources [Array<Hash>] All policies of the mesh, the documents that describe it, Istio objects, and `EgressExpectations`.
  # @param format ["text", nil] If set, `text` contains the result in this format.
  # @param mutations [Boolean] Whether to make small changes to the policies, and to list those that no expectation notices.
  # @param position_encoding ["utf8", "utf16", "utf32"] Units of columns and offsets in the response.
  # @param render ["plain", "coloured", nil] If set, `rendered` contains the diagnostics as text.
  # @return [Hash] ok, passed, failed, expectations, uncovered, mutants, untried, assumed, text, diagnostics, rendered
  # @raise [UsageError] when the call is wrong in itself
  def self.test(sources:, format: nil, mutations: false, position_encoding: "utf32", render: nil)
    answer(:test, {"sources" => sources(sources), "format" => format, "mutations" => mutations, "positionEncoding" => position_encoding, "render" => render})
  end

  # Compares the verdicts with the lines of access logs.
  #
  # @param sources [Array<Hash>] All policies of the mesh, the documents that describe it, and Istio objects.
  # @param logs [Array<Hash>] The access logs.
  # @param examples [Integer, nil] The largest number of lines in `rows` for each result; the default is 5.
  # @param format ["text", nil] If set, `text` contains the result in this format.
  # @param position_encoding ["utf8", "utf16", "utf32"] Units of columns and offsets in the response.
  # @param render ["plain", "coloured", nil] If set, `rendered` contains the diagnostics as text.
  # @return [Hash] ok, agree, differ, unknown, leftOut, reasons, audited, rows, text, diagnostics, rendered
  # @raise [UsageError] when the call is wrong in itself
  def self.replay(sources:, logs:, examples: nil, format: nil, position_encoding: "utf32", render: nil)
    answer(:replay, {"sources" => sources(sources), "logs" => logs, "examples" => examples, "format" => format, "positionEncoding" => position_encoding, "render" => render})
  end

  # Makes policies of one kind policies of another.
  #
  # @param sources [Array<Hash>] The sources with policies.
  # @param to ["ASMEgressTrafficPolicy", "EgressPolicy"] The kind that the policies get.
  # @param position_encoding ["utf8", "utf16", "utf32"] The units of columns and offsets.
  # @param render ["plain", "coloured", nil] How the diagnostics are rendered as text; null or absent: they are not.
  # @return [Hash] ok, converted, diagnostics, rendered
  # @raise [UsageError] when the call is wrong in itself
  def self.convert(sources:, to:, position_encoding: "utf32", render: nil)
    answer(:convert, {"sources" => sources(sources), "to" => to, "positionEncoding" => position_encoding, "render" => render})
  end

  # Returns the meaning of a diagnostic code.
  #
  # @param code [String] A code such as `EGR0421`, or its slug, in upper or lower case; or a named set such as `@git-clone/1`.
  # @return [Hash] code, slug, severity, summary, page
  # @raise [UsageError] when the call is wrong in itself
  def self.explain(code:)
    answer(:explain, {"code" => code})
  end

  # Returns the JSON Schema of a kind, for editors.
  #
  # @param kind ["policy", "egress-policy", "environment", "expectations", "configuration"] The kind.
  # @return [Hash] schema
  # @raise [UsageError] when the call is wrong in itself
  def self.schema(kind:)
    answer(:schema, {"kind" => kind})
  end

  # Describes this library.
  #
  # @return [Hash] name, version, calls
  # @raise [UsageError] when the call is wrong in itself
  def self.about
    answer(:about, {})
  end
end
