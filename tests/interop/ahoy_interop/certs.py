"""Certificates for tests, made by openssl: an authority, and what it, or nobody, vouches for."""

from .process import need, run
from .room import here


class Authority:
    """A certificate authority of the test's own; `ca` is the file that others trust it by."""

    def __init__(self, name="authority"):
        self.dir = here().subdir(name)
        self.ca, self.key = self.dir / "ca.crt", self.dir / "ca.key"
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}", "-keyout", self.key, "-out", self.ca)

    def issue(self, name, san=None, subject=None, days=2):
        """A certificate and key: (crt, key). san: as openssl writes it, "DNS:a,IP:127.0.0.1"; None: none."""
        crt, key, csr = (self.dir / f"{name}.{end}" for end in ("crt", "key", "csr"))
        openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={subject or name}", "-keyout", key, "-out", csr)
        extensions = self.dir / f"{name}.ext"
        extensions.write_text("basicConstraints=CA:FALSE\n" + (f"subjectAltName={san}\n" if san else ""))
        openssl(
            *("x509", "-req", "-in", csr, "-CA", self.ca, "-CAkey", self.key, "-CAcreateserial", "-days", days),
            *("-extfile", extensions, "-out", crt),
        )
        return crt, key


def openssl(*words):
    done = run([need("openssl", "openssl"), *words])
    if done.returncode != 0:
        raise AssertionError(f"openssl {words[0]}: {done.stderr.strip()[-400:]}")
    return done.stdout
