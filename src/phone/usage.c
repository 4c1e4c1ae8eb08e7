#include "phone/options.h"

#define COMMON_HELP                                                                                        \
	"  --proxy ADDR           send everything there first: HOST[:PORT][;transport=tcp]\n"              \
	"                         (tcp or tls)\n"                                                          \
	"  --local ADDR:PORT      our own address (default: the one that the route takes, any port)\n"     \
	"  --dns-server ADDR      ask this name server (ADDR[:PORT]), not the system's\n"                  \
	"  --tls-ca FILE          PEM file of whom TLS trusts (default: the system's authorities)\n"       \
	"  --tls-insecure         DANGER: take any certificate; others can listen\n"                       \
	"  --json                 one JSON object a line on stdout\n"                                      \
	"  --impair SPEC          a bad network for what we send: loss=5%,dup=1%,reorder=2%,delay=20ms,\n" \
	"                         jitter=10ms,seed=7; rtp:SPEC or sip:SPEC for one of the two\n"           \
	"  --trace                draw the messages as a ladder on stderr at the end\n"

#define ACCOUNT_HELP                                                                     \
	"ACCOUNT is a SIP URI such as sip:115@192.0.2.1:5060. The password comes from\n" \
	"  --password-file FILE   the first line of FILE (- is stdin)\n"                 \
	"  $AHOY_PASSWORD, or is asked for on the terminal; it is never an argument.\n"  \
	"  --auth-user NAME       the user name for digest, where it is not the account's\n"

#define MEDIA_HELP                                                                                          \
	"  --play FILE.wav        play it once after the answer\n"                                          \
	"  --record FILE.wav      keep what is heard, 16-bit mono at the codec's rate\n"                    \
	"  --sound DEVICE         talk through DRIVER or DRIVER:DEVICE, such as pulse (see ahoy devices)\n" \
	"  --microphone DEVICE    this one to talk into; --speaker DEVICE this one to hear with\n"          \
	"  --no-dsp               no echo canceller, noise suppression and gain control\n"                  \
	"  --vad                  leave pauses out and send comfort noise (RFC 3389)\n"                     \
	"  --levels               tell once a second how loud microphone and speaker are\n"                 \
	"  --dtmf-by WAY          rtp (RFC 4733), info (SIP INFO), inband (tones), or auto:\n"              \
	"                         the first of these that the far end takes (default)\n"                    \
	"  --hangup-after S       hang up S seconds after the answer\n"                                     \
	"  --codecs LIST          of opus,G722,GSM,PCMU,speex,iLBC,PCMA (this order)\n"                     \
	"                         and speex/16000, those you want, in your order\n"                         \
	"  --rtp-ports LO-HI      ports for sound (default 20002-29998)\n"                                  \
	"  --srtp POLICY          encrypted sound: off, optional (default: where the far end\n"             \
	"                         offers it, and offered over TLS) or required\n"

#define EXPECT_HELP                                                                          \
	"  --expect-audio         exit 20 where less than 0.2 s of sound came\n"             \
	"  --expect-tone HZ       exit 21 where less than 0.5 s of this tone came (+-2 %)\n" \
	"  --expect-dtmf DIGITS   exit 22 where other keys came than exactly these\n"        \
	"  --min-mos M            exit 23 where what came has a MOS below M\n"

static const char all_help[] =
	"ahoy: the phone as a tool\n"
	"\n"
	"  ahoy phone    ACCOUNT...           the phone for people: a screen, or lines\n"
	"  ahoy register ACCOUNT              register, refresh until interrupted, unregister\n"
	"  ahoy call     ACCOUNT TARGET       call, play and record files, send DTMF, hang up\n"
	"  ahoy answer   ACCOUNT              register and answer calls\n"
	"  ahoy options  TARGET               ask what a peer can do\n"
	"  ahoy message  ACCOUNT TARGET TEXT  send a text\n"
	"  ahoy devices                       list microphones and speakers\n"
	"  ahoy send     METHOD TARGET        send any request, print each answer\n"
	"\n"
	"  ahoy COMMAND --help                what a command takes\n"
	"  ahoy --version\n"
	"\n"
	"Exit: 0 as asked, 2 usage, 10 no answer, 11 busy, 12 any other refusal, 13 authentication,\n"
	"14 network or DNS, 20 to 23 an expectation was not met, 1 anything else.\n";

static const char register_help[] =
	"ahoy register ACCOUNT [options]: registers, refreshes until interrupted, then unregisters.\n"
	"\n"
	"  --expires S            seconds to ask for (default 3600); 0 removes the binding\n"
	"  --once                 register, leave the binding, exit\n"
	"  --accounts FILE.csv    many: lines name,password; SERVER in place of ACCOUNT\n" COMMON_HELP "\n" ACCOUNT_HELP;

static const char call_help[] =
	"ahoy call ACCOUNT TARGET [options]: calls; TARGET is a SIP URI or a number at the account's host.\n"
	"Hangs up S seconds after the answer with --hangup-after, else when file and digits are done;\n"
	"with none of them when the other side does, or on Ctrl-C.\n"
	"\n" MEDIA_HELP EXPECT_HELP
	"  --dtmf DIGITS          then send these keys; a comma is a pause of one second\n"
	"  --anonymous            do not say who calls (RFC 3323)\n"
	"  --tones COUNTRY        ringing and busy as there, such as de (default: by the locale, else us); off\n"
	"  --wait S               give up after S seconds without an answer (default 60)\n" COMMON_HELP "\n" ACCOUNT_HELP;

