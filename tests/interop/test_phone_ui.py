#!/usr/bin/env python3
"""`ahoy phone`, driven as a person does: keys into a terminal (tmux, 80x24), screens compared, and what the far ends saw."""

import json
import os
import re
import signal
import stat
import time

from ahoy_interop import Account, Ahoy, Ahoyd, Endpoint, InteropTest, Linphone, PhoneScreen, Process, free_port, free_ports
from ahoy_interop import here, main, wait_for, write_tone
from ahoy_interop.room import program
from ahoy_interop.sip import response_to

USERS = ("111", "112", "113")
CODEC = ("--codecs", "PCMU")
TONE = ("--microphone", "tone:440,-15", "--no-dsp")


class UiTest(InteropTest):
    def answering(self, server, user, **more):
        far = Ahoy("answer", server.account(user), options=[*CODEC, *more.pop("options", ())], **more)
        far.wait_event("registered")
        return far

    def digits(self, far, digits):
        wait_for(f"the keys {digits}", lambda: "".join(e["digit"] for e in far.events("dtmf")) == digits)


class Screen(UiTest):
    def test_a_person_calls_two_people(self):
        """register, dial, DTMF, hold, resume, a second call, swap, mute, hang up, quit; seen here and at the far ends."""
        with Ahoyd(users=USERS) as server:
            a = self.answering(server, "112", plays_hz=700, records=True)
            b = self.answering(server, "113", records=True)
            with a, b, PhoneScreen(server.account("111"), words=CODEC, plays_hz=440, records=True) as phone:
                phone.wait_screen(r"registered, \d+ s left")
                phone.expect_screen("registered")
                phone.type("d112")
                phone.expect_screen("dialling")
                phone.keys("Enter")
                phone.wait_screen(r"talking.*\n.*[1-9]\d\d packets")
                phone.expect_screen("talking")
                self.assertRegex(phone.screen(), r"in \[#+ *\] -1\d dBov  out \[#+ *\] -1\d dBov")
                phone.type("12#")
                self.digits(a, "12#")
                phone.keys("x")
                self.assertEqual(a.wait_event("held")["direction"], "recvonly")
                phone.wait_screen("> 1 to 112@.* on hold")
                phone.expect_screen("on_hold")
                time.sleep(1.0)  # of silence, which the recording is asked for
                phone.keys("r")
                self.assertEqual(a.wait_event("resumed")["direction"], "sendrecv")
                phone.wait_screen("> 1 to 112@.* talking")
                # The second call puts the first one on hold by itself.
                phone.type("d113")
                phone.keys("Enter")
                a.wait_event("held", count=2)
                b.wait_event("answered")
                phone.wait_screen("> 2 to 113@.* talking")
                phone.wait_screen(r"  1 to 112@.* on hold")
                phone.expect_screen("two_calls")
                phone.keys("w")
                b.wait_event("held")
                a.wait_event("resumed", count=2)
                phone.wait_screen("> 1 to 112@.* talking")
                # The ladder fills the rest: under load a message that came again would push another one out.
                phone.expect_screen("swapped", rows=10)
                self.assertEqual(len(server.calls()), 2)
                phone.keys("Tab", "m")
                phone.wait_screen("> 2 to 113@.* on hold.*muted")
                phone.keys("Tab", "h")
                a.wait_event("ended")
                phone.wait_screen(r"> 2 to 113@")
                phone.wait_gone(r"1 to 112@.*PCMU")
                phone.keys("r", "m")
                b.wait_event("resumed")
                phone.wait_screen("> 2 to 113@.* talking")
                phone.keys("h")
                b.wait_event("ended")
                phone.wait_screen("none; d dials")
                phone.keys("c")
                phone.wait_screen(r"to 112@.*hung up, PCMU(.*\n)+.*to 113@.*hung up")
                phone.quit()
                self.assertEqual(server.registrations("111"), [])
                heard, ours = a.heard(440), phone.heard(700)
                for sound in (heard, ours):
                    self.assertGreaterEqual(sound.tone_s, 1.0, str(sound))
                    self.assertGreaterEqual(sound.purity, 0.9, str(sound))
                # Who was on hold heard nothing of what we said meanwhile.
                self.assertGreaterEqual(heard.longest_gap_s, 0.5, str(heard))
                self.check_kept(phone)

    def check_kept(self, phone):
        log, history = phone.state / "ahoy/calls.log", phone.state / "ahoy/dial_history"
        calls = [json.loads(line) for line in log.read_text().splitlines()]
        self.assertEqual([c["peer"].partition("@")[0] for c in calls], ["112", "113"])
        self.assertTrue(all(c["answered"] and c["codec"] == "PCMU" and c["packets"] > 0 for c in calls), calls)
        self.assertEqual(history.read_text(), "112\n113\n")
        for path in (log, history):
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)

    def test_a_call_comes_in(self):
        """It rings (a bell, a line), is answered with a key; another is refused as busy; texts go both ways, made safe to show."""
        with Ahoyd(users=USERS) as server, PhoneScreen(server.account("111"), words=CODEC) as phone:
            phone.wait_screen(r"registered, \d+ s left")
            with Ahoy("call", server.account("112"), "111", options=CODEC) as caller:
                phone.wait_screen("CALL FROM 112@")
                phone.expect_screen("incoming")
                wait_for("the bell", lambda: b"\a" in phone.raw())
                phone.keys("a")
                caller.wait_event("answered")
                phone.wait_screen("> 1 from 112@.* talking")
                with Ahoy("call", server.account("113"), "111", options=CODEC) as second:
                    phone.wait_screen("CALL FROM 113@")
                    phone.keys("Down", "h")
                    second.expect_exit(11)
                phone.wait_screen("> 1 from 112@.* talking")
                caller.interrupt()
                phone.wait_screen("none; d dials")
            with Ahoy("message", server.account("112"), "111", "red \x1b[31malert") as text:
                text.expect_exit(0)
            phone.keys("l")
            phone.wait_screen(r"message from sip:112@127\.0\.0\.1\S*: red \\x1b\[31malert")
            with self.answering(server, "113") as far:
                phone.type("s113")
                phone.keys("Enter")
                phone.type("hello there")
                phone.keys("Enter")
                self.assertEqual(far.wait_event("message")["text"], "hello there")
                phone.wait_screen("message to sip:113@.*: 200 OK")
            phone.quit()
            log = (phone.state / "ahoy/calls.log").read_text().splitlines()
            self.assertEqual([(json.loads(c)["direction"], json.loads(c)["answered"]) for c in log], [("in", False), ("in", True)])

    def test_a_caller_who_gives_up_is_a_missed_call(self):
        """The far end gives up before the answer; a call of ours to somebody who is not there says why."""
        with Ahoyd(users=USERS) as server, PhoneScreen(server.account("111"), words=CODEC) as phone:
            phone.wait_screen(r"registered, \d+ s left")
            with Ahoy("call", server.account("112"), "111", options=[*CODEC, "--wait", 2]) as caller:
                phone.wait_screen("CALL FROM 112@")
                caller.expect_exit(10)
            phone.wait_screen("none; d dials")
            phone.type("d113")
            phone.keys("Enter")
            phone.wait_screen("480")
            phone.type("d nobody@@")
            phone.keys("Enter")
            phone.wait_screen("nobody@@ is no SIP URI")
            phone.keys("c")
            phone.wait_screen(r"from 112@.*missed, 487.*\n.*to 113@.*not answered, 480")
            phone.quit()

    def test_the_far_end_holds(self):
        """The far end holds and takes back: both are seen; with ours, both ways."""
        with Ahoyd(users=USERS) as server:
            with PhoneScreen(server.account("111"), words=CODEC) as one, PhoneScreen(server.account("112"), words=CODEC) as two:
                one.wait_screen(r"registered, \d+ s left")
                two.wait_screen(r"registered, \d+ s left")
                one.type("d112")
                one.keys("Enter")
                two.wait_screen("CALL FROM 111@")
                two.keys("Enter")
                one.wait_screen("talking")
                two.wait_screen("talking")
                one.keys("x")
                one.wait_screen("on hold")
                two.wait_screen("held by them")
                two.keys("x")
                two.wait_screen("on hold, both ways")
                one.wait_screen("on hold, both ways")
                one.keys("r")
                one.wait_screen("held by them")
                two.keys("r")
                one.wait_screen("talking")
                two.wait_screen("talking")
                two.keys("h")
                one.wait_screen("none; d dials")
                one.quit()
                two.quit()

    def test_sizes_colours_and_help(self):
        """Small terminals are told so, a new size is drawn; NO_COLOR has no colours; the help fits 80x24; ASCII locales get ASCII."""
        with Ahoyd(users=USERS) as server:
            with PhoneScreen(server.account("111"), words=CODEC) as phone:
                phone.wait_screen(r"registered, \d+ s left")
                self.assertRegex(phone.tmux("capture-pane", "-p", "-e"), "\x1b\\[(\\d+;)*32m")
                phone.resize(30, 8)
                phone.wait_screen("30x8 is too small")
                phone.resize(60, 15)
                phone.expect_screen("registered_60x15")
                phone.resize(80, 24)
                phone.keys("?")
                phone.expect_screen("help")
                phone.keys("?")
                phone.keys("C-l")
                phone.expect_screen("after_a_key")
                phone.keys("d", "Escape")
                phone.expect_screen("after_a_key")
                phone.quit()
            env = {"NO_COLOR": "1", "LC_ALL": "C"}
            with PhoneScreen(server.account("111"), words=CODEC, env=env) as phone:
                phone.wait_screen(r"registered, \d+ s left")
                phone.expect_screen("registered")
                self.assertNotRegex(phone.tmux("capture-pane", "-p", "-e"), "\x1b\\[(\\d+;)*3[0-7]m")
                with Ahoy("message", server.account("112"), "111", "gr\u00fc\u00df \u4f60") as text:
                    text.expect_exit(0)
                phone.wait_screen(r"gr\?\? \?")
                phone.quit()

    def test_the_terminal_is_as_before_however_it_ends(self):
        """SIGINT and SIGTERM leave with 0, a crash leaves the terminal usable, a terminal that goes ends the phone."""
        with Ahoyd(users=USERS) as server:
            for how in ("C-c", signal.SIGTERM, signal.SIGQUIT, signal.SIGABRT):
                with PhoneScreen(server.account("111"), words=CODEC) as phone:
                    phone.wait_screen(r"registered, \d+ s left")
                    if how == "C-c":
                        phone.keys(how)
                    else:
                        phone.send_signal(how)
                    phone.expect_exit(134 if how == signal.SIGABRT else 0)
                if how != signal.SIGABRT:
                    self.assertEqual(server.registrations("111"), [])
            # The crashed one could not unregister.
            with PhoneScreen(server.account("112"), words=CODEC) as phone:
                phone.wait_screen(r"registered, \d+ s left")
                phone.hangs_up_terminal()
            server.wait_gone("112")

    def test_accounts(self):
        """Two accounts with a password each; A chooses who calls; a wrong password is seen, and q still leaves with 0."""
        passwords = {"111": "one", "112": "two words", "113": "three"}
        with Ahoyd(users=passwords) as server:
            file = here().path("passwords")
            file.write_text("111 one\n112 two words\n")
            words = [*CODEC, "--password-file", file]
            with self.answering(server, "113") as far:
                with PhoneScreen(server.account("111"), server.account("112"), words=words, password=False) as phone:
                    phone.wait_screen(r"\* 111@.*registered, .*\n  112@.*registered, ")
                    phone.keys("A")
                    phone.wait_screen(r"  111@.*registered, .*\n\* 112@.*registered, ")
                    phone.type("d113")
                    phone.keys("Enter")
                    self.assertTrue(far.wait_event("answered")["from"].startswith("sip:112@"))
                    phone.wait_screen("talking")
                    phone.quit()
                self.assertEqual(server.registrations("111") + server.registrations("112"), [])
            with PhoneScreen(server.account("111"), words=CODEC, env={"AHOY_PASSWORD": "wrong"}) as phone:
                phone.wait_screen("not registered: 40[13]")
                phone.quit()


    def test_a_server_that_comes_later(self):
        """Without a server the phone says so and goes on trying; q leaves with 0; once the server is there it is registered."""
        with Ahoyd(users=USERS) as server:
            account = server.account("111")
        with PhoneScreen(account, words=CODEC) as phone:
            phone.wait_screen("not registered, trying again: ")
            phone.quit()
        with PhoneScreen(account, words=CODEC) as phone:
            phone.wait_screen("not registered, trying again: ")
            with Ahoyd(users=USERS, port=server.port) as server:
                phone.wait_screen(r"registered, \d+ s left", within=90.0)
                phone.quit()
                self.assertEqual(server.registrations("111"), [])


