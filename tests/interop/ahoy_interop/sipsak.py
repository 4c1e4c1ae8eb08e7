"""sipsak, one request at a time."""

from .process import need, run


def sipsak(*words, within=15.0):
    """Runs sipsak with these words; returns subprocess.CompletedProcess. Its exit code 0 is a 200 that it understood."""
    return run([need("sipsak", "sipsak"), *words], within=within)
