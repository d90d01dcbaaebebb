import Egressc
import Foundation

let sources = try ["policy.yaml", "mesh.yaml"].map { ["name": $0, "text": try String(contentsOfFile: $0)] }
let request: [String: Any] = ["sources": sources, "format": "yaml", "render": "plain"]
let answer = try compile(request: JSONSerialization.data(withJSONObject: request))
let fields = try JSONSerialization.jsonObject(with: Data(answer.utf8)) as! [String: Any]
FileHandle.standardError.write(Data((fields["rendered"] as! String).utf8))
if fields["ok"] as! Bool { print(fields["text"] as! String, terminator: "") }
