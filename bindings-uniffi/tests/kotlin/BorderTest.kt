import dev.egressc.*
import java.io.File
import java.util.stream.IntStream
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** What only exists at this border: the strings of the JVM, its threads, and what a fault of the library does. */
class BorderTest {
  private val folder = REPOSITORY.resolve("examples/combined")
  private val sources = listOf("policy.yaml", "mesh.yaml").map { Source(it, text = folder.resolve(it).readText()) }

  private fun wrong(message: String, call: () -> Unit) {
    val error = assertThrows(EgresscException.Usage::class.java) { call() }
    assertTrue(message in error.message!!, error.message)
    // A call after a failed call works.
    assertTrue(compile(CompileRequest(sources)).ok)
  }

  @Test
  fun itIsTheJarOfThisVersion() {
    val jar = File(CompileRequest::class.java.protectionDomain.codeSource.location.toURI())
    assertEquals("egressc-${about().version}.jar", jar.name)
  }

  @Test
  fun theExample() {
    val process =
      ProcessBuilder(
          "${System.getProperty("java.home")}/bin/java",
          "-cp",
          System.getProperty("surefire.test.class.path") ?: System.getProperty("java.class.path"),
          "CombinedKt",
        )
        .directory(folder)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start()
    val out = process.inputStream.readBytes().decodeToString()
    assertEquals(0, process.waitFor())
    assertEquals(REPOSITORY.resolve("tests/cases/compile/combined/resources.yaml").readText(), out)
  }

  @Test
  fun aBadCallIsAnExceptionOfItsOwn() {
    wrong("needs exactly one of `text` and `value`") { check(CheckRequest(listOf(Source("x")))) }
    wrong("there is no diagnostic code `EGR9999`") { explain(ExplainRequest("EGR9999")) }
    wrong("the request is not valid") { check(CheckRequest(listOf(Source("x", text = "kind: \ud800")))) }
    wrong("unknown field `sorces`") { compile("""{"sources": [], "sorces": []}""".toByteArray()) }
    wrong("invalid utf-8") { compile(byteArrayOf(-1)) }
    wrong("EOF") { compile(byteArrayOf()) }
    var deep = json.createArrayNode()
    repeat(2000) { deep = json.createArrayNode().add(deep) }
    wrong("the request is not valid") { check(CheckRequest(listOf(Source("x", value = deep)))) }
  }

  @Test
  fun aBadPolicyIsAValue() {
    val answer = compile(CompileRequest(listOf(Source("p.yaml", text = "kind: [}")), render = Rendering.PLAIN))
    assertFalse(answer.ok)
    assertEquals(Severity.ERROR, answer.diagnostics.first().severity)
    assertTrue("p.yaml:1" in answer.rendered!!)
    assertNull(answer.text)
  }

  @Test
  fun placesCountUtf16UnitsUnlessTheCallerSaysOtherwise() {
    val text = "# 🚀日é\nb: [}"
    val place = { request: CheckRequest -> check(request).diagnostics[0].labels[0] }
    val asked = CheckRequest(listOf(Source("t", text = text)))
    assertEquals('[', text[place(asked).start.offset])
    assertNotEquals(place(asked), place(asked.copy(positionEncoding = PositionEncoding.UTF8)))
  }

  @Test
  fun tooLargeIsADiagnostic() {
    val answer = check(CheckRequest(listOf(Source("large.yaml", text = "a".repeat(17 shl 20)))))
    assertEquals("EGR0103", answer.diagnostics.single().code)
  }

  /** A buffer that says it has room and has none: the library panics where it takes the arguments. */
  @Test
  fun aPanicDoesNotCross() {
    val buffer = RustBuffer.ByValue()
    buffer.capacity = 8
    val status = UniffiRustCallStatus()
    UniffiLib.uniffi_egressc_uniffi_fn_func_compile(buffer, status)
    assertTrue(status.isPanic())
    assertEquals("null RustBuffer had non-zero capacity", FfiConverterString.lift(status.error_buf))
    assertTrue(compile(CompileRequest(sources)).ok)
  }

  @Test
  fun threadsAgree() {
    val answers = IntStream.range(0, 8).parallel().mapToObj { compile(CompileRequest(sources)) }.toList()
    assertEquals(1, answers.distinct().size)
  }

  @Test
  fun nothingHostileDoesHarm() {
    val files = REPOSITORY.resolve("cli/tests/hostile").listFiles { file -> file.extension in setOf("yaml", "json") }!!
    assertTrue(files.size > 50)
    var answered = 0
    // As small as threads get in servers.
    val thread =
      Thread(null, { for (file in files) { check(CheckRequest(listOf(Source(file.name, text = file.readText())))); answered += 1 } }, "small", 256 shl 10)
    thread.start()
    thread.join()
    assertEquals(files.size, answered)
  }
}
