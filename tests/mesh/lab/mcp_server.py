"""A server of MCP, with the code that its maintainers publish: tools `search` and `delete`, at /mcp of a port.

Runs as a process of its own inside the internet's namespace: `python mcp_server.py PORT`. `origin.py` passes on what arrives for a host that is one. It
compares the headers of a request with its body, as revision 2026-07-28 requires.
Prints one line when it takes connections.
"""
import socket
import sys


def main():
    # Only where the lab's packages are.
    import uvicorn
    from mcp.server.mcpserver import MCPServer
    from mcp.server.transport_security import TransportSecuritySettings

    server = MCPServer("lab")

    @server.tool()
    def search(text: str) -> str:
        """Searches."""
        return f"search was called with {text}"

    @server.tool()
    def delete(text: str) -> str:
        """Deletes."""
        return f"delete was called with {text}"

    listening = socket.create_server(("127.0.0.1", int(sys.argv[1])))
    print("listening", flush=True)
    # The host is another one for each case.
    security = TransportSecuritySettings(enable_dns_rebinding_protection=False)
    app = server.streamable_http_app(json_response=True, stateless_http=True, transport_security=security)
    uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listening])


if __name__ == "__main__":
    main()
