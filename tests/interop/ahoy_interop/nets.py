"""Networks of a test's own: it runs again inside new network and mount namespaces, which vanish with it.

Inside, `ip netns` works on a /run of our own: no name, link or rule of the machine is seen or touched, and nothing has to
be taken down.
"""

import os
import subprocess
import sys

from .process import need, run

MARK = "AHOY_INTEROP_PRIVATE_NETWORK"


def enter_private_network():
    """Starts the script again in a network of its own, unless it is there already; to be called before anything else."""
    if os.environ.get(MARK):
        sh("mount", "-t", "tmpfs", "tmpfs", "/run")
        sh("ip", "link", "set", "lo", "up")
        return
    unshare = [need("unshare", "util-linux"), "--net", "--mount"]
    if os.geteuid() != 0:
        unshare += ["--user", "--map-root-user"]
    probe = subprocess.run(unshare + ["true"], capture_output=True, text=True, check=False)
    if probe.returncode != 0:
        sys.exit(f"this test needs network namespaces, as root or with user namespaces allowed: {probe.stderr.strip()}")
    os.execvpe(unshare[0], unshare + [sys.executable] + sys.argv, dict(os.environ, **{MARK: "1"}))


def sh(*words, netns=None):
    """Runs an administrator's command; what it prints on failure is the error."""
    done = run([need(words[0], "iproute2, iptables, procps or mount"), *words[1:]], netns=netns)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, words))}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def add_address(address, device="lo", netns=None):
    sh("ip", "address", "add", address, "dev", device, netns=netns)


def add_namespace(name):
    sh("ip", "netns", "add", name)
    sh("ip", "link", "set", "lo", "up", netns=name)
    return name


def connect(a, address_a, b, address_b, names=None):
    """A cable between two namespaces (None is the test's own) with an address at each end."""
    name_a, name_b = names or (f"to-{b}", f"to-{a}")
    sh("ip", "link", "add", name_a, "type", "veth", "peer", "name", name_b)
    for name, netns, address in ((name_a, a, address_a), (name_b, b, address_b)):
        if netns is not None:
            sh("ip", "link", "set", name, "netns", netns)
        if address:
            add_address(address, name, netns)
        sh("ip", "link", "set", name, "up", netns=netns)


def default_route(netns, gateway):
    sh("ip", "route", "add", "default", "via", gateway, netns=netns)


def masquerade(netns, inside, outside, udp_timeout_s):
    """Makes a namespace a home router: ports are remapped at random, nothing comes in that was not asked for, and an
    idle mapping is forgotten after so many seconds."""
    sysctl(netns, "net.ipv4.ip_forward", 1)
    sysctl(netns, "net.netfilter.nf_conntrack_udp_timeout", udp_timeout_s)
    sysctl(netns, "net.netfilter.nf_conntrack_udp_timeout_stream", udp_timeout_s)
    rules = (
        f"-t nat -A POSTROUTING -o {outside} -p udp -j MASQUERADE --random",
        "-P FORWARD DROP",
        f"-A FORWARD -i {inside} -o {outside} -j ACCEPT",
        f"-A FORWARD -i {outside} -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT",
        f"-A INPUT -i {outside} -j DROP",
    )
    for rule in rules:
        sh("iptables", *rule.split(), netns=netns)


def sysctl(netns, key, value):
    sh("sysctl", "-q", "-w", f"{key}={value}", netns=netns)
    seen = sh("sysctl", "-n", key, netns=netns).strip()
    if seen != str(value):
        raise AssertionError(f"{key} is {seen} instead of {value}")


def lose(share, netns=None):
    """From now on this share of the UDP datagrams that arrive in the namespace is lost, by lot: a count would hit the same
    stream of a regular conversation again and again."""
    rule = f"-A INPUT -p udp -m statistic --mode random --probability {share} -j DROP"
    sh("iptables", *rule.split(), netns=netns)
