#!/usr/bin/env python3
"""`ahoy` against servers that are broken or mean harm. docs/phone-hostile.md has a row for each; the rows are checked against this."""

import re
import secrets

from ahoy_interop import Account, Ahoy, InteropTest, main, parse_challenge, say
from ahoy_interop.room import source_dir
from ahoy_interop.scripted import ScriptedServer
from ahoy_interop.sip import HASHES, digest_response, param

# One row of the table each: its name, and what ends the command (an exit code).
CASES = {}


def case(name, ends_with, command="call", *options):
    """A class whose instances are the server of one case; `check(test, phone)` looks at what happened."""

    def keep(server):
        CASES[name] = (server, command, options, ends_with)
        return server

    return keep


def challenge(algorithm=None, nonce="abc", realm="r", qop="auth", more=""):
    value = f'Digest realm="{realm}", nonce="{nonce}"'
    value += f', qop="{qop}"' if qop else ""
    value += f", algorithm={algorithm}" if algorithm else ""
    return ("WWW-Authenticate", value + more)


def credentials_are_right(request, password="pw"):
    """Whether the Authorization is the right answer to what its own parameters say; for qop auth-int too."""
    c = parse_challenge(request.get("Authorization"))
    algorithm = c.get("algorithm", "MD5").upper()
    if c.get("qop") != "auth-int":
        right = digest_response(
            c["username"], password, c["realm"], c["nonce"], request.method, c["uri"], c.get("qop"), c.get("nc"),
            c.get("cnonce"), algorithm,
        )  # fmt: skip
    else:

        def h(text):
            return HASHES[algorithm](text.encode()).hexdigest()

        ha2 = h(f"{request.method}:{c['uri']}:{h(request.body.decode())}")
        ha1 = h(f"{c['username']}:{c['realm']}:{password}")
        right = h(f"{ha1}:{c['nonce']}:{c['nc']}:{c['cnonce']}:auth-int:{ha2}")
    return c["response"] == right


# ---- challenges ----


class Challenging(ScriptedServer):
    """Challenges as `challenges(n)` says, until that is empty; then takes right credentials, and nothing else."""

    def challenges(self, n):
        return []

    def on_register(self, request):
        n = self.count("REGISTER") - 1
        headers = self.challenges(n)
        if headers or not request.get("Authorization"):
            self.answer(request, 401, "Unauthorized", headers)
        elif credentials_are_right(request):
            super().on_register(request)
        else:
            self.answer(request, 403, "Wrong response")

    def check(self, test, phone):
        pass

    def used(self, name):
        return parse_challenge(self.requests["REGISTER"][-1].get("Authorization")).get(name)


@case("md5 before sha-256", 0, "register", "--once")
class Md5First(Challenging):
    def challenges(self, n):
        return [challenge("MD5"), challenge("SHA-256")] if n == 0 else []

    def check(self, test, phone):
        test.assertEqual(self.used("algorithm"), "SHA-256")


@case("md5 before sha-512-256 and sha-256", 0, "register", "--once")
class StrongestLast(Challenging):
    def challenges(self, n):
        return [challenge("MD5"), challenge("SHA-256"), challenge("SHA-512-256")] if n == 0 else []

    def check(self, test, phone):
        test.assertEqual(self.used("algorithm"), "SHA-512-256")


@case("md5 alone", 0, "register", "--once")
class Md5Alone(Challenging):
    def challenges(self, n):
        return [challenge()] if n == 0 else []


@case("no qop", 0, "register", "--once")
class NoQop(Challenging):
    def challenges(self, n):
        return [challenge(qop=None)] if n == 0 else []

    def check(self, test, phone):
        test.assertIsNone(self.used("qop"))


@case("auth-int alone", 0, "register", "--once")
class AuthInt(Challenging):
    def challenges(self, n):
        return [challenge("SHA-256", qop="auth-int")] if n == 0 else []

    def check(self, test, phone):
        test.assertEqual(self.used("qop"), "auth-int")


@case("unknown algorithm beside md5", 0, "register", "--once")
class UnknownBeside(Challenging):
    def challenges(self, n):
        return [challenge("ROT13-512"), challenge("MD5")] if n == 0 else []


@case("unknown algorithm alone", 13, "register", "--once")
class UnknownAlone(Challenging):
    def challenges(self, n):
        return [challenge("ROT13-512")]

    def check(self, test, phone):
        test.assertEqual(self.count("REGISTER"), 1)


@case("unknown qop alone", 13, "register", "--once")
class UnknownQop(Challenging):
    def challenges(self, n):
        return [challenge(qop="frobnicate")]

    def check(self, test, phone):
        test.assertEqual(self.count("REGISTER"), 1)


