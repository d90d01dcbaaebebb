import com.fasterxml.jackson.core.util.DefaultIndenter
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter
import com.fasterxml.jackson.core.util.Separators
import com.fasterxml.jackson.databind.JsonNode
import com.fasterxml.jackson.databind.SerializationFeature
import com.fasterxml.jackson.databind.json.JsonMapper
import com.fasterxml.jackson.databind.node.ObjectNode
import com.fasterxml.jackson.module.kotlin.kotlinModule
import java.io.File

val REPOSITORY = File(System.getProperty("egressc.repository")).canonicalFile

/** Reads strictly, and writes null for what is null: as answers are. */
val json: JsonMapper =
  JsonMapper.builder().addModule(kotlinModule()).enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS).build()

/** A case that every runtime answers. */
class Case(val folder: File) {
  private val written = json.readTree(folder.resolve("case.json"))
  val name = "${folder.parentFile.name}/${folder.name}"
  val call: String = written["call"].textValue()
  val request: JsonNode = written["request"]

  init {
    for (list in listOf("sources", "before", "after")) {
      for (source in request.path(list)) {
        val file = (source as? ObjectNode)?.remove("file") ?: continue
        source.put("text", folder.resolve(file.textValue()).readText())
      }
    }
  }
}

fun cases(): List<Case> =
  REPOSITORY.resolve("tests/cases").walk().filter { it.name == "case.json" }.map { Case(it.parentFile) }.sortedBy { it.name }.toList()

private val lines = DefaultIndenter("  ", "\n")
private val printer =
  DefaultPrettyPrinter(
      Separators.createDefaultInstance()
        .withObjectFieldValueSpacing(Separators.Spacing.AFTER)
        .withObjectEmptySeparator("")
        .withArrayEmptySeparator("")
    )
    .apply {
      indentArraysWith(lines)
      indentObjectsWith(lines)
    }

/** As the expectations are written: keys in order, two spaces, one line break at the end. */
fun canonical(answer: JsonNode): String {
  val text = json.writer(printer).writeValueAsString(json.convertValue(answer, Any::class.java))
  // Jackson writes control characters with capital digits.
  return text.replace(Regex("""\\u00[01][0-9A-F]""")) { it.value.lowercase() } + "\n"
}
