# frozen_string_literal: true

module Egressc
  # What JSON can say, and nothing else: JSON.generate would write any object as some text.
  module Plain
    # More than the library takes, and few enough for the stack.
    DEEPEST = 512

    def self.read(value, place, depth = 0)
      refuse(place, "is nested more than #{DEEPEST} deep, or contains itself") if depth > DEEPEST
      case value
      when nil, true, false then value
      when String then text(value, place)
      when Symbol then text(value.name, place)
      when Integer then integer(value, place)
      when Float then value.finite? ? value : refuse(place, "is not a number that JSON has")
      when Array then value.each_with_index.map { |item, index| read(item, "#{place}[#{index}]", depth + 1) }
      when Hash then hash(value, place, depth)
      else refuse(place, "is of class #{value.class}")
      end
    end

    def self.hash(value, place, depth)
      value.to_h do |key, inner|
        refuse(place, "has a key of class #{key.class}") unless key.is_a?(String) || key.is_a?(Symbol)
        [text(key.to_s, place), read(inner, "#{place}.#{key}", depth + 1)]
      end
    end

    def self.integer(value, place)
      value.between?(-(1 << 63), (1 << 64) - 1) ? value : refuse(place, "is a number of more than 64 bits")
    end

    # Files that were read as bytes are meant as UTF-8.
    def self.text(value, place)
      utf8 = value.encoding == Encoding::BINARY ? value.dup.force_encoding(Encoding::UTF_8) : value.encode(Encoding::UTF_8)
      utf8.valid_encoding? ? utf8 : refuse(place, "is not UTF-8 text")
    rescue EncodingError
      refuse(place, "is not text that UTF-8 has")
    end

    def self.refuse(place, what)
      raise UsageError, "the request is not valid: `#{place}` #{what}"
    end

    private_class_method :hash, :integer, :text, :refuse
  end
  private_constant :Plain
end