@case("basic", 13, "register", "--once")
class Basic(Challenging):
    def challenges(self, n):
        return [("WWW-Authenticate", 'Basic realm="r"')]

    def check(self, test, phone):
        for request in self.requests["REGISTER"]:
            test.assertIsNone(request.get("Authorization"))


@case("401 without a challenge", 13, "register", "--once")
class NoChallenge(Challenging):
    def on_register(self, request):
        self.answer(request, 401, "Unauthorized")

    def check(self, test, phone):
        test.assertEqual(self.count("REGISTER"), 1)


@case("challenge that cannot be read", 13, "register", "--once")
class Unreadable(Challenging):
    def challenges(self, n):
        return [("WWW-Authenticate", 'Digest realm="r, nonce=\\')]


@case("realm changed in the second challenge", 13, "register", "--once")
class OtherRealm(Challenging):
    def challenges(self, n):
        return [challenge("SHA-256", realm=f"realm{n}", nonce=f"n{n}")]

    def check(self, test, phone):
        test.assertEqual(self.count("REGISTER"), 2)
        test.assertEqual(self.used("realm"), "realm0")


@case("endless 401", 13, "register", "--once")
class Endless401(Challenging):
    def challenges(self, n):
        return [challenge("SHA-256", nonce=f"n{n}")]

    def check(self, test, phone):
        test.assertEqual(self.count("REGISTER"), 2)


@case("stale=true forever", 13, "register", "--once")
class StaleForever(Challenging):
    def challenges(self, n):
        return [challenge("SHA-256", nonce=f"n{n}", more=", stale=true")]

    def check(self, test, phone):
        test.assertEqual(self.count("REGISTER"), 3)


@case("endless 401 to a call", 13, "call")
class Endless401Call(ScriptedServer):
    def on_invite(self, request):
        self.answer(request, 401, "Unauthorized", [challenge("SHA-256", nonce=secrets.token_hex(4))])

    def check(self, test, phone):
        test.assertEqual((self.count("INVITE"), self.count("ACK")), (2, 2))


@case("empty nonce", 0, "register", "--once")
class EmptyNonce(Challenging):
    def challenges(self, n):
        return [challenge("SHA-256", nonce="")] if n == 0 else []


@case("nonce of 4 kB", 13, "register", "--once")
class LongNonce(Challenging):
    def challenges(self, n):
        return [challenge("SHA-256", nonce="n" * 4096)]

    def check(self, test, phone):
        test.assertLessEqual(self.count("REGISTER"), 2)


@case("200 challenges in one 401", 0, "register", "--once")
class ManyChallenges(Challenging):
    def challenges(self, n):
        return [challenge("MD5", nonce=f"n{i}") for i in range(199)] + [challenge("SHA-256")] if n == 0 else []

    def check(self, test, phone):
        test.assertEqual(self.used("algorithm"), "SHA-256")


# ---- registrations ----


@case("200 without Contact", 0, "register", "--once")
class NoContactInAnswer(ScriptedServer):
    def on_register(self, request):
        self.answer(request, 200, "OK")


@case("expires=0 granted", 12, "register", "--once")
class NothingGranted(ScriptedServer):
    def on_register(self, request):
        self.answer(request, 200, "OK", [("Contact", f"{request.get('Contact')};expires=0")])

    def check(self, test, phone):
        test.assertEqual(phone.events("registered"), [])


@case("expires=4294967296 granted", 0, "register", "--once")
class TooMuchGranted(ScriptedServer):
    def on_register(self, request):
        self.answer(request, 200, "OK", [("Contact", f"{request.get('Contact')};expires=4294967296")])

    def check(self, test, phone):
        test.assertEqual([e["expires_s"] for e in phone.events("registered")], [3600])


@case("423 with Min-Expires 4294967295", 0, "register", "--once")
class AbsurdMinimum(ScriptedServer):
    def on_register(self, request):
        if request.get("Expires") == "4294967295":
            self.answer(request, 200, "OK", [("Contact", f"{request.get('Contact')};expires=4294967295")])
        else:
            self.answer(request, 423, "Interval Too Brief", [("Min-Expires", "4294967295")])

    def check(self, test, phone):
        test.assertEqual(self.count("REGISTER"), 2)


@case("423 that rises for ever", 12, "register", "--once")
class RisingMinimum(ScriptedServer):
    def on_register(self, request):
        self.answer(request, 423, "Interval Too Brief", [("Min-Expires", str(int(request.get("Expires")) + 1))])

    def check(self, test, phone):
        test.assertEqual(self.count("REGISTER"), 2)


