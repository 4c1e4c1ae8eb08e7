"""kamailio as registrar and proxy: digest from a table in memory, Record-Route, no database, loopback only."""

import glob
import signal

from .ahoyd import Account
from .process import Process, need, run
from .room import free_port, here, source_dir, wait_for


def _module_path():
    for path in glob.glob("/usr/lib*/kamailio/modules") + glob.glob("/usr/lib/*/kamailio/modules"):
        return path
    raise AssertionError("kamailio's modules are missing: the interop tests need the Debian package kamailio")


class Kamailio(Process):
    """A proxy with these users; a name's password is "pw" and the name. template: of tests/interop/kamailio; edge.cfg has no users.

    certificate: (crt, key), and then tls_port takes TLS.
    """

    def __init__(self, users=(), realm="kamailio.example", host="127.0.0.1", template="kamailio.cfg", certificate=None):
        binary = need("kamailio", "kamailio")
        self.passwords = {name: "pw" + name for name in users}
        self.host, self.port, self.realm = host, free_port(), realm
        self.dir = here().subdir("kamailio")
        template = (source_dir() / "tests/interop/kamailio" / template).read_text()
        table = "\n".join(f'\t$sht(users=>{name}) = "{password}";' for name, password in self.passwords.items())
        config = self.dir / "kamailio.cfg"
        replaced = {"@MODULES@": _module_path(), "@LISTEN@": f"udp:{host}:{self.port}", "@LISTEN_TCP@": f"tcp:{host}:{self.port}"}
        self.tls_port, tls = None, ""
        if certificate:
            self.tls_port = free_port()
            tls = f'enable_tls=yes\nlisten=tls:{host}:{self.tls_port}\nloadmodule "tls.so"\n'
            tls += 'modparam("tls", "tls_method", "TLSv1.2+")\n'  # by itself it speaks TLS 1.0
            tls += f'modparam("tls", "certificate", "{certificate[0]}")\nmodparam("tls", "private_key", "{certificate[1]}")\n'
        replaced["@TLS@"] = tls
        replaced.update({"@REALM@": realm, "@USERS@": table})
        for mark, text in replaced.items():
            template = template.replace(mark, text)
        config.write_text(template)
        argv = [binary, "-f", config, "-DD", "-E", "-m", "32", "-M", "8"]
        argv += ["-Y", self.dir, "-P", self.dir / "pid", "-w", self.dir]
        super().__init__("kamailio", argv, cwd=self.dir, group=True)
        wait_for("kamailio to listen", self._listens, 20.0, every=0.1)

    def _listens(self):
        if not self.running():
            raise AssertionError(f"kamailio ended with {self.popen.returncode}: {self.log().strip()[-500:]}")
        listening = run(["ss", "-Hlntu"]).stdout
        return all(f":{port} " in listening for port in (self.port, self.tls_port or self.port))

    def account(self, user):
        return Account(user, self.passwords.get(user, "pw" + user), self.host, self.port)

    def stop(self):
        """Its children are in its process group, and go with it."""
        self.terminate(signal.SIGTERM, within=10.0)

    def saw(self, text):
        return text in self.log()