static const char answer_help[] =
	"ahoy answer ACCOUNT [options]: registers, answers calls, unregisters at the end.\n"
	"Never hangs up first without --hangup-after.\n"
	"\n"
	"  --calls N              serve N calls, then exit (default: until interrupted)\n"
	"  --ring S               ring S seconds before the answer (default 0)\n"
	"  --reject CODE          refuse with this status (400 to 699)\n"
	"  --echo                 send back what is heard\n" MEDIA_HELP
	"                         (--record: the second call goes to FILE-2.wav, and so on)\n" EXPECT_HELP
	"  --expires S            seconds to register for (default 3600); 0: do not register at all\n"
	"  --accounts FILE.csv    many: lines name,password; SERVER in place of ACCOUNT\n" COMMON_HELP "\n" ACCOUNT_HELP;

static const char options_help[] =
	"ahoy options TARGET [options]: asks a SIP URI (or HOST[:PORT]) what it can do.\n"
	"\n" COMMON_HELP;

static const char message_help[] =
	"ahoy message ACCOUNT TARGET TEXT [options]: sends TEXT; TARGET is a SIP URI or a number at the\n"
	"account's host. Exit 0 once it was taken.\n"
	"\n" COMMON_HELP "\n" ACCOUNT_HELP;

static const char devices_help[] =
	"ahoy devices [options]: lists what each sound driver finds, * for the default, for --sound,\n"
	"--microphone and --speaker.\n"
	"\n"
	"  --json                 one JSON object a line on stdout\n"
	"\n"
	"Drivers are looked for beside the program and in LIBDIR/ahoy, or in $AHOY_DRIVER_PATH alone.\n";
static const char phone_help[] =
	"ahoy phone ACCOUNT... [options]: the phone for people. Registers up to eight accounts; ? shows its keys.\n"
	"On a terminal it has a screen; with --plain, in a pipe or where TERM is dumb it takes and prints lines.\n"
	"\n"
	"  --plain                lines: for screen readers and programs; the end of the input ends it\n"
	"  --sound DEVICE         talk through DRIVER or DRIVER:DEVICE, such as pulse (see ahoy devices)\n"
	"  --microphone DEVICE    this one to talk into; --speaker DEVICE this one to hear with\n"
	"  --no-dsp               no echo canceller, noise suppression and gain control\n"
	"  --play FILE.wav        what the far end hears, in each call from its beginning\n"
	"  --dtmf-by WAY          keys by rtp, info, inband, or auto: the first that the far end takes\n"
	"  --hold-music FILE.wav  what a far end on hold hears, over and over (default: silence)\n"
	"  --record FILE.wav      keep what is heard (the second call goes to FILE-2.wav, and so on)\n"
	"  --expires S            seconds to register for (default 3600); 0: do not register at all\n"
	"  --vad                  leave pauses of speech out and send comfort noise (RFC 3389)\n"
	"  --anonymous            do not say who calls (RFC 3323)\n"
	"  --tones COUNTRY        ringing and busy as there, such as de (default: by the locale, else us); off\n"
	"  --codecs LIST          SDP names in order, such as PCMA,PCMU\n"
	"  --rtp-ports LO-HI      ports for sound (default 20002-29998)\n" COMMON_HELP "\n" ACCOUNT_HELP
	"Of several accounts, --password-file has a line \"USER PASSWORD\" for each.\n"
	"Calls and numbers are kept in $XDG_STATE_HOME/ahoy (~/.local/state/ahoy).\n";

static const char send_help[] =
	"ahoy send METHOD TARGET [options]: sends any request and prints each answer. What is not given is filled in.\n"
	"ahoy send --template FILE TARGET [options]: sends the message in FILE.\n"
	"An INVITE is not left ringing: ACK, BYE or CANCEL follow by themselves.\n"
	"\n"
	"  --account ACCOUNT      who asks: From, Contact, and digest where a password is there\n"
	"  --header 'Name: value' add a header (up to 32); in place of ours where that has this name; 'Name:' leaves ours out\n"
	"  --body TEXT|@FILE      --content-type TYPE (default text/plain)\n"
	"  --from V --to V --call-id V --cseq N   these instead of ours\n"
	"  --template FILE        ${method} ${target} ${user} ${host} ${branch} ${tag} ${call_id} ${cseq} ${from} ${to} ${local}\n"
	"                         ${local_ip} ${local_port} ${contact} ${product} ${body} ${length} ${authorization} are filled in\n"
	"  --raw                  add nothing to the template, check nothing, send once\n"
	"  --as-is                the file's bytes, not even line ends mended\n"
	"  --show                 print the messages whole\n"
	"  --count N --interval S N requests, S seconds apart (default 1, 1)\n"
	"  --timeout S            wait S seconds for the final answer (default 32)\n" COMMON_HELP "\n" ACCOUNT_HELP;

const char *ahoy_phone_usage(ahoy_command command)
{
	switch (command) {
	case AHOY_COMMAND_REGISTER:
		return register_help;
	case AHOY_COMMAND_CALL:
		return call_help;
	case AHOY_COMMAND_ANSWER:
		return answer_help;
	case AHOY_COMMAND_OPTIONS:
		return options_help;
	case AHOY_COMMAND_MESSAGE:
		return message_help;
	case AHOY_COMMAND_DEVICES:
		return devices_help;
	case AHOY_COMMAND_PHONE:
		return phone_help;
	case AHOY_COMMAND_SEND:
		return send_help;
	case AHOY_COMMAND_NONE:
		break;
	}
	return all_help;
}
