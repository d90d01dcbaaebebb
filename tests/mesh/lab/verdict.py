"""Compares what was expected with what happened. No judgement is made anywhere else."""
import re

# Results that tell of the lab or of the machine, and of no mesh: no row expects them, not even one that takes any status.
NO_VERDICT = re.compile(r"timeout|cut|unreachable|curl \d+")
UNJUDGED = "no verdict"
CALLER_CERTIFICATE = "x-forwarded-client-cert"
NO_GATEWAY = "not a gateway"


def blocked(scheme, port):
    """How Istio refuses: HTTP gets a 502 where the sidecar has an HTTP listener, everything else is cut.

    Port 80 always has that listener: the gateway's own Service has an HTTP port 80.
    """
    if scheme == "grpc":
        # Envoy tells a gRPC caller in its own way: 200, and UNAVAILABLE in the trailers.
        return ["grpc-status 14"] if port == 80 else ["grpc-status 14", "closed"]
    if scheme not in ("http", "h2c", "ws"):
        return ["closed"]
    return [502] if port == 80 else [502, "closed"]


def statuses(row, target):
    wanted = row["status"]
    if wanted == "any":
        return None
    if wanted == "blocked":
        return blocked(target.scheme, target.port)
    return wanted if isinstance(wanted, list) else [wanted]


def expected(row, target):
    """The expectation on one line."""
    words = ["|".join(str(status) for status in statuses(row, target) or ["any"])]
    if "body" in row:
        words.append(f"body~{row['body']!r}")
    return " ".join(words + [origin_words(row.get("origin"))])


def origin_words(origin):
    if origin is None:
        return "origin saw nothing"
    if isinstance(origin, str):
        return f"origin {origin}"
    if "elsewhere" in origin:
        return f"nothing at {', '.join(origin['elsewhere'])}"
    if "maybe" in origin:
        return "nothing or " + origin_words(origin["maybe"])
    return "origin " + " ".join(f"{key}={value}" for key, value in sorted(origin.items()))


def got(row, outcome, gateways):
    """The outcome on one line, told with the keys that were asked for."""
    words = [str(outcome.status)]
    requests = arrived(outcome.seen)
    if requests:
        asked = row["origin"] if isinstance(row.get("origin"), dict) else {}
        asked = asked.get("maybe", {} if "elsewhere" in asked else asked) or ("scheme", "host", "port", "via")
        words += [origin_words({key: facts(record, gateways).get(key) for key in asked}) for record in requests]
    elif outcome.seen:
        words.append("origin saw " + ", ".join(dict.fromkeys(
            f"{record['event']} to {record['host']}:{record['port']} by {facts(record, gateways)['via']}" for record in outcome.seen)))
    else:
        words.append("origin saw nothing")
    if outcome.note:
        words.append(f"({' '.join(outcome.note.split())[:160]})")
    return " ".join(words)


def same(told, key, value):
    """Whether a fact is as expected; `via: any` is any gateway, and `via: none` is none. A list is any of its values."""
    if isinstance(value, list):
        return any(same(told, key, each) for each in value)
    if key == "via" and value in ("any", "none"):
        return str(told.get(key)).startswith(NO_GATEWAY) == (value == "none")
    return str(told.get(key)) == str(value)


def arrived(seen):
    return [record for record in seen if record["event"] == "request"]


def facts(record, gateways):
    """A request as the origin saw it, with the peer's address told by name."""
    return {**record, "via": gateways.get(record["peer"], f"{NO_GATEWAY} ({record['peer']})")}


def problems(row, target, outcome, gateways):
    """Every way in which the outcome differs from the expectation."""
    found = []
    if NO_VERDICT.fullmatch(str(outcome.status)):
        found.append(UNJUDGED)
    elif outcome.status not in (statuses(row, target) or [outcome.status]):
        found.append("status")
    if row.get("body", "") not in outcome.body:
        found.append("body")
    requests = arrived(outcome.seen)
    origin = row.get("origin")
    if origin == "any":
        return found
    if isinstance(origin, dict) and "elsewhere" in origin:
        if any(record["host"] in origin["elsewhere"] for record in outcome.seen if record["event"] != "connection"):
            found.append("it arrived at a host that it must not reach")
        return found
    if isinstance(origin, dict) and "maybe" in origin:
        if not requests and all(record["peer"] in gateways for record in outcome.seen):
            return found
        origin = origin["maybe"]
    if origin is None:
        if outcome.seen:
            found.append("something reached an origin")
    elif origin == "silent":
        if any(record["event"] != "connection" for record in outcome.seen):
            found.append("bytes reached an origin")
    elif origin == "refused":
        if requests or not outcome.seen:
            found.append("origin")
    elif not requests:
        found.append("nothing arrived")
    else:
        for record in requests:
            told = facts(record, gateways)
            found += [key for key, value in origin.items() if not same(told, key, value)]
            # Whatever leaves through a gateway must not carry the caller's certificate out of the mesh.
            if CALLER_CERTIFICATE in (record.get("headers") or {}):
                found.append("x-forwarded-client-cert left the mesh")
    return found
