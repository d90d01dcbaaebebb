require "egressc"

files = ["policy.yaml", "mesh.yaml"]
answer = Egressc.compile(
  sources: files.map { |name| [name, File.read(name)] },
  format: "yaml",
  render: "plain"
)
$stderr.write(answer["rendered"])
$stdout.write(answer["text"]) if answer["ok"]
