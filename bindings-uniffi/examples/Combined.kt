import dev.egressc.*
import java.io.File

fun main() {
  val files = listOf("policy.yaml", "mesh.yaml")
  val sources = files.map { Source(it, text = File(it).readText()) }
  val answer = compile(CompileRequest(sources, format = Format.YAML, render = Rendering.PLAIN))
  System.err.print(answer.rendered)
  if (answer.ok) print(answer.text)
}