@case("423 without a readable Min-Expires", 12, "register", "--once")
class NoMinimum(ScriptedServer):
    def on_register(self, request):
        self.answer(request, 423, "Interval Too Brief", [("Min-Expires", "soon")])

    def check(self, test, phone):
        test.assertEqual(self.count("REGISTER"), 1)


@case("503 with Retry-After", 12, "register", "--once")
class RetryAfter(ScriptedServer):
    def on_register(self, request):
        self.answer(request, 503, "Service Unavailable", [("Retry-After", "4294967296")])

    def check(self, test, phone):
        test.assertEqual(self.count("REGISTER"), 1)


@case("302 to a registration", 12, "register", "--once")
class MovedRegistrar(ScriptedServer):
    def on_register(self, request):
        self.answer(request, 302, "Moved Temporarily", [("Contact", "<sip:127.0.0.1:9>")])

    def check(self, test, phone):
        test.assertEqual(self.count("REGISTER"), 1)


# ---- answers to a call ----


class Calling(ScriptedServer):
    """Answers a call in some way; where that is an answer to live with, the phone hangs up by itself."""

    completed = True

    def check(self, test, phone):
        if self.completed:
            test.assertEqual(len(phone.events("answered")), 1)
            test.assertEqual(self.count("BYE"), 1)
        test.assertEqual(len(phone.events("ended")), 1)


SHORT = ("--hangup-after", "0.3")


@case("endless 302", 12, "call")
class Moved(Calling):
    completed = False

    def on_invite(self, request):
        self.answer(request, 302, "Moved Temporarily", [self.contact()])

    def check(self, test, phone):
        test.assertEqual((self.count("INVITE"), self.count("ACK")), (1, 1))
        test.assertIn(f"sip:server@127.0.0.1:{self.port}", phone.events("ended")[0]["reason"])


@case("other From tag in the 200", 0, "call", *SHORT)
class OtherFromTag(Calling):
    def on_invite(self, request):
        ok = self.ok_invite(request)
        self.send(ok.set("From", request.get("From").partition(";tag=")[0] + ";tag=other"))

    def check(self, test, phone):
        super().check(test, phone)
        ours = param(self.requests["INVITE"][0].get("From"), "tag")
        test.assertEqual(param(self.requests["ACK"][0].get("From"), "tag"), ours)


@case("no To tag in the 200", 0, "call", *SHORT)
class NoToTag(Calling):
    def on_invite(self, request):
        self.send(self.ok_invite(request).set("To", request.get("To")))


@case("two 200s with different To tags", 0, "call", *SHORT)
class TwoTags(Calling):
    def on_invite(self, request):
        self.send(self.ok_invite(request))
        self.tag = "second"
        self.send(self.ok_invite(request))

    def check(self, test, phone):
        test.assertEqual(len(phone.events("answered")), 1)
        test.assertEqual(self.count("BYE"), 2)
        test.assertEqual(len({param(m.get("To"), "tag") for m in self.requests["BYE"]}), 2)


class Impostor(Calling):
    """A false 200 first, and the right one half a second later: only that counts."""

    def falsify(self, ok):
        raise NotImplementedError

    def on_invite(self, request):
        if len(self.requests["INVITE"]) == 1:
            false = self.ok_invite(request, self.sdp(port=9))
            self.falsify(false)
            self.send(false)
        else:
            self.send(self.ok_invite(request))


@case("other branch in the 200", 0, "call", *SHORT)
class OtherBranch(Impostor):
    def falsify(self, ok):
        branch = param(ok.get("Via"), "branch")
        ok.set("Via", ok.get("Via").replace(branch, branch[:-1] + ("0" if branch[-1] != "0" else "1")))

    def check(self, test, phone):
        super().check(test, phone)
        test.assertGreaterEqual(len(self.requests["INVITE"]), 2)


@case("other CSeq method in the 200", 0, "call", *SHORT)
class OtherMethod(OtherBranch):
    def falsify(self, ok):
        ok.set("CSeq", "1 MESSAGE")


@case("other CSeq number in the 200", 0, "call", *SHORT)
class OtherNumber(Calling):
    def on_invite(self, request):
        self.send(self.ok_invite(request).set("CSeq", "4711 INVITE"))


@case("other Call-ID in the 200", 0, "call", *SHORT)
class OtherCallId(Calling):
    def on_invite(self, request):
        self.send(self.ok_invite(request).set("Call-ID", "other"))


