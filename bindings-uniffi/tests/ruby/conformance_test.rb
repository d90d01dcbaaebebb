# frozen_string_literal: true

require "minitest/autorun"
require "egressc"
require_relative "cases"

# Every case of tests/cases, byte for byte; the expectations are written by the Rust runner.
class ConformanceTest < Minitest::Test
  ALL = Cases.all
  # What the core's own call over JSON text gave on this machine.
  ANSWERS = Pathname(ENV.fetch("EGRESSC_ANSWERS"))

  def test_the_cases_are_found
    assert_operator ALL.size, :>=, 30
    assert_equal ALL.size, ANSWERS.glob("*/*/request.json").size
  end

  ALL.each do |kase|
    define_method("test_#{kase.name}") do
      expected = kase.folder.join("response.json").binread
      response = answer(kase)
      # What the library would say to it, the test of bytes shows.
      return assert_includes(expected, "usageError") if response == :refused_by_ruby

      file = kase.folder.join("#{kase.call == "compile" ? "resources" : "answer"}.#{kase.request.fetch("format", "yaml")}")
      if response["text"].is_a?(String)
        assert_equal file.binread, response.delete("text").b
      else
        refute file.exist?
      end
      assert_equal expected, Cases.canonical(response).b
    end

    define_method("test_bytes_of_#{kase.name}") do
      folder = ANSWERS.join(kase.name)
      begin
        answer = EgresscNative.public_send(kase.call, folder.join("request.json").read(encoding: "UTF-8"))
        assert_equal folder.join("answer.json").binread, answer.b
      rescue EgresscNative::EgresscError::Usage => error
        assert_equal folder.join("error.txt").binread, error.message.b
      end
    end
  end

  private

  def answer(kase)
    arguments = kase.request.to_h { |key, value| [key.gsub(/[A-Z]/) { "_#{_1.downcase}" }.to_sym, value] }
    Egressc.public_send(kase.call, **arguments)
  rescue Egressc::UsageError => error
    {"usageError" => error.message}
  rescue ArgumentError => error
    raise unless error.message.start_with?("missing keyword")

    :refused_by_ruby
  end
end