class PlainPhone(Process):
    """`ahoy phone --plain` on pipes."""

    def __init__(self, account, *words):
        lo = free_ports(40)
        argv = [program("ahoy"), "phone", account.uri, "--plain", "--local", f"127.0.0.1:{free_port()}"]
        argv += ["--rtp-ports", f"{lo}-{lo + 39}", *CODEC, *words]
        env = {"AHOY_PASSWORD": account.password, "XDG_STATE_HOME": str(here().path("state"))}
        super().__init__("plain-phone", argv, env=env, stdin=True, split=True)

    def wait_line(self, pattern, count=1):
        regex = re.compile(pattern, re.M)
        wait_for(f"/{pattern}/ from {self.name}", lambda: len(regex.findall(self.output())) >= count)

    def stop(self):
        if self.running():
            self.popen.stdin.close()
        self.check_sanitizers()
        if self.wait() != 0:
            raise AssertionError(f"{self.name} ended with {self.popen.returncode}: {self.log()}")


class Plain(UiTest):
    def test_who_is_on_hold_hears_the_music(self):
        """--hold-music: linphone on hold (sendonly) records the file, played over and over, then the microphone's tone again."""
        with Ahoyd(users=USERS, digest="MD5") as server:
            music = write_tone(here().path("music.wav"), 620, 0.5)
            with Linphone(server.account("112")) as far, PlainPhone(server.account("111"), *TONE, "--hold-music", music) as phone:
                far.wait_registered()
                phone.wait_line(r"^registered sip:111@")
                phone.send_line("dial 112")
                phone.wait_line(r"^call 1: media PCMU sendrecv")
                time.sleep(1.0)
                phone.send_line("x")
                phone.wait_line(r"^call 1 is on hold$")
                time.sleep(2.0)
                phone.send_line("r")
                phone.wait_line(r"^call 1 is taken back$")
                time.sleep(1.0)
                phone.send_line("h")
                phone.wait_line(r"^call 1: ended: hung up$")
                far.wait_closed()
                heard = far.heard(620)
                self.assertGreaterEqual(heard.tone_s, 1.5, heard)
                self.assertGreaterEqual(far.heard(440).tone_s, 1.2)

    def test_lines_through_a_pipe(self):
        """The same phone by lines: call, keys, hold, resume, a text, what is going on, the ladder; the end of input ends it with 0."""
        with Ahoyd(users=USERS) as server:
            with self.answering(server, "112", records=True) as far, PlainPhone(server.account("111"), *TONE) as phone:
                phone.wait_line(r"^registered sip:111@")
                phone.send_line("dial 112")
                phone.wait_line(r"^call 1: media PCMU sendrecv")
                far.wait_event("answered")
                time.sleep(1.0)  # of the microphone, which the recording is asked for
                phone.send_line("12#")
                self.digits(far, "12#")
                phone.send_line("keys A")
                self.digits(far, "12#A")
                phone.send_line("hold")
                far.wait_event("held")
                phone.wait_line(r"^call 1 is on hold$")
                phone.send_line("r 1")
                far.wait_event("resumed")
                phone.wait_line(r"^call 1 is taken back$")
                phone.send_line("mute")
                phone.wait_line(r"^call 1 is muted$")
                phone.send_line("calls")
                phone.wait_line(r"^account in use 111@.*registered")
                phone.wait_line(r"^selected call 1 to 112@.* talking .*PCMU  muted, \d+ packets, loss")
                phone.send_line("ladder")
                phone.wait_line(r"INVITE \(sdp PCMU sendonly\)")
                phone.send_line("hangup 2")
                phone.wait_line(r"^there is no such call$")
                phone.send_line("x" * 5000)
                phone.send_line("message 112 two words")
                self.assertEqual(far.wait_event("message")["text"], "two words")
                phone.send_line("h")
                far.wait_event("ended")
                phone.wait_line(r"^call 1: ended: hung up$")
                phone.send_line("?")
                phone.wait_line(r"^q  quit ")
                self.assertNotIn("\x1b", phone.output())
                phone.stop()
                self.assertRegex(phone.output(), r"unregistered sip:111@")
                heard = far.heard(440)
                self.assertGreaterEqual(heard.purity, 0.9, str(heard))
                self.assertGreaterEqual(heard.tone_s, 0.5, str(heard))

    def test_the_microphone_is_the_speaking_calls(self):
        """Of two calls the one that speaks has the microphone; swap gives it to the other, whose silence ends."""
        with Ahoyd(users=USERS) as server:
            a, b = self.answering(server, "112", records=True), self.answering(server, "113", records=True)
            with a, b, PlainPhone(server.account("111"), *TONE) as phone:
                phone.wait_line(r"^registered")
                phone.send_line("d 112")
                phone.wait_line(r"^call 1: media PCMU sendrecv")
                time.sleep(1.0)
                phone.send_line("d 113")
                a.wait_event("held")
                phone.wait_line(r"^call 2: media PCMU sendrecv")
                time.sleep(1.0)
                phone.send_line("w")
                a.wait_event("resumed")
                b.wait_event("held")
                time.sleep(1.0)
                phone.send_line("q")
                self.assertEqual(phone.wait(), 0)
                a.wait_event("ended")
                b.wait_event("ended")
            for far, seconds in ((a, 1.2), (b, 0.6)):
                heard = far.heard(440)
                self.assertGreaterEqual(heard.tone_s, seconds, str(heard))
                self.assertGreaterEqual(heard.purity, 0.9, str(heard))
            # The first one's sound has the second call as its hole; the second one's ends with the swap.
            self.assertGreaterEqual(a.heard(440).longest_gap_s, 0.5)
            self.assertLessEqual(b.heard(440).tone_s, 0.8 * b.heard(440).duration_s)

    def test_lines_as_json(self):
        """With --json what happens is the other commands' objects; a call that comes in is answered by an empty line."""
        with Ahoyd(users=USERS) as server, PlainPhone(server.account("111"), "--json") as phone:
            phone.wait_line('"event":"registered"')
            with Ahoy("call", server.account("112"), "111", options=CODEC) as caller:
                phone.wait_line('"event":"ringing"')
                phone.send_line("")
                caller.wait_event("answered")
                phone.wait_line('"event":"media"')
                phone.send_line("9")
                self.digits(caller, "9")
                phone.send_line("hangup 5")
                wait_for("the answer to a wrong number", lambda: "there is no such call" in phone.log())
                phone.send_line("q")
                caller.expect_exit(0)
            self.assertEqual(phone.wait(), 0)
            events = [json.loads(line)["event"] for line in phone.output().splitlines()]
            self.assertEqual(events, ["registered", "ringing", "answered", "media", "dtmf", "quality", "ended", "unregistered"])

    def test_input_that_cannot_be_waited_for(self):
        """A file or /dev/null as standard input is a usage error, said before anything is sent."""
        with Ahoyd(users=USERS) as server:
            argv = [program("ahoy"), "phone", server.account("111").uri, "--plain"]
            phone = Process("no-input", argv, env={"AHOY_PASSWORD": "pw111"})
            self.assertEqual(phone.wait(), 2)
            self.assertIn("use a terminal or a pipe", phone.log())

    def test_lines_in_a_terminal(self):
        """In a terminal the line is edited, recalled and completed; what happens meanwhile stands above it; a dumb one needs no option."""
        with Ahoyd(users=USERS) as server, self.answering(server, "112") as far:
            with PhoneScreen(server.account("111"), words=[*CODEC, "--plain"]) as phone:
                phone.wait_screen("^registered sip:111@")
                phone.type("d 113x")
                phone.keys("BSpace", "BSpace")
                phone.type("2")
                phone.keys("Enter")
                phone.wait_screen("^call 1: media PCMU")
                phone.type("h")
                phone.keys("Enter")
                phone.wait_screen("^call 1: ended")
                phone.type("d 1")
                phone.wait_screen("^> d 1$")
                with Ahoy("message", server.account("113"), "111", "meanwhile") as text:
                    text.expect_exit(0)
                phone.wait_screen("^message from sip:113@.*: meanwhile\n> d 1$")
                phone.keys("Tab")
                phone.wait_screen("meanwhile\n> d 112$")
                phone.keys("Enter")
                far.wait_event("answered", count=2)
                phone.type("q")
                phone.keys("Enter")
                phone.expect_exit(0)
            with PhoneScreen(server.account("111"), words=CODEC, term="dumb") as phone:
                phone.wait_screen("registered sip:111@")
                phone.type("q")
                phone.keys("Enter")
                phone.expect_exit(0)
                self.assertNotIn(b"\x1b", phone.raw())