@case("200 to INVITE without Contact", 12, "call", *SHORT)
class NoContact(Calling):
    completed = False

    def on_invite(self, request):
        self.send(self.ok_invite(request, headers=[]))

    def check(self, test, phone):
        test.assertEqual((self.count("ACK"), self.count("BYE")), (1, 1))


@case("Contact that cannot be looked up", 0, "call", *SHORT)
class FarContact(Calling):
    completed = False

    def on_invite(self, request):
        self.send(self.ok_invite(request, headers=[("Contact", "<sip:server@nowhere.invalid>")]))

    def check(self, test, phone):
        super().check(test, phone)
        test.assertEqual(len(phone.events("answered")), 1)


@case("200 Record-Routes", 12, "call", *SHORT)
class ManyRoutes(Calling):
    completed = False

    def on_invite(self, request):
        routes = [("Record-Route", f"<sip:127.0.0.1:{self.port};lr;n={i}>") for i in range(200)]
        self.send(self.ok_invite(request, headers=[*routes, self.contact()]))


@case("headers of 60 kB", 0, "call", *SHORT)
class HugeHeaders(Calling):
    def on_invite(self, request):
        self.send(self.ok_invite(request, headers=[self.contact(), ("X-Long", "x" * 60000)]))


@case("1000 headers", 0, "call", *SHORT)
class ManyHeaders(Impostor):
    def falsify(self, ok):
        ok.headers += [(f"X-{i}", "x") for i in range(1000)]


@case("garbage between the messages", 0, "call", *SHORT)
class Garbage(Calling):
    def on_invite(self, request):
        for junk in (b"\0", b"\r\n\r\n", b"SIP/2.0", b"SIP/2.0 200 OK\r\n\r\n", b"\xff" * 1000, b"INVITE \r\n", secrets.token_bytes(900)):
            self.send(junk)
        whole = self.ok_invite(request).encode()
        for cut in (10, 100, 200, len(whole) - 150):
            self.send(whole[:cut])
        self.send(whole)


@case("status lines that are none", 0, "call", *SHORT)
class NoStatus(Impostor):
    def falsify(self, ok):
        for line in ("SIP/2.0 2000 OK", "SIP/2.0 099 Low", "SIP/2.0 -200 OK", "SIP/3.0 200 OK", "SIP/2.0 700 High"):
            ok.start_line = line
            self.send(ok)


@case("1000 ringing answers", 0, "call", *SHORT)
class Ringing(Calling):
    def on_invite(self, request):
        for _ in range(1000):
            self.answer(request, 180, "Ringing")
        self.send(self.ok_invite(request))

    def check(self, test, phone):
        super().check(test, phone)
        test.assertEqual(len(phone.events("ringing")), 1)


@case("100 Trying for ever", 10, "call", "--wait", "0.5")
class TryingForEver(Calling):
    completed = False

    def on_invite(self, request):
        self.invite = request
        self.every_s, self.every = 0.1, lambda: self.answer(request, 100, "Trying")

    def on_cancel(self, request):
        self.answer(request, 200, "OK")
        self.answer(self.invite, 487, "Request Terminated")


@case("CANCEL never answered", 10, "call", "--wait", "0.5")
class DeafToCancel(Calling):
    completed = False

    def on_invite(self, request):
        self.answer(request, 180, "Ringing")

    def on_cancel(self, request):
        pass


@case("200 after the CANCEL", 10, "call", "--wait", "0.5")
class AnswersCancelled(Calling):
    completed = False

    def on_invite(self, request):
        self.invite = request
        self.answer(request, 180, "Ringing")

    def on_cancel(self, request):
        self.answer(request, 200, "OK")
        self.send(self.ok_invite(self.invite))

    def check(self, test, phone):
        test.assertEqual((self.count("ACK"), self.count("BYE")), (1, 1))


@case("200 sent for ever", 0, "call", "--hangup-after", "1")
class OkForEver(Calling):
    def on_invite(self, request):
        if not self.every:
            self.every_s, self.every = 0.05, lambda: self.send(self.ok_invite(request))

    def check(self, test, phone):
        super().check(test, phone)
        test.assertGreaterEqual(len(self.requests["ACK"]), 5)


@case("BYE never answered", 0, "call", *SHORT)
class DeafToBye(Calling):
    def on_bye(self, request):
        pass


@case("BYE answered with 500", 0, "call", *SHORT)
class RefusesBye(Calling):
    def on_bye(self, request):
        self.answer(request, 500, "No")


