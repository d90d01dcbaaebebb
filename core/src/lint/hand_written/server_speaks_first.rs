//! Protocols in which the server sends the first bytes, behind ports on which a sidecar waits for those of the client.

use super::mesh::{Asked, Mesh};
use super::registry::Declared;
use super::said::request;
use crate::diagnostic::{Diagnostic, codes};
use crate::istio::{EntryPort, PortProtocol};
use crate::resource::Labels;
use crate::trace::{Message, Scheme, Verdict};
use crate::universe::sample;

/// The usual ports of such protocols.
const SERVER_FIRST: [(u16, &str); 9] = [
    (21, "FTP"),
    (22, "SSH"),
    (25, "SMTP"),
    (110, "POP3"),
    (119, "NNTP"),
    (143, "IMAP"),
    (587, "SMTP"),
    (3306, "MySQL"),
    (5900, "VNC"),
];

/// EGR0723.
pub(super) fn lint(
    mesh: &mut Mesh<'_>,
    Declared { host, entry }: Declared<'_>,
    port: &EntryPort,
) -> Option<Diagnostic> {
    let (_, protocol) = SERVER_FIRST.iter().find(|(number, _)| *number == port.number)?;
    if matches!(PortProtocol::parse(&port.protocol), PortProtocol::Tcp | PortProtocol::MySql | PortProtocol::Udp) {
        return None;
    }
    let namespace = Mesh::viewers(&entry.meta, &entry.spec.export_to).into_iter().next()?;
    let to = (Scheme::Tcp, sample(host), port.number);
    let query = mesh.query((&namespace, &Labels::new()), (to.0, &to.1, to.2), &Message::default())?;
    let answer = mesh.ask(query);
    let declared =
        if port.protocol.is_empty() { "no protocol".to_owned() } else { format!("protocol {}", port.protocol) };
    if !is_stuck(&answer) {
        return None;
    }
    let message = format!("port {} of `{host}` is usually {protocol}, and is declared with {declared}", port.number);
    Some(
        Diagnostic::at(&codes::SERVER_SPEAKS_FIRST, entry.meta.span, message)
            .note(format!("{}, and a client that waits for the server's first bytes waits in vain", request(&answer)))
            .note("the sidecar waits for the first bytes of the client to learn what it speaks, and connects to the host only then")
            .help("declare the port with protocol TCP"),
    )
}

/// Whether the connection is blocked, at least where the client waits for the server.
fn is_stuck(answer: &Asked) -> bool {
    !answer.has_more && answer.ways.iter().any(|way| way.verdict == Verdict::Blocked)
}
