# frozen_string_literal: true

require "json"
require_relative "egressc/egressc_native"
require_relative "egressc/plain"
require_relative "egressc/calls"

# Compiles egress policies into the Istio resources that enforce them, and checks them.
#
# A bad policy is a value: +ok+ is false, and +diagnostics+ contains what is wrong, where, and what to do.
# A call with an invalid request raises UsageError.
module Egressc
  VERSION = "@VERSION@"

  # A call with an invalid request. It does not depend on the policies.
  class UsageError < ArgumentError; end

  # A bug in egressc. The process continues, and you can make further calls.
  class InternalError < StandardError; end

  def self.answer(call, fields)
    request = JSON.generate(Plain.read(fields.compact, call.to_s), max_nesting: 0)
    JSON.parse(EgresscNative.public_send(call, request), max_nesting: false)
  rescue EgresscNative::EgresscError::Usage => error
    raise UsageError, error.message
  rescue EgresscNative::InternalError => error
    raise InternalError, error.message
  end

  # Pairs of a name and a content become sources; everything else is left for the library to judge.
  def self.sources(given)
    raise UsageError, "the request is not valid: sources are an Array, not #{given.class}" unless given.is_a?(Array)

    given.map do |source|
      next source unless source.is_a?(Array) && source.size == 2

      name, content = source
      {"name" => name, (content.is_a?(String) ? "text" : "value") => content}
    end
  end

  private_class_method :answer, :sources
end