@case("BYE with other tags", 0, "call", "--hangup-after", "0.6")
class ForeignBye(Calling):
    def on_ack(self, request):
        self.send(self.bye(self.requests["INVITE"][0], to_tag="other"))
        self.send(self.bye(self.requests["INVITE"][0], from_tag="other"))

    def check(self, test, phone):
        super().check(test, phone)
        test.assertEqual([m.status for m in self.responses if m.method == "BYE"], [481, 481])
        test.assertEqual(phone.events("ended")[0]["ended_by"], "caller")


# ---- descriptions ----


@case("no description in the 200", 12, "call", *SHORT)
class NoSdp(Calling):
    def on_invite(self, request):
        self.send(self.ok_invite(request, body=""))


@case("description that cannot be read", 12, "call", *SHORT)
class BadSdp(Calling):
    def on_invite(self, request):
        self.send(self.ok_invite(request, body="v=0\r\nm=audio 99999 RTP/AVP 0\r\n"))


@case("unknown codecs alone", 12, "call", *SHORT)
class UnknownCodecs(Calling):
    def on_invite(self, request):
        lines = [f"a=rtpmap:{i} FROB{i}/8000" for i in range(100, 110)]
        self.send(self.ok_invite(request, self.sdp(" ".join(str(i) for i in range(100, 110)), lines)))


@case("200 codecs, PCMU the last", 12, "call", *SHORT)
class TooManyCodecs(Calling):
    def on_invite(self, request):
        numbers = [str(i) for i in range(1, 200)]
        self.send(self.ok_invite(request, self.sdp(" ".join([*numbers, "0"]))))


@case("190 codecs, PCMU the last", 0, "call", *SHORT)
class ManyCodecs(Calling):
    def on_invite(self, request):
        numbers = [str(i % 128) for i in range(128, 317) if i % 128 != 8]
        self.send(self.ok_invite(request, self.sdp(" ".join([*numbers, "0"]))))


@case("sound refused by port 0", 12, "call", *SHORT)
class PortZero(Calling):
    def on_invite(self, request):
        self.send(self.ok_invite(request, self.sdp(port=0)))


class Nowhere(Calling):
    address = None

    def on_invite(self, request):
        self.send(self.ok_invite(request, self.sdp(address=self.address)))

    def check(self, test, phone):
        super().check(test, phone)
        test.assertEqual(self.rtp_packets, 0)
        test.assertNotIn("remote", phone.events("media")[0] if phone.events("media") else phone.events("held")[0])


@case("c= is multicast", 0, "call", *SHORT)
class Multicast(Nowhere):
    address = "224.2.1.1/127"


@case("c= is broadcast", 0, "call", *SHORT)
class Broadcast(Nowhere):
    address = "255.255.255.255"


@case("c= is 0.0.0.0", 0, "call", *SHORT)
class NoAddress(Nowhere):
    address = "0.0.0.0"


@case("more m= lines than were offered", 12, "call", *SHORT)
class MoreStreams(Calling):
    def on_invite(self, request):
        self.send(self.ok_invite(request, self.sdp() + "m=video 4000 RTP/AVP 96\r\n" * 20))


class HostileServers(InteropTest):
    def run_case(self, name):
        server_class, command, options, ends_with = CASES[name]
        with server_class() as server:
            account = Account("115", "pw", server.host, server.port)
            words = ["112"] if command == "call" else []
            with Ahoy(command, account, *words, options=options) as phone:
                phone.expect_exit(ends_with)
            if hasattr(server, "check"):
                server.check(self, phone)

    def run_cases(self, names):
        for name in names:
            with self.subTest(name):
                say(f"case: {name}")
                self.run_case(name)

    def test_challenges(self):
        """Challenges that change, repeat, cannot be answered, or try to have a weaker answer than could be given."""
        self.run_cases([n for n, (s, *_) in CASES.items() if issubclass(s, Challenging) or s is Endless401Call])

    def test_registrations(self):
        """Registrars that grant nothing, too much, or ask for more and more."""
        self.run_cases([n for n, (s, c, *_) in CASES.items() if c == "register" and not issubclass(s, Challenging)])

    def test_calls(self):
        """Answers with wrong tags, without a Contact, repeated without end, amid garbage; descriptions of no use."""
        self.run_cases([n for n, (s, *_) in CASES.items() if issubclass(s, Calling)])

    def test_the_table_is_true(self):
        """docs/phone-hostile.md has a row for each case here, and for no other, with the same end."""
        text = (source_dir() / "docs" / "phone-hostile.md").read_text()
        rows = re.findall(r"^\| ([^|]+) \| [^|]+ \| (?:completed, )?(\d+) \|$", text, re.M)
        self.assertEqual(
            sorted((name, int(code)) for name, code in rows), sorted((name, c[3]) for name, c in CASES.items())
        )


if __name__ == "__main__":
    main()
