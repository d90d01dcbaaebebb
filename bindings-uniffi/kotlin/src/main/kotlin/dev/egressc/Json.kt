package dev.egressc

import com.fasterxml.jackson.annotation.JsonInclude
import com.fasterxml.jackson.core.JsonFactory
import com.fasterxml.jackson.core.JsonProcessingException
import com.fasterxml.jackson.core.StreamReadConstraints
import com.fasterxml.jackson.databind.ObjectMapper
import com.fasterxml.jackson.databind.json.JsonMapper
import com.fasterxml.jackson.module.kotlin.kotlinModule
import com.fasterxml.jackson.module.kotlin.readValue

// The answers are ours, and the text of a large mesh is longer than Jackson's limit for strangers' strings.
private val ours = StreamReadConstraints.builder().maxStringLength(Int.MAX_VALUE).build()

internal val json: ObjectMapper =
  JsonMapper.builder(JsonFactory.builder().streamReadConstraints(ours).build())
    .addModule(kotlinModule())
    .defaultPropertyInclusion(JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.ALWAYS))
    .build()

internal inline fun <reified A> answer(request: Any, call: (ByteArray) -> String): A = json.readValue(call(written(request)))

internal fun written(request: Any): ByteArray =
  try {
    json.writeValueAsBytes(request)
  } catch (error: JsonProcessingException) {
    throw EgresscException.Usage("the request is not valid: ${error.originalMessage}")
  }