def sdp(lines="", payloads="0 101"):
    text = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0", f"m=audio {free_port()} RTP/AVP {payloads}"]
    text += ["a=rtpmap:101 telephone-event/8000"] if "101" in payloads else []
    return "\r\n".join(text + ([lines] if lines else [])) + "\r\n"


class AgainstAScript(UiTest):
    """The far end is written message by message."""

    def up(self, far, phone, body):
        """A call of the phone that the far end has answered."""
        self.far = far
        phone.send_line("d alice")
        invite, self.phone_at = far.request("INVITE")
        self.answer(invite, 200, body)
        far.request("ACK")
        phone.wait_line(r"^call 1: media")

    def answer(self, request, code, body=""):
        headers = [("Contact", f"<sip:alice@127.0.0.1:{self.far.port}>"), ("Allow", "INVITE, ACK, CANCEL, BYE, INFO")]
        headers += [("Content-Type", "application/sdp")] if body else []
        self.far.send(response_to(request, code, "Whatever", "t1", headers, body), self.phone_at)

    def phone(self, far):
        return PlainPhone(Account("bob", "", far.host, far.port), "--expires", "0")

    def hang_up(self, far, phone):
        phone.send_line("h")
        bye, self.phone_at = far.request("BYE")
        self.answer(bye, 200)
        phone.wait_line(r"^call 1: ended: hung up$")

    def test_a_hold_that_is_refused_leaves_the_call_as_it_was(self):
        """RFC 3261 14.1: a 488 to the re-INVITE is told; the next offer counts on from what stood before, and may be taken."""
        with Endpoint() as far, self.phone(far) as phone:
            self.up(far, phone, sdp())
            versions = []
            for code in (488, 200):
                phone.send_line("x")
                invite, self.phone_at = far.request("INVITE")
                self.assertIn("a=sendonly", invite.sdp)
                versions.append(re.search(r"^o=- \d+ (\d+) ", invite.sdp, re.M).group(1))
                self.answer(invite, code, sdp("a=recvonly") if code == 200 else "")
                far.request("ACK")
                if code == 488:
                    wait_for("the refusal to be told", lambda: "488" in phone.log())
                    phone.send_line("c")
                    phone.wait_line(r"^selected call 1 to alice@.* talking ")
            phone.wait_line(r"^call 1 is on hold$")
            self.assertEqual(versions, ["2", "2"])
            phone.send_line("r")
            invite, self.phone_at = far.request("INVITE")
            self.assertIn("a=sendrecv", invite.sdp)
            self.answer(invite, 200, sdp())
            far.request("ACK")
            phone.wait_line(r"^call 1 is taken back$")
            self.hang_up(far, phone)

    def test_holds_that_cross_are_tried_again(self):
        """RFC 3261 14.1: 491 to our hold is no refusal: it is sent again by itself, and taken."""
        with Endpoint() as far, self.phone(far) as phone:
            self.up(far, phone, sdp())
            phone.send_line("x")
            for code in (491, 200):
                invite, self.phone_at = far.receive("an INVITE", lambda m: m.is_request and m.method == "INVITE", within=10.0)
                self.assertIn("a=sendonly", invite.sdp)
                self.answer(invite, code, sdp("a=recvonly") if code == 200 else "")
                far.request("ACK")
            phone.wait_line(r"^call 1 is on hold$")
            self.hang_up(far, phone)

    def test_keys_go_by_info_where_no_events_are_taken(self):
        """A far end without telephone-event whose Allow has INFO gets each key as an INFO (application/dtmf-relay)."""
        with Endpoint() as far, self.phone(far) as phone:
            self.up(far, phone, sdp(payloads="0"))
            phone.send_line("5#")
            for key in "5#":
                info, self.phone_at = far.request("INFO")
                self.assertEqual(info.get("Content-Type"), "application/dtmf-relay")
                self.assertIn(f"Signal={key}", info.body if isinstance(info.body, str) else info.body.decode())
                self.answer(info, 200)
            phone.wait_line(r"^call 1: dtmf # sent$")
            self.hang_up(far, phone)

    def test_more_calls_than_there_is_room_for(self):
        """Eight calls live at once; the ninth of ours is said to be one too many."""
        with Endpoint() as far, self.phone(far) as phone:
            for number in range(1, 9):
                phone.send_line(f"d alice{number}")
                invite, self.phone_at = far.request("INVITE")
                self.far = far
                self.answer(invite, 180)
                phone.wait_line(rf"^call {number}: ringing")
            phone.send_line("d alice9")
            phone.wait_line(r"^there are as many calls as can be")
            phone.send_line("q")
            for _ in range(8):
                cancel, self.phone_at = far.request("CANCEL")
                self.answer(cancel, 200)
            self.assertEqual(phone.wait(), 0)


if __name__ == "__main__":
    os.environ.setdefault("TZ", "UTC")
    main()
