#!/usr/bin/env python3
"""Cuts the ten messages out of seed.txt into the .sip files beside it; with --check, says whether they are so already.

The document has LF line ends, the wire has CRLF. A message goes from its start line (with the blank before it, where the
recording has one) to the empty line after its headers; with a Content-Length above 0, so many bytes more. What lies between
two messages, empty lines and the recording's notes, belongs to none.
"""

import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent

NAMES = (
    "01_register",
    "02_invite",
    "03_401_register",
    "04_register_authorization",
    "05_200_invite",
    "06_ack",
    "07_bye_server",
    "08_200_bye_phone",
    "09_bye_phone",
    "10_200_bye_server",
)

START_LINE = re.compile(rb"^[ \t]*(?:SIP/2\.0 [0-9]{3} [^\r\n]*|[A-Z]+ sips?:[^ \r\n]+ SIP/2\.0)\r\n", re.M)
CONTENT_LENGTH = re.compile(rb"^Content-Length:[ \t]*([0-9]+)[ \t]*\r$", re.M)


def cut(document):
    """The messages of the document, in order, as they were on the wire."""
    wire = document.replace(b"\n", b"\r\n")
    messages = []
    for start in (match.start() for match in START_LINE.finditer(wire)):
        head = wire[start : wire.index(b"\r\n\r\n", start) + 4]
        length = int(CONTENT_LENGTH.search(head).group(1))
        messages.append(wire[start : start + len(head) + length])
    return messages


def main():
    messages = cut((HERE / "seed.txt").read_bytes())
    if len(messages) != len(NAMES):
        sys.exit(f"seed.txt holds {len(messages)} messages, not {len(NAMES)}")
    wrong = []
    for name, message in zip(NAMES, messages):
        path = HERE / f"{name}.sip"
        if sys.argv[1:] == ["--check"]:
            if not path.exists() or path.read_bytes() != message:
                wrong.append(path.name)
        else:
            path.write_bytes(message)
    if wrong:
        sys.exit(f"not as cut from seed.txt: {', '.join(wrong)}")


if __name__ == "__main__":
    main()
