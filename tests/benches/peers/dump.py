"""Objects by PyYAML."""

import json
import sys
from pathlib import Path

import yaml

yaml.dump_all(json.loads(Path("objects.json").read_text()), sys.stdout, Dumper=yaml.CSafeDumper, sort_keys=False)
