"""What the rules of istio-iptables do with a connection that an application opens.

Only what these rules consist of: jumps and returns, networks, ports, owners and interfaces of the table nat. Anything else is an
error, since a rule that is not understood may be the one that counts.
"""
import ipaddress
import shlex

PROXY = "15001"


class Refused(Exception):
    """iptables does not take the rules, so such a pod does not start."""


def captured(rules, address, port):
    """Whether the connection goes to the sidecar; `rules` is empty for a pod that gets none."""
    chains = {}
    for line in rules.splitlines():
        words = shlex.split(line)
        if words[:1] == ["-A"]:
            if "*" in words:
                raise Refused(line)
            chains.setdefault(words[1], []).append(words[2:])
    return walk(chains, "OUTPUT", ipaddress.ip_address(address), port) == PROXY


def walk(chains, name, address, port):
    """The port that the connection is turned to, by a chain or those it jumps to."""
    for words in chains.get(name, []):
        conditions, target = words[:words.index("-j")], words[words.index("-j") + 1:]
        if not fits(conditions, address, port):
            continue
        if target == ["RETURN"]:
            return None
        if target[:2] == ["REDIRECT", "--to-ports"]:
            return target[2]
        found = walk(chains, target[0], address, port)
        if found:
            return found
    return None


def fits(conditions, address, port):
    """Of an application's TCP connection that leaves by the pod's only interface."""
    words, wanted = list(conditions), True
    while words:
        word = words.pop(0)
        if word == "!":
            wanted = False
            continue
        value = words.pop(0)
        if word == "-m":
            continue
        holds = {"-p": lambda value: value == "tcp", "--dport": lambda value: int(value) == port,
                 "-d": lambda value: address in ipaddress.ip_network(value), "-s": lambda value: False,
                 "-o": lambda value: value != "lo", "--uid-owner": lambda value: False, "--gid-owner": lambda value: False}[word](value)
        if holds != wanted:
            return False
        wanted = True
    return True
