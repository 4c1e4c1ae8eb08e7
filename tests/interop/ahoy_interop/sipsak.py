"""sipsak, one request at a time."""

from .process import need, run


def sipsak(*words, within=15.0):
    """Runs sipsak with these words; returns subprocess.CompletedProcess. Its exit code 0 is a 200 that it understood."""
    # -H: without it sipsak looks this machine's own name up, which is not to be found on every machine.
    return run([need("sipsak", "sipsak"), "-H", "127.0.0.1", *words], within=within)
