import com.fasterxml.jackson.databind.JsonMappingException
import com.fasterxml.jackson.databind.JsonNode
import com.fasterxml.jackson.databind.node.ObjectNode
import com.fasterxml.jackson.databind.node.TextNode
import com.fasterxml.jackson.module.kotlin.treeToValue
import dev.egressc.*
import java.io.File
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory

/** A call, over JSON and over types. */
private class Call(val json: (ByteArray) -> String, val typed: (JsonNode) -> Any)

private val CALLS =
  mapOf(
    "compile" to Call({ compile(it) }, { compile(json.treeToValue<CompileRequest>(it)) }),
    "check" to Call({ check(it) }, { check(json.treeToValue<CheckRequest>(it)) }),
    "trace" to Call({ trace(it) }, { trace(json.treeToValue<TraceRequest>(it)) }),
    "reach" to Call({ reach(it) }, { reach(json.treeToValue<ReachRequest>(it)) }),
    "diff" to Call({ diff(it) }, { diff(json.treeToValue<DiffRequest>(it)) }),
    "test" to Call({ test(it) }, { test(json.treeToValue<TestRequest>(it)) }),
    "replay" to Call({ replay(it) }, { replay(json.treeToValue<ReplayRequest>(it)) }),
    "convert" to Call({ convert(it) }, { convert(json.treeToValue<ConvertRequest>(it)) }),
    "explain" to Call({ explain(it) }, { explain(json.treeToValue<ExplainRequest>(it)) }),
    "schema" to Call({ schema(it) }, { schema(json.treeToValue<SchemaRequest>(it)) }),
    "about" to Call({ about(it) }, { about() }),
  )

/** Every case of tests/cases, byte for byte; the expectations are written by the Rust runner. */
class ConformanceTest {
  // What the core's own call over JSON text gave on this machine.
  private val answers = File(System.getenv("EGRESSC_ANSWERS"))

  @Test
  fun theCasesAndTheCallsAreFound() {
    assertTrue(cases().size >= 30)
    assertEquals(cases().size, answers.walk().count { it.name == "request.json" })
    assertEquals(CALLS.keys.toList(), about().calls)
  }

  @TestFactory
  fun typed(): List<DynamicTest> = cases().map { case ->
    dynamicTest(case.name) {
      val expected = case.folder.resolve("response.json").readText()
      val response = answer(case)
      if (response == null) {
        assertTrue("usageError" in expected, "a right request has no type")
        return@dynamicTest
      }
      val file = case.folder.resolve("${if (case.call == "compile") "resources" else "answer"}.${case.request.path("format").asText("yaml")}")
      val text = response["text"]
      if (text is TextNode) {
        assertEquals(file.readText(), text.textValue())
        response.remove("text")
      } else {
        assertFalse(file.exists())
      }
      assertEquals(expected, canonical(response))
    }
  }

  /** Null when the types of Kotlin cannot say the request: what it would be told, the test of bytes shows. */
  private fun answer(case: Case): ObjectNode? =
    try {
      json.valueToTree(CALLS.getValue(case.call).typed(case.request))
    } catch (error: EgresscException.Usage) {
      json.createObjectNode().put("usageError", error.message)
    } catch (_: JsonMappingException) {
      null
    }

  @TestFactory
  fun bytes(): List<DynamicTest> = cases().map { case ->
    dynamicTest(case.name) {
      val folder = answers.resolve(case.name)
      try {
        val answer = CALLS.getValue(case.call).json(folder.resolve("request.json").readBytes())
        assertEquals(folder.resolve("answer.json").readText(), answer)
      } catch (error: EgresscException.Usage) {
        assertEquals(folder.resolve("error.txt").readText(), error.message)
      }
    }
  }
}
