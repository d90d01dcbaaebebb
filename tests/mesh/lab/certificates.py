"""Two authorities that know nothing of each other: one for the mesh's identities, one for the internet's servers.

Made afresh in every run with openssl, so that no key is ever kept.
"""
import subprocess
from pathlib import Path

VALIDITY_DAYS = "2"


class Authority:
    """A certificate authority in a folder of its own."""

    def __init__(self, folder, name):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True)
        self.root = self.folder / "root.pem"
        self.root_key = self.folder / "root.key"
        openssl("req", "-x509", *NEW_KEY, "-keyout", self.root_key, "-out", self.root, "-days", VALIDITY_DAYS,
                "-subj", f"/O={name}", "-addext", "basicConstraints=critical,CA:TRUE",
                "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def leaf(self, name, alternative_names):
        """Issues a leaf; returns (certificate, key). One leaf per name and run."""
        stem = "".join(letter if letter.isalnum() else "_" for letter in name)
        certificate, key = self.folder / f"{stem}.pem", self.folder / f"{stem}.key"
        if certificate.exists():
            return certificate, key
        request, extensions = self.folder / f"{stem}.csr", self.folder / f"{stem}.ext"
        extensions.write_text(
            f"subjectAltName={alternative_names}\nbasicConstraints=critical,CA:FALSE\n"
            "keyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth,clientAuth\n")
        openssl("req", *NEW_KEY, "-keyout", key, "-out", request, "-subj", "/O=mesh lab")
        openssl("x509", "-req", "-in", request, "-CA", self.root, "-CAkey", self.root_key, "-CAcreateserial",
                "-days", VALIDITY_DAYS, "-extfile", extensions, "-out", certificate)
        # The proxies run as their own user.
        key.chmod(0o644)
        return certificate, key

    def identity(self, trust_domain, namespace, account):
        """A workload's SPIFFE certificate."""
        uri = f"spiffe://{trust_domain}/ns/{namespace}/sa/{account}"
        return self.leaf(uri, f"URI:{uri}")


NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


def openssl(*words):
    done = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {words[0]}: {done.stderr.strip()}")
