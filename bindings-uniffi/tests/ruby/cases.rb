# frozen_string_literal: true

require "json"
require "pathname"

# The cases that every runtime answers, and how their expectations are written.
module Cases
  REPOSITORY = Pathname(__dir__).join("../../..").expand_path
  ROOT = REPOSITORY.join("tests/cases")

  Case = Struct.new(:name, :folder, :call, :request)

  def self.all
    ROOT.glob("*/*/case.json").sort.map do |path|
      written = JSON.parse(path.read(encoding: "UTF-8"), max_nesting: false)
      lists = written["request"].values_at("sources", "before", "after").compact
      lists.flatten.each do |source|
        file = source.delete("file")
        source["text"] = path.dirname.join(file).read(encoding: "UTF-8") if file
      end
      folder = path.dirname
      Case.new(folder.relative_path_from(ROOT).to_s, folder, written["call"], written["request"])
    end
  end

  def self.canonical(answer)
    # The JSON of Ruby 3.1 breaks the line inside of what is empty.
    JSON.pretty_generate(sorted(answer), max_nesting: 0).gsub(/([\[{])\n\s*([\]}])/, "\\1\\2") + "\n"
  end

  def self.sorted(value)
    case value
    when Hash then value.sort.to_h { |key, inner| [key, sorted(inner)] }
    when Array then value.map { |item| sorted(item) }
    else value
    end
  end
end
