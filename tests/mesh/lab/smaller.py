"""Makes a configuration that shows a difference as small as it can be."""
import copy
from itertools import islice


def minimal(thing, reductions, differs):
    """`thing` with as little in it as still makes the difference; `reductions` yields every way to take one part away."""
    changed = True
    while changed:
        changed, at = False, 0
        while (candidate := next(islice(reductions(thing), at, None), None)) is not None:
            if differs(candidate):
                thing, changed = candidate, True
            else:
                at += 1
    return thing


def less(objects):
    """Every way to take one thing away from objects: objects first, then fields and items from the outside in."""
    for at in range(len(objects)):
        if len(objects) > 1:
            yield objects[:at] + objects[at + 1:]
    for at, thing in enumerate(objects):
        for path in paths(thing["spec"]):
            changed = copy.deepcopy(thing)
            holder = changed["spec"]
            for key in path[:-1]:
                holder = holder[key]
            del holder[path[-1]]
            yield objects[:at] + [changed] + objects[at + 1:]


def paths(node, before=()):
    pairs = list(node.items()) if isinstance(node, dict) else list(enumerate(node)) if isinstance(node, list) else []
    for key, _ in pairs:
        yield (*before, key)
    for key, value in pairs:
        yield from paths(value, (*before, key))
