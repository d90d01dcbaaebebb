"""The release line of Istio that the run is on: the environment's ISTIO_LINE, which tools.sh has built."""
import os
import re
from pathlib import Path

PROXY_VERSION = re.compile(r'^const proxyVersion = "(.+)"$', re.MULTILINE)


def line():
    """None where nobody has chosen one: it is the pinned line then, and no document states it."""
    return os.environ.get("ISTIO_LINE") or None


def stated():
    """What a description of the mesh says about it: the release that the proxies say they are (istiod/line_*.go)."""
    if line() is None:
        return {}
    source = Path(__file__).parent.parent / "istiod" / f"line_{line().replace('.', '_')}.go"
    return {"istioVersion": PROXY_VERSION.search(source.read_text())[1]}
