"""Objects by a template of Jinja2."""

import json
import sys
from pathlib import Path

from jinja2 import Environment

values = json.loads(Path("values.json").read_text())
page = Environment(keep_trailing_newline=True).from_string(Path("page.j2").read_text())
sys.stdout.write(page.render(values))
