"""Objects by jsonnet."""

import json
import sys

from rjsonnet import evaluate_file

sys.stdout.write(json.loads(evaluate_file("objects.jsonnet")))
