# frozen_string_literal: true

require "date"
require "minitest/autorun"
require "open3"
require "egressc"
require_relative "cases"

# What only exists at this border: Ruby's objects, its strings, and what a fault of the library does.
class BorderTest < Minitest::Test
  FOLDER = Cases::REPOSITORY.join("examples/combined")
  TEXTS = %w[policy.yaml mesh.yaml].map { |name| [name, FOLDER.join(name).read(encoding: "UTF-8")] }

  def wrong(message, sources, **options)
    error = assert_raises(Egressc::UsageError) { Egressc.compile(sources: sources, **options) }
    assert_kind_of ArgumentError, error
    assert_match message, error.message
    # A call after a failed call works.
    assert Egressc.compile(sources: TEXTS)["ok"]
  end

  def test_it_is_the_gem
    assert_equal File.realpath(ENV.fetch("GEM_HOME")), File.realpath(Gem.loaded_specs.fetch("egressc").base_dir)
    assert_equal Egressc::VERSION, Gem.loaded_specs.fetch("egressc").version.to_s
    assert_equal Egressc::VERSION, Egressc.about["version"]
  end

  def test_the_example
    example = File.expand_path("../../examples/combined.rb", __dir__)
    out, err, status = Open3.capture3(RbConfig.ruby, example, chdir: FOLDER.to_s)
    assert status.success?, err
    assert_equal Cases::ROOT.join("compile/combined/resources.yaml").read, out
    readme = File.read(File.expand_path("../../README.md", __dir__))
    {"ruby" => "combined.rb", "kotlin" => "Combined.kt", "swift" => "Combined.swift"}.each do |language, file|
      assert_includes readme, "```#{language}\n#{File.read(File.expand_path("../../examples/#{file}", __dir__))}```"
    end
  end

  def test_every_way_to_give_a_source
    expected = Egressc.compile(sources: TEXTS, format: "yaml")["text"]
    ways = [
      TEXTS.map { |name, text| {"name" => name, "text" => text} },
      TEXTS.map { |name, text| {name: name, text: text.b} },
      TEXTS.map { |name, text| [name.to_sym, text.encode("UTF-16LE")] }
    ]
    ways.each { |way| assert_equal expected, Egressc.compile(sources: way, format: :yaml)["text"] }
  end

  def test_values
    service = {
      apiVersion: "v1", kind: "Service", metadata: {name: "x", namespace: "y"}, spec: {ports: [{port: 80}]}
    }
    as_value = Egressc.check(sources: [*TEXTS, {name: "s", value: service}])
    assert as_value["ok"]
    assert_equal as_value, Egressc.check(sources: [*TEXTS, ["s", service]])
  end

  def test_what_is_not_plain_data_is_refused_with_its_place
    wrong(/`compile\.sources\[0\]\.value\.spec\.d` is of class Date/, [["v", {spec: {d: Date.new(2026, 1, 1)}}]])
    wrong(/\.f\[0\]` is of class Proc/, [["v", {f: [-> {}]}]])
    wrong(/has a key of class Integer/, [["v", {1 => 2}]])
    wrong(/\.n` is a number of more than 64 bits/, [["v", {n: 1 << 64}]])
    wrong(/\.n` is not a number that JSON has/, [["v", {n: Float::NAN}]])
    wrong(/is not UTF-8 text/, [["latin1.yaml", "kind: Z\xFCrich"]])
    wrong(/is not UTF-8 text/, [["latin1.yaml", "kind: Z\xFCrich".b]])
    cyclic = {}
    cyclic[:again] = [cyclic]
    wrong(/nested more than 512 deep, or contains itself/, [["v", cyclic]])
  end

  def test_sources_that_are_none_are_refused
    [nil, 1, "policy.yaml", {name: "x", text: ""}].each { |sources| wrong(/sources are an Array/, sources) }
    [nil, 1, "policy.yaml", [], [1, "y"]].each { |source| wrong(/the request is not valid/, [source]) }
    [["x"], %w[x y z]].each { |source| wrong(/needs exactly one of `text` and `value`/, [source]) }
    wrong(/needs exactly one of `text` and `value`/, [{name: "x"}])
    wrong(/unknown variant `xml`/, TEXTS, format: "xml")
    wrong(/unknown variant `utf7`/, TEXTS, position_encoding: "utf7")
    assert_raises(Egressc::UsageError) { Egressc.explain(code: "EGR9999") }
    assert_raises(ArgumentError) { Egressc.compile(sources: TEXTS, colour: true) }
  end

  def test_bytes_that_are_no_text_do_not_reach_the_library
    ["\xFF".b, "{\"sources\":[{\"name\":\"\xC3\"}]}".b].each do |request|
      error = assert_raises(EgresscNative::EgresscError::Usage) { EgresscNative.compile(request) }
      assert_match(/the request is not valid: invalid utf-8/, error.message)
    end
  end

  def test_places_count_code_points_unless_the_caller_says_otherwise
    text = "# 🚀日é\nb: [}"
    place = Egressc.check(sources: [["t", text]])["diagnostics"][0]["labels"][0]
    assert_equal "[", text[place["start"]["offset"]]
    refute_equal place, Egressc.check(sources: [["t", text]], position_encoding: "utf16")["diagnostics"][0]["labels"][0]
  end

  def test_too_large_is_a_diagnostic
    answer = Egressc.check(sources: [["large.yaml", "a" * (17 << 20)]])
    refute answer["ok"]
    assert_equal "EGR0103", answer["diagnostics"][0]["code"]
  end

  # A buffer that says it has room and has none: the library panics where it takes the arguments.
  def test_a_panic_does_not_cross
    buffer = EgresscNative::RustBuffer.new
    buffer[:capacity] = 8
    error = assert_raises(EgresscNative::InternalError) do
      EgresscNative.rust_call_with_error(EgresscNative::EgresscError, :uniffi_egressc_uniffi_fn_func_compile, buffer)
    end
    assert_match(/null RustBuffer had non-zero capacity/, error.message)
    assert Egressc.compile(sources: TEXTS)["ok"]
  end

  def test_threads_agree
    answers = Array.new(4) { Thread.new { Egressc.compile(sources: TEXTS, format: "yaml")["text"] } }.map(&:value)
    assert_equal 1, answers.uniq.size
  end

  def test_nothing_hostile_does_harm
    files = Cases::REPOSITORY.glob("cli/tests/hostile/*.{yaml,json}")
    assert_operator files.size, :>, 50
    files.each do |file|
      sources = [["hostile", file.binread]]
      begin
        assert_includes [true, false], Egressc.check(sources: sources)["ok"]
      rescue Egressc::UsageError => error
        assert_match(/is not UTF-8 text/, error.message)
      end
    end
  end
end
